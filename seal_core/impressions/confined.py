"""Reads strangers' forms in a process that can do little and is not missed when it dies.

Each file is read by a new process (this module run as a program) without the service's
environment. It may use so much memory and time, write nothing but its answer and start no
process. OpenCV and PDFium are loaded there and nowhere else.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from seal_core.domain.impressions import BoxRefused
from seal_core.errors import DocumentRefused, SealError
from seal_core.impressions.exchange import (
    box_from_json,
    impression_as_json,
    impression_from_json,
    reading_as_json,
    reading_from_json,
    wanted_as_json,
    wanted_from_json,
)
from seal_core.impressions.model import Box, FormReading, Impression, Wanted

_REPOSITORY = Path(__file__).resolve().parent.parent.parent
_HEADER_ENDS = b"\n"


class ReaderDied(SealError):
    """The form ended its reader: out of memory or time, or worse. Nothing is known of it."""

    code = "impressions.died"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one form may cost. An A4 page at 600 dpi takes 1.3 GB and six seconds."""

    memory: int = 3 * 1024**3  # octets of address space; libraries take some 700 MB
    cpu: int = 50  # seconds
    wall: int = 90  # seconds
    answer: int = 96 * 1024**2  # octets


class ConfinedReader:
    """``seal_core.impressions.reading`` at arm's length."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def read(self, pdf: bytes, wanted: Sequence[Wanted]) -> FormReading:
        """See reading.read_form. Raises DocumentRefused and ReaderDied."""
        question = {"ask": "read", "wanted": [wanted_as_json(each) for each in wanted]}
        try:
            return reading_from_json(self._ask(question, pdf))
        except (ValueError, KeyError, TypeError):
            raise ReaderDied("answer") from None

    def cut(
        self, pdf: bytes, page: int, box: Box, angle: float, wanted: Wanted, *, snap: bool
    ) -> Impression:
        """See reading.extract_box. Raises DocumentRefused, BoxRefused and ReaderDied."""
        question = {
            "ask": "cut",
            "page": page,
            "box": asdict(box),
            "angle": angle,
            "wanted": wanted_as_json(wanted),
            "snap": snap,
        }
        try:
            return impression_from_json(self._ask(question, pdf))
        except (ValueError, KeyError, TypeError):
            raise ReaderDied("answer") from None

    def _ask(self, question: dict[str, Any], pdf: bytes) -> Any:
        """The child's answer; it writes into a file whose size the system bounds."""
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
            header = json.dumps({**question, "limits": asdict(self._limits)}).encode()
            asked.write(header + _HEADER_ENDS + pdf)
            asked.seek(0)
            self._run(asked, answered)
            answered.seek(0)
            answer = json.loads(answered.read())
        if answer.get("refused") == "box":
            raise BoxRefused(str(question["box"]))
        if "refused" in answer:
            raise DocumentRefused(str(answer["refused"]))
        return answer["answer"]

    def _run(self, asked: IO[bytes], answered: IO[bytes]) -> None:
        # nothing of the service's environment: it holds secrets, and files come from strangers
        environment = {"PYTHONPATH": str(_REPOSITORY), "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
        try:
            subprocess.run(
                [sys.executable, "-m", "seal_core.impressions.confined"],
                stdin=asked,
                stdout=answered,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=self._limits.wall,
                check=True,
            )
        except subprocess.SubprocessError:
            raise ReaderDied("reader") from None


# --- in the child -------------------------------------------------------------------------


def main() -> None:
    """Answer the one question on standard input."""
    question = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**question["limits"])
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.answer, limits.answer))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # only here: the parent must never load what reads strangers' pictures
    from seal_core.impressions.reading import extract_box, read_form  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    pdf = sys.stdin.buffer.read()
    try:
        if question["ask"] == "read":
            wanted = [wanted_from_json(each) for each in question["wanted"]]
            answer: dict[str, Any] = {"answer": reading_as_json(read_form(pdf, wanted))}
        else:
            wish, box = wanted_from_json(question["wanted"]), box_from_json(question["box"])
            cut = extract_box(
                pdf, question["page"], box, question["angle"], wish, snap=question["snap"]
            )
            answer = {"answer": impression_as_json(cut)}
    except DocumentRefused as exc:
        answer = {"refused": exc.reason}
    except ValueError:
        answer = {"refused": "box"}
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        out.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
