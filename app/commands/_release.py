"""Sealing one file of a batch: read, seal, verify what was made, and only then write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from app.commands._new_file import publish, write_whole
from app.commands._operator_key import OperatorKey
from channels.errors import ChannelError
from seal_core.engines.ofd import OfdEngine
from seal_core.engines.pdf import PADES, Companion, PdfEngine, PdfProfile
from seal_core.engines.protocol import Place, SealMaterial
from seal_core.errors import DocumentRefused, SealError
from seal_core.formats.pdf_bytes import HEADER_WITHIN
from seal_core.formats.ses_reading import V1, parse_seal
from seal_core.ports import Signer, TimeStamper
from verify.confine import ConfinedVerifier
from verify.report import Question, Report, SignatureReport, Verdict
from verify.verifier import sniff

# What only others know: authorities, their lists, the keeper of time.
_OUTSIDE = frozenset(
    {Question.SIGNER_CHAIN, Question.MAKER_CHAIN, Question.REVOCATION, Question.TIMESTAMP}
)
_NOTHING: frozenset[Question] = frozenset()

LARGE = 8 * 1024 * 1024  # octets; smaller files are faster in memory
MAX_FILE = 256 * 1024 * 1024  # octets; what the verifier takes


class NotReleased(Exception):
    """A document that is kept back; *code* says why."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; *code* is empty if it was sealed."""

    file: str
    output: str
    code: str = ""
    detail: str = ""

    @property
    def sealed(self) -> bool:
        return not self.code


@dataclass(frozen=True, slots=True)
class Order:
    """What all files of a batch share."""

    material: SealMaterial
    signer: Signer
    places: Sequence[Place]
    timestamper: TimeStamper | None = None
    close: bool = False
    replace: bool = False
    strict: bool = False  # the operator said whom to believe: nothing may stay open
    companion: Companion | None = None
    profile: PdfProfile = PADES
    flatten: bool = False


class Batch:
    """Seals file after file; *verifier* believes the signer and the maker of this seal."""

    def __init__(self, order: Order, verifier: ConfinedVerifier, inputs: Sequence[Path]) -> None:
        self._order = order
        self._verifier = verifier
        self._inputs = inputs
        self._written: set[Path] = set()

    def seal(self, source: Path, target: Path) -> Outcome:
        """Whatever is wrong with one file is the outcome of this file alone."""
        return outcome_of(source, target, lambda: self._seal(source, target))

    def _seal(self, source: Path, target: Path) -> None:
        refuse_target(target, self._inputs, replace=self._order.replace)
        if target.resolve() in self._written:
            raise NotReleased("exists", f"{target} was just written for another file")
        if self._goes_by_file(source):
            self._seal_by_file(source, target)
        else:
            self._seal_in_memory(source, target)
        self._written.add(target.resolve())

    def _seal_in_memory(self, source: Path, target: Path) -> None:
        document = read_document(source)
        before = self._verifier.verify(document, source.name)
        at = datetime.now(UTC).replace(microsecond=0)
        sealed = self._sealed(document, at)
        self._refuse_unsound(before, self._verifier.verify(sealed, source.name), at)
        write_whole(sealed, target, replace=self._order.replace)

    def _goes_by_file(self, source: Path) -> bool:
        """Large PDF are sealed without being held in memory, where nothing else is wished."""
        order = self._order
        if order.close or order.flatten or not LARGE < source.stat().st_size <= MAX_FILE:
            return False
        with source.open("rb") as file:
            is_pdf = sniff(file.read(HEADER_WITHIN)) == "pdf"
        return is_pdf and bool(order.material.seal or not isinstance(order.signer, OperatorKey))

    def _seal_by_file(self, source: Path, target: Path) -> None:
        order = self._order
        before = self._verifier.verify(source, source.name)
        at = datetime.now(UTC).replace(microsecond=0)
        with TemporaryDirectory(prefix=".new-", dir=target.parent) as folder:
            made = Path(folder) / "sealed"
            PdfEngine(order.profile, order.companion).seal_file(
                source, made, order.material, order.places, order.signer, at, order.timestamper
            )
            self._refuse_unsound(before, self._verifier.verify(made, source.name), at)
            publish(made, target, replace=order.replace)

    def _refuse_unsound(self, before: Report, after: Report, at: datetime) -> None:
        _refuse_unsound(before, after, at, _NOTHING if self._order.strict else _OUTSIDE)

    def _sealed(self, document: bytes, at: datetime) -> bytes:
        order = self._order
        common = (document, order.material, order.places, order.signer, at, order.timestamper)
        match sniff(document):
            case "ofd" if not order.material.seal and isinstance(order.signer, OperatorKey):
                return OfdEngine().sign(
                    document, order.signer, at, order.timestamper, close=order.close
                )
            case "pdf" if not order.material.seal and isinstance(order.signer, OperatorKey):
                raise NotReleased("no_seal", "SM2 signatures alone are for OFD")
            case "ofd" if not order.material.seal:
                raise NotReleased("no_seal", "RSA and ECDSA signatures alone are for PDF")
            case "ofd" if order.timestamper and parse_seal(order.material.seal).version == V1:
                raise NotReleased("timestamp", "GM/T 0031-2014 has no place for a time stamp")
            case "ofd":
                return OfdEngine().seal(*common, close=order.close)
            case "pdf" if order.close:
                raise NotReleased("close", "only OFD documents can be closed")
            case "pdf":
                engine = PdfEngine(order.profile, order.companion)
                flat = engine.flatten(document) if order.flatten else document
                return engine.seal(flat, *common[1:])
        raise DocumentRefused("not_a_document", "neither PDF nor OFD")


def outcome_of(source: Path, target: Path, work: Callable[[], None]) -> Outcome:
    """What became of one file of many when *work* was done on it."""
    try:
        work()
    except NotReleased as exc:
        return Outcome(str(source), "", exc.code, exc.detail)
    except (SealError, ChannelError) as exc:
        return Outcome(str(source), "", exc.code, str(exc))
    except OSError as exc:
        return Outcome(str(source), "", "file", exc.strerror or str(exc))
    except Exception as exc:  # noqa: BLE001  the others of the batch shall not wait for this one
        return Outcome(str(source), "", "internal", f"{type(exc).__name__}: {exc}"[:200])
    return Outcome(str(source), str(target))


def targets_of(inputs: Sequence[Path], output: Path) -> list[Path]:
    """A file for one input; a folder, made where it is missing, for many.

    Raises click.UsageError where that cannot be.
    """
    if len(inputs) == 1 and not output.is_dir():
        if not output.parent.is_dir():
            raise click.UsageError(f"There is no folder {output.parent}.")
        return [output]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise click.UsageError(f"Several files need a folder; {output} is a file.") from None
    return [output / source.name for source in inputs]


def refuse_target(target: Path, inputs: Sequence[Path], *, replace: bool) -> None:
    """Raises NotReleased for an input, and for what exists unless it may be replaced."""
    if not target.exists():
        return
    if any(target.samefile(path) for path in inputs if path.exists()):
        raise NotReleased("input", f"{target} is an input and stays as it is")
    if not replace:
        raise NotReleased("exists", f"{target} exists; --replace writes over it")


def read_document(path: Path) -> bytes:
    """The whole file. Raises OSError, or DocumentRefused for what is too large to verify."""
    with path.open("rb") as file:
        document = file.read(MAX_FILE + 1)
    if len(document) > MAX_FILE:
        raise DocumentRefused("too_large", f"more than {MAX_FILE} octets")
    return document


def _refuse_unsound(
    before: Report, after: Report, at: datetime, may_stay_open: frozenset[Question]
) -> None:
    """The new signatures must be good, and no earlier one worse than it was."""
    new = [each for each in after.signatures if each.signed_at == at]
    new = new[-(len(after.signatures) - len(before.signatures)) :]
    doubts = [each for signature in new for each in _doubts(signature, may_stay_open)]
    if doubts or not new:
        told = ", ".join(doubts) or "no signature"
        raise NotReleased("not_valid", f"the verifier does not find it valid: {told}")
    old = [each for each in after.signatures if each not in new]
    if [standing(each) for each in old] != [standing(each) for each in before.signatures]:
        raise NotReleased("earlier_broken", "an earlier signature would no longer be as good")


def _doubts(signature: SignatureReport, may_stay_open: frozenset[Question]) -> list[str]:
    """What the verifier has against a new signature."""
    return [
        f"{check.question} {check.verdict} ({check.reason})"
        for check in signature.checks
        if check.verdict is Verdict.INVALID
        or (check.verdict is Verdict.INDETERMINATE and check.question not in may_stay_open)
    ]


def standing(signature: SignatureReport) -> tuple[Verdict, object, object]:
    """What must not change when a document grows."""
    return signature.verdict, signature.signer, signature.signed_at
