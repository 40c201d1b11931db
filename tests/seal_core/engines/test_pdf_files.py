"""Sealing from file to file: the same result, and never the whole of it in memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seal_core.engines.pdf import Companion, PdfEngine
from seal_core.engines.protocol import AtKeyword, AtPoint, Place
from seal_core.errors import DocumentRefused, UnknownPlace
from tests.support import pdf, wide_world
from verify.report import Verdict

ENGINE = PdfEngine()
HERE = AtPoint(1, 100, 200)
MEGABYTE = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.pdf").write_bytes(pdf.simple_pdf())
    return tmp_path


def seal_file(folder: Path, *places: Place, engine: PdfEngine = ENGINE, name: str = "in") -> bytes:
    source, target = folder / f"{name}.pdf", folder / "out.pdf"
    engine.seal_file(source, target, pdf.material(), places or [HERE], pdf.signer(), pdf.NOON)
    return target.read_bytes()


def test_the_file_is_what_it_would_be_in_memory(folder: Path) -> None:
    """
    Octet for octet but for the identifier and the signature value; the source is untouched.
    """
    before = (folder / "in.pdf").read_bytes()
    sealed = seal_file(folder)
    elsewhere = ENGINE.seal(before, pdf.material(), [HERE], pdf.signer(), pdf.NOON)

    assert len(sealed) == len(elsewhere)
    assert sealed.startswith(before)
    assert pdf.verified(sealed).verdict is Verdict.VALID
    assert (folder / "in.pdf").read_bytes() == before


def test_keyword_code_companion_and_later_seals_work_on_files(folder: Path) -> None:
    """
    All that looks into the document does so through the file.
    """
    engine = PdfEngine(companion=Companion(wide_world.issued("p256").signer))
    (folder / "sealed.pdf").write_bytes(seal_file(folder))
    material = replace(pdf.material("乙方公司"), link="https://seal.example/verify/")
    engine.seal_file(
        folder / "sealed.pdf", folder / "again.pdf", material, [AtKeyword("Contract")],
        pdf.signer("乙方公司"), pdf.NOON, pdf.TestTimeStamper(),
    )  # fmt: skip

    report = pdf.verified((folder / "again.pdf").read_bytes(), *wide_world.roots())

    assert report.verdict is Verdict.VALID
    assert [s.standard for s in report.signatures] == ["PAdES-B-B", "PAdES-B-T", "PAdES-B-B"]


def test_damaged_files_are_repaired_as_in_memory(folder: Path) -> None:
    broken = pdf.simple_pdf().replace(b"startxref\n", b"startxref\n9")
    (folder / "broken.pdf").write_bytes(broken)

    assert pdf.verified(seal_file(folder, name="broken")).verdict is Verdict.VALID


def test_a_refusal_leaves_no_file_and_an_existing_one_alone(folder: Path) -> None:
    (folder / "empty.pdf").write_bytes(b"")
    with pytest.raises(DocumentRefused, match="empty"):
        seal_file(folder, name="empty")
    with pytest.raises(UnknownPlace):
        seal_file(folder, AtPoint(9, 1, 1))
    assert not (folder / "out.pdf").exists()

    (folder / "out.pdf").write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        seal_file(folder)
    assert (folder / "out.pdf").read_bytes() == b"somebody's"


MEASURE = """
import re, sys
from pathlib import Path
from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtPoint
from tests.support import pdf

def peak():
    # not getrusage: that goes on from the process that started this one
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def seal(source, target):
    here = [AtPoint(1, 100, 200)]
    PdfEngine().seal_file(
        Path(source), Path(target), pdf.material(), here, pdf.signer(), pdf.NOON
    )

seal(sys.argv[1], sys.argv[3])
before = peak()
seal(sys.argv[2], sys.argv[4])
print(peak() - before)
"""


def test_twenty_megabytes_cost_a_few_of_memory(folder: Path) -> None:
    """
    Peak memory over that of a small file, in a process of its own. (What the kernel keeps of a
    mapped file counts as ours until somebody needs it, so only what is read is touched.)
    """
    ballast = b"<< /Length %d >>\nstream\n%s\nendstream" % (
        20 * MEGABYTE,
        b"\x55" * (20 * MEGABYTE),
    )
    (folder / "large.pdf").write_bytes(pdf.simple_pdf(extra=[ballast]))
    names = [str(folder / name) for name in ("in.pdf", "large.pdf", "a.pdf", "b.pdf")]

    run = subprocess.run(
        (sys.executable, "-c", MEASURE, *names), check=True, capture_output=True, text=True
    )

    assert int(run.stdout) < 6 * 1024  # KiB
    assert (folder / "b.pdf").stat().st_size > 20 * MEGABYTE
