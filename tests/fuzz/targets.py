"""What is fuzzed: each target takes any bytes and may refuse them only as the code promises.

DER, XML, ZIP, and the whole reader with the judge behind it. A typed refusal (SealError) is an
answer; every other exception, a hang or an appetite for memory is a finding.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from seal_core import der
from seal_core.engines.ofd import OfdEngine
from seal_core.errors import SealError
from seal_core.formats import cms, ses
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.crls import parse_crl
from seal_core.formats.ocsp import parse_ocsp
from seal_core.formats.timestamps import parse_response, parse_token
from seal_core.formats.zip_archive import ZipArchive
from tests.support import attacks_pdf
from tests.support import pdf as sample
from tests.support.workshops import SM2, STOCK
from tests.support.zips import RawEntry, raw_zip
from verify.evidence import Findings
from verify.judge import Court, judge
from verify.readers import ofd, pdf
from verify.trust import TrustStore

NOW = datetime(2026, 5, 4, tzinfo=UTC)
FILES = Path(__file__).parent.parent / "conformance" / "ofd"
KEPT = Path(__file__).parent / "corpus"

_PARSERS: tuple[Callable[[bytes], object], ...] = (
    ses.parse_seal,
    ses.parse_signature,
    ses.signature_as_der,
    parse_certificate,
    parse_crl,
    parse_ocsp,
    cms.parse_signed_data,
    parse_token,
    parse_response,
    der.definite,
)


def fuzz_der(data: bytes) -> None:
    """Seals, signatures, certificates, lists, SignedData, time stamps."""
    for parse in _PARSERS:
        _answered(lambda parse=parse: parse(data))  # type: ignore[misc]


def fuzz_xml(data: bytes) -> None:
    """One XML file of a package, chosen by the first octet, with the others as they should be."""
    files = _sound_files()
    names = sorted(name for name in files if name.endswith(".xml"))
    chosen = names[data[0] % len(names)] if data else names[0]
    package = raw_zip(*_entries(files | {chosen: data[1:]}))
    _read(package)
    _answered(lambda: OfdEngine().outline(package))


def fuzz_zip(data: bytes) -> None:
    """An archive: every entry read, and the whole written anew."""

    def work() -> None:
        archive = ZipArchive(data)
        for name in archive.entries:
            _answered(lambda name=name: archive.read(name))  # type: ignore[misc]
            _answered(lambda name=name: [*archive.chunks(name)])  # type: ignore[misc]
        ZipArchive(archive.rewritten({"new": b"new"}, NOW))

    _answered(work)


def fuzz_reader(data: bytes) -> None:
    """A whole file, from the archive to the verdict."""
    _read(data)


def fuzz_pdf(data: bytes) -> None:
    """A whole PDF; what pyHanko throws is an answer, what we throw is none."""
    _judge(pdf.read(data))


def _read(data: bytes) -> None:
    """What verify does, without its net below: an exception here is a finding."""
    _judge(ofd.read(data))


def _judge(findings: Findings) -> None:
    for number, evidence in enumerate(findings.signatures, 1):
        judge(evidence, number, Court(TrustStore(), NOW))


def _answered(work: Callable[[], object]) -> None:
    try:
        work()
    except SealError:
        return


# --- seeds --------------------------------------------------------------------------


def _packages() -> list[bytes]:
    return [path.read_bytes() for path in sorted(FILES.glob("*.ofd"))]


def _documents() -> list[bytes]:
    """A seal, two, RSA by stock pyHanko, object streams, encryption, and a few forgeries."""
    sealed = attacks_pdf.victim()
    return [
        sealed,
        SM2.sealed(sealed, "乙方公司"),
        STOCK.sealed(attacks_pdf.contract()),
        SM2.sealed(sample.stream_xref_pdf()),
        SM2.sealed(sample.encrypted_pdf("")),
        *(attack(sealed) for attack in attacks_pdf.ATTACKS[::9]),
    ]


@cache
def _sound_files() -> dict[str, bytes]:
    return unpacked((FILES / "good-twice.ofd").read_bytes())


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a package; nothing where the standard library cannot read it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()[:50]}
    except Exception:  # noqa: BLE001  zipfile answers junk with whatever comes up
        return {}


def repacked(files: dict[str, bytes]) -> bytes:
    return raw_zip(*_entries(files))


def _entries(files: dict[str, bytes]) -> list[RawEntry]:
    return [RawEntry(name.encode(), content, method=0) for name, content in files.items()]


def _der_seeds() -> list[bytes]:
    parts = [
        content
        for name in ("good-v1", "good-v4", "good-v5", "good-sign", "good-timestamp")
        for path, content in unpacked((FILES / f"{name}.ofd").read_bytes()).items()
        if path.endswith((".dat", ".esl"))
    ]
    kept = [*FILES.glob("*.cer"), *FILES.glob("trust/*")]
    return [*parts, *(path.read_bytes() for path in sorted(kept))]


def _xml_seeds() -> list[bytes]:
    files = _sound_files()
    names = sorted(name for name in files if name.endswith(".xml"))
    return [bytes((index,)) + files[name] for index, name in enumerate(names)]


@dataclass(frozen=True)
class Target:
    """One layer: what runs, what it starts from, and whether the input is a package."""

    run: Callable[[bytes], None]
    make_seeds: Callable[[], list[bytes]]
    is_package: bool = False
    begins_anew: bool = False  # sound inputs reach nothing new, so they would soon be forgotten

    def seeds(self, name: str) -> list[bytes]:
        """Sound inputs, and whatever once was found and kept."""
        kept = sorted((KEPT / name).glob("*")) if (KEPT / name).is_dir() else []
        return [*self.make_seeds(), *(path.read_bytes() for path in kept)]


TARGETS = {
    "der": Target(fuzz_der, _der_seeds),
    "xml": Target(fuzz_xml, _xml_seeds, begins_anew=True),
    "zip": Target(fuzz_zip, _packages),
    "pdf": Target(fuzz_pdf, _documents),
    "reader": Target(fuzz_reader, _packages, is_package=True),
}
