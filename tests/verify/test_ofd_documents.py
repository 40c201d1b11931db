"""Whole verification of OFD documents: ours, attacked ones, and those of real vendors."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import AtKeyword, AtPoint, OnEveryPage, Place, SealMaterial, Seam
from seal_core.errors import MalformedData
from seal_core.formats import cms, ses
from tests.support.ofd import document_xml, ofd, pack, page_xml, unpack
from tests.support.ofd_by_hand import signed_by_hand
from tests.support.pki import PICTURE, SIGNED_AT, World
from tests.support.samples import sample
from verify.readers import ofd as reader
from verify.report import Report, Verdict
from verify.trust import TrustStore
from verify.verifier import verify

Files = dict[str, bytes]

PAGE = "Doc_0/Pages/Page_0/Content.xml"
NOW = SIGNED_AT + timedelta(hours=1)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def trust(world: World) -> TrustStore:
    revoked_nobody = (world.root.crl(), world.ca.crl())
    return TrustStore.from_certificates(
        [world.root.certificate], [world.ca.certificate], revoked_nobody
    )


def sealed(world: World, document: bytes, *places: Place, stamped: bool = False) -> bytes:
    material = SealMaterial(world.seal(), PICTURE, 40, 40)
    timestamper = world.tsa if stamped else None
    return OfdEngine().seal(document, material, places, world.sealer, SIGNED_AT, timestamper)


def bad(report: Report) -> list[tuple[str, str, str | None]]:
    """Every answer of document and signatures that is not good."""
    checks = [*report.checks, *(c for s in report.signatures for c in s.checks)]
    return [
        (str(c.question), str(c.verdict), c.reason and str(c.reason))
        for c in checks
        if c.verdict in (Verdict.INVALID, Verdict.INDETERMINATE)
    ]


@pytest.mark.parametrize(
    "places", [[AtPoint(1, 5, 5)], [AtKeyword("第2页")], [OnEveryPage(9, 9)], [Seam(), Seam("top")]]
)
def test_what_we_seal_is_valid(world: World, trust: TrustStore, places: list[Place]) -> None:
    """Every question is answered well, once the root is trusted."""
    report = verify(sealed(world, ofd(3), *places), "a.ofd", at=NOW, trust=trust)

    assert bad(report) == []
    assert report.verdict is Verdict.VALID


def test_every_signature_of_a_document_is_valid(world: World, trust: TrustStore) -> None:
    """Seal upon seal, a time stamp, and a digital signature that closes the document."""
    document = sealed(world, sealed(world, ofd(2), Seam()), AtPoint(2, 9, 9), stamped=True)
    document = OfdEngine().sign(document, world.sealer, SIGNED_AT, close=True)
    report = verify(document, "a.ofd", at=NOW, trust=trust)

    assert bad(report) == []
    assert [s.standard for s in report.signatures] == [*["GB/T 38540-2020"] * 2, "GB/T 35275"]
    assert report.verdict is Verdict.VALID


@pytest.mark.parametrize("version", [1, 4, 5])
def test_every_version_of_the_seal_is_valid(world: World, trust: TrustStore, version: int) -> None:
    """The engine follows the seal's version, the judge tells it from the bytes."""
    material = SealMaterial(world.seal(version=version), PICTURE, 40, 40)
    document = OfdEngine().seal(ofd(), material, [AtPoint(1, 9, 9)], world.sealer, SIGNED_AT)
    report = verify(document, "a.ofd", at=NOW, trust=trust)

    assert bad(report) == []
    assert report.signatures[0].standard == ses.STANDARDS[version]


def without_pages(files: Files) -> Files:
    return files | {"Doc_0/Document.xml": document_xml(0).encode()}


@pytest.mark.parametrize(
    "attack",
    [
        lambda f: f | {PAGE: page_xml("other").encode()},
        lambda f: f | {"OFD.xml": f["OFD.xml"].replace(b"Doc_0/Doc", b"Doc_1/Doc")},
        lambda f: f | {"Doc_0/Signs/Sign_0/Seal.esl": b"0"},
        lambda f: f | {"Doc_0/Signs/Sign_0/SignedValue.dat": b"0"},
        lambda f: f | {"Doc_0/Signs/Sign_0/Signature.xml": b"<a/>"},
        lambda f: f | {"Doc_0/Signs/Signatures.xml": b"<a/>"},
        lambda f: {k: v for k, v in f.items() if k != "Doc_0/Signs/Signatures.xml"},
        lambda f: {k: v for k, v in f.items() if k != "Doc_0/Document.xml"},
        without_pages,
    ],
)
def test_what_was_tampered_with_is_invalid(
    world: World, trust: TrustStore, attack: Callable[[Files], Files]
) -> None:
    """Never valid, never unsigned, never a crash."""
    files = attack(unpack(sealed(world, ofd(2), AtPoint(1, 9, 9))))

    assert verify(pack(files), "a.ofd", at=NOW, trust=trust).verdict is Verdict.INVALID


def test_a_signature_written_by_hand_is_valid_too(world: World, trust: TrustStore) -> None:
    """The tests' own writer is right where it is not told to be wrong."""
    files = signed_by_hand(unpack(ofd()), world)

    assert bad(verify(pack(files), "a.ofd", at=NOW, trust=trust)) == []


def test_a_signature_moved_to_another_folder_is_not_its_own(
    world: World, trust: TrustStore
) -> None:
    """propertyInfo names the Signature.xml that was signed."""
    files = signed_by_hand(
        unpack(ofd()), world, container=lambda xml: world.signature(xml, path="/elsewhere.xml")
    )
    report = verify(pack(files), "a.ofd", at=NOW, trust=trust)

    assert ("structure", "invalid", "path_mismatch") in bad(report)


SEALED_WORLD = World()
SEALED = sealed(SEALED_WORLD, ofd(2), AtPoint(1, 9, 9))
TRUST = TrustStore.from_certificates(
    [SEALED_WORLD.root.certificate],
    [SEALED_WORLD.ca.certificate],
    [SEALED_WORLD.root.crl(), SEALED_WORLD.ca.crl()],
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(at: int, change: int) -> None:
    """
    One byte changed anywhere: the document is not valid, unless all its files are the same
    (a time or an attribute in the archive's own bookkeeping).
    """
    data = bytearray(SEALED)
    data[at] ^= change
    report = verify(bytes(data), "a.ofd", at=NOW, trust=TRUST)

    if report.verdict is Verdict.VALID:
        assert _contents(bytes(data)) == unpack(SEALED)
    assert report.verdict is not Verdict.UNSIGNED


def _contents(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def as_trusted(data: bytes) -> tuple[TrustStore, datetime]:
    """A trust store that believes the file's own certificates, and the day after it was signed."""
    certificates: set[bytes] = set()
    for evidence in reader.read(data).signatures:
        try:
            value = ses.parse_signature(evidence.container)
            certificates |= {value.certificate, value.seal.maker_certificate}
        except MalformedData:
            certificates |= _certificates_of(evidence.container)
    times = [s.signed_at for s in verify(data, "a.ofd").signatures if s.signed_at]
    at = max(times, default=datetime(2020, 5, 1, tzinfo=UTC)) + timedelta(days=1)
    return TrustStore.from_certificates(certificates), at


def _certificates_of(container: bytes) -> set[bytes]:
    try:
        return set(cms.parse_signed_data(container).certificates)
    except MalformedData:
        return set()


Answers = list[tuple[str, str, str | None]]
PARTLY: Answers = [("coverage", "indeterminate", "not_whole_document")]
EDITED: Answers = [("digest", "invalid", "digest_mismatch")]


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "verdict", "expected"),
    [
        ("v4signed.ofd", "valid", []),
        ("V4RideRight.ofd", "valid", []),
        ("allprotected.ofd", "valid", []),
        ("999.ofd", "indeterminate", PARTLY),  # OFD.xml is not protected
        ("draw_param_ref.ofd", "indeterminate", PARTLY),  # nor are the templates here
        # the second signature is valid; the first leaves parts to it
        ("testImageNotFound.ofd", "indeterminate", PARTLY),
        ("testPathClip.ofd", "indeterminate", PARTLY),
        # appended to a closed document; the second signature is valid
        ("h.ofd", "invalid", [*EDITED, ("coverage", "invalid", "forbidden_change")]),
        ("zsbk.ofd", "invalid", [*EDITED, *EDITED]),
        ("keyword.ofd", "invalid", [*EDITED, *PARTLY, *EDITED, *PARTLY]),
        (
            "SESV4SignDoc.ofd",
            "invalid",
            [
                ("seal_period", "invalid", "after_seal_period"),
                ("signing_time", "invalid", "certificate_expired"),
            ],
        ),
        (
            "n.ofd",  # pretty-printed after signing, Signature.xml included
            "invalid",
            [
                *EDITED,
                ("signature_value", "invalid", "signature_mismatch"),
                ("signer_in_seal", "indeterminate", "signer_list_unreadable"),
                ("signer_chain", "invalid", "key_usage"),
                ("maker_chain", "invalid", "key_usage"),
            ],
        ),
        (
            "DigitalSign.ofd",  # {r, s} and nothing else
            "indeterminate",
            [
                ("signature_value", "indeterminate", "no_certificate"),
                ("signer_chain", "indeterminate", "no_certificate"),
                ("signing_time", "indeterminate", "no_signing_time"),
            ],
        ),
        (
            "hello-integrity.ofd",  # a signed list of names
            "indeterminate",
            [*PARTLY, ("signing_time", "indeterminate", "no_signing_time")],
        ),
        ("fptpl.ofd", "invalid", [("structure", "invalid", "part_missing")]),
    ],
)
def test_signed_files_of_real_vendors_at_their_time(
    name: str, verdict: str, expected: Answers
) -> None:
    """
    With the file's own certificates believed and the clock at the day after signing, what
    is left is what is truly wrong with the file.
    """
    data = sample(f"ofd/{name}")
    trust, at = as_trusted(data)
    report = verify(data, name, at=at, trust=trust)

    assert bad(report) == expected
    assert str(report.verdict) == verdict


@pytest.mark.samples
@pytest.mark.parametrize(
    "name",
    ["helloworld.ofd", "namespace_no_std.ofd", "path_unstd.ofd", "chineseDir.ofd", "ano.ofd"],
)
def test_unsigned_files_are_unsigned(name: str) -> None:
    """No signature and nothing damaged."""
    assert verify(sample(f"ofd/{name}"), name).verdict is Verdict.UNSIGNED
