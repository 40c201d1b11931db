"""Signatures that rest on others (GM/T 0099), seals by themselves, and what seals show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seal_core.formats.quirks import Quirk
from tests.conformance.ofd_scene import LIST, Scene, by_hand
from tests.support.ofd import ofd, ofd_files, pack
from tests.support.pki import NOT_AFTER, SIGNED_AT
from verify.confine import verify_confined
from verify.report import Question, Reason, Report, Verdict
from verify.trust import TrustStore
from verify.verifier import sniff, verify


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def trust(scene: Scene) -> TrustStore:
    return TrustStore.from_certificates(
        [scene.root.certificate], [scene.ca.certificate], scene.crls
    )


def based(scene: Scene, *relatives: str, broken: int = -1) -> dict[str, bytes]:
    """As many signatures as names of bases; the value of the *broken* one is of other bytes."""
    files = ofd_files()
    for number in range(len(relatives)):
        files = scene.hand(files, folder=f"Doc_0/Signs/Sign_{number}")
    lines = files[LIST].decode()
    for number, relative in enumerate(relatives):
        place = f'BaseLoc="/Doc_0/Signs/Sign_{number}/Signature.xml"'
        assert place in lines
        lines = lines.replace(place, f'{place} Relative="{relative}"' if relative else place)
    files[LIST] = lines.encode()
    if broken >= 0:
        name = f"Doc_0/Signs/Sign_{broken}/SignedValue.dat"
        files[name] = files[name][:-3] + bytes(3)
    return files


def ids(files: dict[str, bytes]) -> list[str]:
    return [part.split('"')[0] for part in files[LIST].decode().split(' ID="')[1:]]


def structure(report: Report, index: int) -> tuple[Verdict, Reason | None]:
    check = report.signatures[index].check(Question.STRUCTURE)
    assert check is not None
    return check.verdict, check.reason


def test_a_signature_on_a_good_base_is_good(scene: Scene, trust: TrustStore) -> None:
    """Relative names an earlier signature of the list; both are judged."""
    first = ids(based(scene, ""))[0]
    report = verify(pack(based(scene, "", first)), "a", at=SIGNED_AT, trust=trust)

    assert [s.verdict for s in report.signatures] == [Verdict.VALID] * 2


def test_a_signature_is_no_better_than_its_base(scene: Scene, trust: TrustStore) -> None:
    """The base's value is wrong: whatever builds on it falls, and what builds on that."""
    first, second, _ = ids(based(scene, "", "", ""))
    files = based(scene, "", first, second, broken=0)
    report = verify(pack(files), "a", at=SIGNED_AT, trust=trust)

    assert structure(report, 1) == (Verdict.INVALID, Reason.BASE_SIGNATURE)
    assert structure(report, 2) == (Verdict.INVALID, Reason.BASE_SIGNATURE)


def test_two_signatures_on_each_other_rest_on_nothing(scene: Scene, trust: TrustStore) -> None:
    """A circle of bases, and a base that is not there."""
    first, second = ids(based(scene, "", ""))
    report = verify(pack(based(scene, second, first)), "a", at=SIGNED_AT, trust=trust)
    assert [structure(report, i)[1] for i in (0, 1)] == [Reason.BASE_SIGNATURE] * 2

    report = verify(pack(based(scene, "", "s999")), "a", at=SIGNED_AT, trust=trust)
    assert structure(report, 1) == (Verdict.INVALID, Reason.BASE_SIGNATURE)


def test_an_unsettled_base_unsettles(scene: Scene) -> None:
    """Without an anchor the base is indeterminate, and so is what builds on it."""
    first = ids(based(scene, ""))[0]
    report = verify(pack(based(scene, "", first)), "a", at=SIGNED_AT)

    assert structure(report, 1) == (Verdict.INDETERMINATE, Reason.BASE_SIGNATURE)


# --- seals by themselves --------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 4, 5])
def test_a_seal_alone_is_judged_like_one_in_a_signature(
    scene: Scene, trust: TrustStore, version: int
) -> None:
    """Maker's value, chain, period; the confined verifier says the same."""
    seal = scene.seal(version=version)

    report = verify(seal, "a.esl", at=SIGNED_AT, trust=trust)

    assert (report.format, report.verdict) == ("seal", Verdict.VALID)
    assert verify_confined(seal, "a.esl", at=SIGNED_AT, trust=trust) == report
    assert verify(seal, "a.esl", at=SIGNED_AT).verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Question.SEAL_SIGNATURE, Reason.SEAL_SIGNATURE_MISMATCH),
        (Question.SEAL_PERIOD, Reason.AFTER_SEAL_PERIOD),
    ],
)
def test_a_seal_alone_that_is_not_right_is_invalid(
    scene: Scene, trust: TrustStore, question: Question, reason: Reason
) -> None:
    """Changed after it was made, or out of its period now."""
    seal, at = scene.seal(), NOT_AFTER + timedelta(days=1)
    if question is Question.SEAL_SIGNATURE:
        seal, at = seal.replace("合同".encode(), "合伙".encode()), SIGNED_AT
    report = verify(seal, "a", at=at, trust=trust)

    check = report.signatures[0].check(question)
    assert check is not None
    assert (check.verdict, check.reason) == (Verdict.INVALID, reason)


def test_what_is_no_seal_is_unknown() -> None:
    """DER of anything else is no document of ours."""
    assert sniff(b"\x30\x03\x02\x01\x01") == "unknown"
    assert sniff(b"\x30\x00") == "unknown"


# --- pictures ---------------------------------------------------------------------------


def test_the_report_tells_what_the_picture_is(scene: Scene, trust: TrustStore) -> None:
    """By its bytes; a nested OFD is opened and must hold all it shows."""
    seal = scene.seal_of(scene.sealer, picture=ofd(1), picture_type="OFD")
    (signature,) = verify(by_hand(scene, seal=seal), "a", at=SIGNED_AT, trust=trust).signatures

    assert signature.verdict is Verdict.VALID
    assert signature.seal is not None
    assert signature.seal.picture_type == "ofd"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Doc_0/Res/logo.png", b"Doc_0/Res/gone.png"),
        (b"Doc_0/Document.xml", b"Doc_1/Document.xml"),
    ],
)
def test_a_nested_picture_that_reaches_out_is_refused(
    scene: Scene, trust: TrustStore, old: bytes, new: bytes
) -> None:
    """It would be looked for in the package around it, where nobody's seal protects it."""
    seal = scene.seal_of(scene.sealer, picture=ofd(1), picture_type="OFD").replace(old, new)
    (signature,) = verify(by_hand(scene, seal=seal), "a", at=SIGNED_AT, trust=trust).signatures

    check = signature.check(Question.SEAL_STRUCTURE)
    assert check is not None
    assert (check.verdict, check.reason) == (Verdict.INVALID, Reason.SEAL_MALFORMED)


def test_a_picture_of_another_name_is_a_quirk(scene: Scene, trust: TrustStore) -> None:
    """The bytes decide; the seal is the maker's all the same."""
    value = scene.seal_of(scene.sealer)
    report = verify(by_hand(scene, seal=value.replace(b"\x03png", b"\x03gif")), "a", at=SIGNED_AT)

    assert Quirk.PICTURE_TYPE.value in report.signatures[0].quirks
