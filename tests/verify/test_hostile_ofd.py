"""Files within every limit and dear all the same: a clear answer within what one may cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conformance.ofd_scene import Files, Scene, Value
from tests.support.ofd import OFD_NS, ofd_files, pack
from tests.support.pki import SIGNED_AT
from verify.confine import ConfinedVerifier, Limits
from verify.report import Question, Reason, Report, Verdict
from verify.trust import TrustStore
from verify.verifier import verify

MIB = 1024 * 1024
# The interpreter and its libraries take some 400 MiB of address space before any work.
TIGHT = Limits(memory=912 * MIB, cpu=10)
NS = f'xmlns:ofd="{OFD_NS}"'


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


def crowd(
    count: int, references: Callable[[int], str], files: Files, value: bytes, values: int = 0
) -> bytes:
    """A package with so many signatures; they share *values* files of values, or have their own."""
    files = dict(files)
    named = b"<ofd:Signatures>/S.xml</ofd:Signatures></ofd:DocBody>"
    files["OFD.xml"] = files["OFD.xml"].replace(b"</ofd:DocBody>", named)
    for number in range(values or count):
        files[f"V/{number}"] = value
    for number in range(count):
        files[f"S/{number}.xml"] = (
            f'<ofd:Signature {NS}><ofd:SignedInfo><ofd:Provider ProviderName="a"/>'
            f'<ofd:References CheckMethod="SM3">{references(number)}</ofd:References>'
            f"</ofd:SignedInfo><ofd:SignedValue>/V/{number % (values or count)}</ofd:SignedValue>"
            "</ofd:Signature>"
        ).encode()
    lines = "".join(f'<ofd:Signature ID="s{n}" BaseLoc="/S/{n}.xml"/>' for n in range(count))
    files["S.xml"] = f"<ofd:Signatures {NS}>{lines}</ofd:Signatures>".encode()
    return pack(files)


def reference(path: str) -> str:
    return f'<ofd:Reference FileRef="{path}"><ofd:CheckValue>AAAA</ofd:CheckValue></ofd:Reference>'


def many_references(scene: Scene) -> bytes:
    """500 signatures with 500 000 references in all."""
    thousand = "".join(reference(f"/Doc_0/Pages/Page_{n}/Content.xml") for n in range(1000))
    return crowd(500, lambda _: thousand, ofd_files(1000), value(scene))


def roundabout(scene: Scene) -> bytes:
    """The same to pages that are not there, by the longest way round, over 8 000 pages."""
    far = "".join(reference(f"./x/../../DOC_0/n{n}") for n in range(1000))
    return crowd(500, lambda _: far, ofd_files(8000), value(scene))


def large_values(scene: Scene) -> bytes:
    """500 signatures that share 15 MiB of value: 7.5 GiB if each were held."""
    padded = value(scene) + bytes(15 * MIB)
    return crowd(500, lambda _: reference("/OFD.xml"), ofd_files(1), padded, values=2)


def nested_pictures(scene: Scene) -> bytes:
    """A hundred signatures, each with a picture just below what is looked at."""
    full = b"<Res>" + b"<a/>" * 18_000 + b"</Res>"
    inner = pack(ofd_files(1) | {"Doc_0/PublicRes.xml": full, "x.bin": bytes(4 * MIB)})
    seal = scene.seal_of(scene.sealer, picture=inner, picture_type="OFD")
    return crowd(
        100, lambda _: reference("/OFD.xml"), ofd_files(1), Value(scene, scene.sealer, seal)(b"x")
    )


def value(scene: Scene) -> bytes:
    return Value(scene, scene.sealer, scene.seal_of(scene.sealer))(b"x")


def examined(document: bytes) -> Report:
    with ConfinedVerifier(limits=TIGHT) as verifier:
        return verifier.verify(document, "a.ofd", at=SIGNED_AT)


@pytest.mark.parametrize(
    ("make", "count"),
    [(many_references, 500), (roundabout, 500), (large_values, 500), (nested_pictures, 100)],
)
def test_a_crowd_of_signatures_is_answered_within_the_limits(
    scene: Scene, make: Callable[[Scene], bytes], count: int
) -> None:
    """
    Ten seconds of CPU and half a gibibyte are enough to say something about every one.
    """
    report = examined(make(scene))

    assert len(report.signatures) == count
    assert report.verdict in (Verdict.INVALID, Verdict.INDETERMINATE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (b"<a/>" * 1_900_000 + b"</ofd:Document>", None),
        (b"<a/>" * 2_100_000 + b"</ofd:Document>", Reason.LIMITS),
        (b"<a>" * 1_000_000, Reason.DAMAGED),
        (b"</ofd:Document>" + bytes(65 * MIB), Reason.LIMITS),
    ],
)
def test_huge_and_deep_trees_are_bounded(change: bytes, reason: Reason | None) -> None:
    """
    The largest tree that is read still fits; anything beyond is refused unread.
    """
    files = ofd_files(1)
    name = "Doc_0/Document.xml"
    files[name] = files[name].replace(b"</ofd:Document>", change)
    report = examined(pack(files))

    assert {check.reason for check in report.checks} >= ({reason} if reason else set())
    assert report.verdict is (Verdict.INVALID if reason else Verdict.UNSIGNED)


@pytest.mark.parametrize("where", ["verify.readers.ofd.READING", "verify.verifier.JUDGING"])
def test_what_is_left_when_time_is_up_is_left_open(
    scene: Scene, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A good file that took too long is neither valid nor called a forgery: ``limits``.
    """
    trust = TrustStore.from_certificates(
        [scene.root.certificate], [scene.ca.certificate], scene.crls
    )
    document = pack(scene.hand())
    assert verify(document, "a", at=SIGNED_AT, trust=trust).verdict is Verdict.VALID

    monkeypatch.setattr(where, -1.0)
    report = verify(document, "a", at=SIGNED_AT, trust=trust)

    assert report.verdict is Verdict.INDETERMINATE
    check = report.signatures[0].check(Question.STRUCTURE)
    assert check is not None
    assert check.reason is Reason.LIMITS
