"""The classic attacks on whoever opens a package: a bounded, clear answer to each, and no trace.

Each goes through the confined verifier as it is run, within half a gibibyte beyond what the
interpreter and its libraries take; and once more under an eye for files and sockets.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seal_core import der
from tests.conformance.ofd_scene import Scene, sealed_files
from tests.support import pdf
from tests.support.ofd import document_xml, ofd, ofd_files, pack
from tests.support.pki import SIGNED_AT
from tests.support.ses_by_hand import Hand
from tests.support.zips import RawEntry, raw_zip
from verify.confine import ConfinedVerifier, Limits
from verify.report import Report, Verdict

MIB = 1024 * 1024
TIGHT = Limits(memory=912 * MIB, cpu=10)
LAUGHS = b'<!DOCTYPE a [<!ENTITY b "%s">]><a>&b;&b;</a>' % (b"x" * 1000)
FOREIGN = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
ABROAD = b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>'


def root(content: bytes) -> bytes:
    return pack(ofd_files() | {"OFD.xml": content})


def picture(side: int) -> bytes:
    """A PNG that claims side × side pixels."""
    header = struct.pack(">2L5B", side, side, 8, 6, 0, 0, 0)
    chunk = struct.pack(">L", len(header)) + b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">L", zlib.crc32(chunk[4:])) + bytes(40)


def shown(scene: Scene, kind: str, content: bytes) -> bytes:
    """A document sealed with such a picture; made by hand, for our own maker would refuse it."""
    hand = Hand(4)
    seal = _with_picture(hand.seal(scene), kind, content)
    return pack(scene.hand(seal=seal, container=lambda xml: hand.signature(scene, seal, xml)))


def _with_picture(seal: bytes, kind: str, content: bytes) -> bytes:
    info, *rest = [node.raw for node in der.read(seal).fields("seal").rest()]
    parts = [node.raw for node in der.read(info).fields("info").rest()]
    parts[3] = der.sequence(
        der.ia5_string(kind), der.octet_string(content), der.integer(40), der.integer(40)
    )
    return der.sequence(der.sequence(*parts), *rest)


Attack = tuple[Callable[[Scene], bytes], str, str]  # file, question, reason

ATTACKS: dict[str, Attack] = {
    "a name that climbs out": (
        lambda _: raw_zip(RawEntry(b"OFD.xml"), RawEntry(b"../../evil")),
        "structure", "unsafe_package",
    ),
    "an absolute name": (
        lambda _: raw_zip(RawEntry(b"OFD.xml"), RawEntry(b"/etc/passwd")),
        "structure", "unsafe_package",
    ),
    "two files of one name": (
        lambda _: raw_zip(RawEntry(b"OFD.xml"), RawEntry(b"OFD.xml")),
        "structure", "unsafe_package",
    ),
    "a bomb by size": (
        lambda _: raw_zip(RawEntry(b"OFD.xml", told_size=1 << 30)), "structure", "limits",
    ),
    "a bomb by ratio": (
        lambda _: pack(ofd_files() | {"Doc_0/Res/logo.png": bytes(200 * MIB)}),
        "structure", "limits",
    ),
    "a bomb by count": (
        lambda _: raw_zip(*(RawEntry(b"%d" % n, b"", method=0) for n in range(30_000))),
        "structure", "limits",
    ),
    "a tree a million deep": (lambda _: root(b"<a>" * 1_000_000), "structure", "damaged"),
    "a tree too large": (lambda _: root(b"<a>" + b"<b/>" * 5_000_000), "structure", "limits"),
    "entities": (lambda _: root(LAUGHS), "structure", "damaged"),
    "an entity of this machine": (lambda _: root(FOREIGN), "structure", "damaged"),
    "a type from elsewhere": (lambda _: root(ABROAD), "structure", "damaged"),
    "100 000 pages": (
        lambda _: pack(ofd_files() | {"Doc_0/Document.xml": document_xml(100_000).encode()}),
        "structure", "limits",
    ),
    "a picture of 60 000 × 60 000": (
        lambda s: shown(s, "png", picture(60_000)), "seal_structure", "seal_malformed",
    ),
    "a bomb as the seal's picture": (
        lambda s: shown(s, "ofd", pack(ofd_files() | {"x": bytes(64 * MIB)})),
        "seal_structure", "seal_malformed",
    ),
    "a picture that runs scripts": (
        lambda s: shown(s, "svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        "seal_structure", "seal_malformed",
    ),
    "a Word file by the name of OFD": (
        lambda _: pack({"word/document.xml": b"<a/>"}), "structure", "not_a_document",
    ),
    "a picture by the name of OFD": (lambda _: picture(10), "structure", "not_a_document"),
    "a page of the web": (
        lambda _: b"<!DOCTYPE html><html></html>", "structure", "not_a_document",
    ),
    "nothing": (lambda _: b"", "structure", "not_a_document"),
}  # fmt: skip


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def verifier() -> Iterator[ConfinedVerifier]:
    with ConfinedVerifier(limits=TIGHT) as kept:
        yield kept


def answers(report: Report) -> set[tuple[str, str]]:
    everything = [*report.checks, *(c for s in report.signatures for c in s.checks)]
    return {(str(c.question), str(c.reason)) for c in everything if c.verdict is Verdict.INVALID}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_answer_is_clear_and_bounded(
    scene: Scene, verifier: ConfinedVerifier, name: str
) -> None:
    """Never valid, never unsigned, and the reason is the true one."""
    make, question, reason = ATTACKS[name]
    report = verifier.verify(make(scene), "a.ofd", at=SIGNED_AT)

    assert report.verdict is Verdict.INVALID
    assert (question, reason) in answers(report)


@pytest.mark.parametrize("part", [0.01, 0.2, 0.5, 0.8, 0.95, 0.999])
def test_cut_short(scene: Scene, verifier: ConfinedVerifier, part: float) -> None:
    """A file whose end did not arrive is damaged, or none at all; never unsigned."""
    whole = pack(sealed_files(scene))
    report = verifier.verify(whole[: int(len(whole) * part)], "a.ofd", at=SIGNED_AT)

    assert report.verdict is Verdict.INVALID
    assert answers(report) <= {("structure", "damaged"), ("structure", "not_a_document")}


def test_another_type_behind_the_name(scene: Scene, verifier: ConfinedVerifier) -> None:
    """The octets say what a file is: a PDF called OFD is read as a PDF, and the other way round."""
    formats = {
        "a.ofd": (pdf.simple_pdf(), "pdf"),
        "a.pdf": (ofd(1), "ofd"),
        "b.ofd": (scene.seal(), "seal"),
    }
    for name, (data, expected) in formats.items():
        assert verifier.verify(data, name, at=SIGNED_AT).format == expected


WATCH = """
import json, os, sys
from pathlib import Path
from verify.verifier import verify

seen = []
FOUL = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.mkdir",
        "os.rename", "os.remove", "os.symlink", "os.link", "shutil.", "tempfile.", "urllib.")

def watch(event, arguments):
    if event.startswith(FOUL):
        seen.append(event)
    if event == "open":
        path, mode, flags = arguments
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and path != os.devnull:
            seen.append(f"open {path}")
        if isinstance(path, str) and path.startswith("/etc/"):
            seen.append(f"open {path}")

files = [(path.name, path.read_bytes()) for path in sorted(Path(sys.argv[1]).iterdir())]
for name, data in files:
    verify(data, name)  # libraries may open what they need the first time
sys.addaudithook(watch)
for name, data in files:
    verify(data, name)
found = list(seen)
(Path(sys.argv[1]) / "own").write_bytes(b"")  # the watch sees what it is to see
print(json.dumps([len(files), found, len(seen)]))
"""


def test_nothing_is_written_and_nobody_is_called(scene: Scene, tmp_path: Path) -> None:
    """No file is made, no process started, no socket opened, whatever a package asks for."""
    for number, (make, _, _) in enumerate(ATTACKS.values()):
        (tmp_path / f"{number}.ofd").write_bytes(make(scene))
    (tmp_path / "good.ofd").write_bytes(pack(sealed_files(scene)))
    answer = subprocess.run(
        [sys.executable, "-c", WATCH, tmp_path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )

    assert json.loads(answer.stdout) == [len(ATTACKS) + 1, [], 1]
