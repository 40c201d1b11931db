"""What others put into PDF is read for what it is, and the report says where seals stand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from seal_core.engines.pdf import GB_T_35275, PADES, PKCS7, SES_SEAL, PdfEngine, PdfProfile
from seal_core.engines.protocol import AtPoint, OnEveryPage, Seam
from seal_core.formats import cms, ses
from tests.support import attacks_pdf, pdf
from tests.support.pki import Identity, signed_data
from tests.support.stock_pyhanko import StockSigner, elsewhere
from verify.notices import Notice, Quirk
from verify.readers.pdf import read
from verify.report import Kind, Place, Question, Reason, Report, Verdict

HERE = AtPoint(1, 30, 50)


def identity() -> Identity:
    who = pdf.signer()
    return Identity(who.key, who.certificate, who.chain)


def sealed(document: bytes, profile: PdfProfile = PADES) -> bytes:
    return PdfEngine(profile).seal(document, pdf.material(), (HERE,), pdf.signer(), pdf.NOON)


def answers(report: Report, question: Question) -> list[Reason | Verdict]:
    """Per signature the reason, or the verdict where there is none."""
    checks = [signature.check(question) for signature in report.signatures]
    return [check.reason or check.verdict for check in checks if check]


# --- containers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "standard"),
    [
        (PADES, "PAdES-B-B"),
        (PKCS7, "CMS"),
        (GB_T_35275, "GB/T 35275"),
        (SES_SEAL, "GB/T 38540-2020"),
    ],
    ids=["pades", "pkcs7", "gb_t_35275", "ses"],
)
def test_every_profile_of_ours_is_a_valid_seal(profile: PdfProfile, standard: str) -> None:
    report = pdf.verified(sealed(pdf.simple_pdf(), profile))

    assert report.verdict is Verdict.VALID
    (signature,) = report.signatures
    assert (signature.kind, signature.standard) == (Kind.SEAL, standard)
    assert signature.seal is not None
    assert signature.seal.name == pdf.COMPANY
    assert signature.signed_at == pdf.NOON
    assert signature.quirks == ()


def digest_as_content(protected: bytes, digest: bytes) -> bytes:
    """As one vendor writes it: content is SM3 of the range, no signed attributes, GM OIDs."""
    who = identity()
    return signed_data(who, cms.GM_DATA, digest, None, who.sign(digest), kind=cms.GM_SIGNED_DATA)


def without_attributes(protected: bytes, digest: bytes) -> bytes:
    """SM2 straight over the protected bytes."""
    who = identity()
    return signed_data(who, cms.PKCS7_DATA, None, None, who.sign(protected))


def with_attributes(protected: bytes, digest: bytes) -> bytes:
    return cms.build_signed_data(digest=digest, signer=identity(), at=pdf.NOON, family="gm")


def seal_of_2014(protected: bytes, digest: bytes) -> bytes:
    """SES_Signature under a name that promises PKCS#7."""
    return ses.build_signature(
        seal=pdf.material(version=1).seal, data_hash=digest, property_info="",
        signer=identity(), at=pdf.NOON, version=1,
    )  # fmt: skip


FOREIGN = [
    ("/DJ.GMPkiLite", "/GM.sm2cms.detached", digest_as_content),
    ("/Adobe.PPKLite", "/adbe.pkcs7.detached", without_attributes),
    ("/Adobe.PPKLite", "/adbe.pkcs7.detached", with_attributes),
    ("/Gomain.GMPkiLite", "/GM.sm2seal", seal_of_2014),
    ("/Adobe.PPKMS", "/adbe.pkcs7.detached", seal_of_2014),
    ("/Nobody.Knows", "/No.Such.Thing", with_attributes),
]


@pytest.mark.parametrize(("filter_name", "subfilter", "build"), FOREIGN)
def test_forms_of_other_vendors_are_judged_by_their_bytes(
    filter_name: str, subfilter: str, build: Callable[[bytes, bytes], bytes]
) -> None:
    """
    Whatever /Filter and /SubFilter say, the signature is found and holds; a byte changed in
    the document breaks it.
    """
    document = pdf.embedded(pdf.simple_pdf(), filter_name, subfilter, build)

    report = pdf.verified(document)
    changed = pdf.verified(attacks_pdf.flip_in_text(document))

    assert report.verdict is Verdict.VALID
    assert changed.verdict is Verdict.INVALID


def test_a_sub_filter_that_lies_is_a_quirk() -> None:
    document = pdf.embedded(pdf.simple_pdf(), "/Adobe.PPKMS", "/adbe.pkcs7.detached", seal_of_2014)

    (signature,) = pdf.verified(document).signatures

    assert Quirk.SUBFILTER_MISMATCH in signature.quirks
    assert signature.kind is Kind.SEAL


def test_garbage_as_contents_is_invalid() -> None:
    """
    Not CMS, not SES: reported as malformed, never dropped and never a crash.
    """
    for contents in (
        b"",
        b"\x00",
        b"\x30\x80",
        b"\x30\x03\x02\x01",
        b"not DER at all",
        b"\x30\x84",
    ):
        document = pdf.embedded(pdf.simple_pdf(), "/A", "/B", lambda *_, c=contents: c)

        report = pdf.verified(document)

        assert len(report.signatures) == 1
        assert report.verdict is Verdict.INVALID


def test_a_document_time_stamp_is_told_as_such() -> None:
    """
    /DocTimeStamp covers the document and vouches for its time.
    """
    stamper = pdf.TestTimeStamper()
    document = pdf.embedded(
        sealed(pdf.simple_pdf()), "/Adobe.PPKLite", "/ETSI.RFC3161",
        lambda protected, _: stamper.stamp(protected),
    )  # fmt: skip

    report = pdf.verified(document)

    assert [signature.kind for signature in report.signatures] == [Kind.SEAL, Kind.TIMESTAMP]
    assert report.verdict is Verdict.VALID


def test_a_time_stamp_over_the_signature_vouches_for_the_time() -> None:
    document = PdfEngine().seal(
        pdf.simple_pdf(), pdf.material(), (HERE,), pdf.signer(), pdf.NOON, pdf.TestTimeStamper()
    )

    report = pdf.verified(document)

    assert report.verdict is Verdict.VALID
    assert answers(report, Question.TIMESTAMP) == [Verdict.VALID]
    assert report.signatures[0].standard == "PAdES-B-T"


# --- RSA and ECDSA, made by pyHanko -----------------------------------------------------


def certified_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """A self-signed certificate, DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "RSA 单位")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 7)
        .not_valid_before(pdf.NOON - timedelta(days=1))
        .not_valid_after(pdf.NOON + timedelta(days=9))
        .add_extension(usage, critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())],
    ids=["rsa", "ecdsa"],
)
def test_signatures_of_the_wider_world_are_judged_too(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
) -> None:
    """
    RSA and ECDSA by cryptography: sound with SHA-256, weak with SHA-1, broken when changed.
    """
    certificate = certified_key(key)
    signer = StockSigner(key, certificate)
    document = signer.sign(pdf.simple_pdf(), pdf.NOON)

    good = pdf.verified(document, certificate)
    weak = pdf.verified(signer.sign(pdf.simple_pdf(), pdf.NOON, digest="sha1"), certificate)
    broken = pdf.verified(attacks_pdf.flip_in_text(document), certificate)

    assert answers(good, Question.SIGNATURE_VALUE) == [Verdict.VALID]
    assert answers(good, Question.DIGEST) == [Verdict.VALID]
    assert answers(good, Question.COVERAGE) == [Verdict.VALID]
    assert good.verdict is Verdict.VALID
    assert weak.verdict is Verdict.INVALID
    assert broken.verdict is Verdict.INVALID


def test_a_running_event_loop_is_no_hindrance() -> None:
    """
    pyHanko has asynchronous corners; whoever seals and verifies may have a loop of his own.
    """

    async def within() -> Report:
        return pdf.verified(attacks_pdf.pdf_sealed(sealed(pdf.encrypted_pdf("")), "乙方公司"))

    report = elsewhere(lambda: asyncio.run(within()))

    assert report.verdict is Verdict.VALID


# --- documents -------------------------------------------------------------------------


A4 = "/MediaBox [0 0 595.28 841.89]"
TEXT_FIELD = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Seal1) /V (10) /P 5 0 R "
    b"/Rect [60 690 300 720] /DA (/F1 12 Tf) >>"
)
EMPTY_SIGNATURE = (
    b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (PartyA) /P 5 0 R /Rect [60 690 300 720] >>"
)
DOCUMENTS = {
    "encrypted": pdf.encrypted_pdf(""),
    "cross-reference stream": pdf.stream_xref_pdf(),
    "hybrid": pdf.hybrid_pdf(),
    "version 1.3": pdf.simple_pdf().replace(b"%PDF-1.7", b"%PDF-1.3"),
    "reference to nothing": pdf.simple_pdf([f"{A4} /Annots [90 0 R] /B 91 0 R"]),
    "annotations null": pdf.simple_pdf([f"{A4} /Annots null"]),
    "annotations indirect": pdf.simple_pdf([f"{A4} /Annots 6 0 R"], extra=(b"[]",)),
    "form null": pdf.simple_pdf(catalog="/AcroForm null"),
    "form direct": pdf.simple_pdf(catalog="/AcroForm << /Fields [] /NeedAppearances true >>"),
    "fields indirect": pdf.simple_pdf(
        catalog="/AcroForm 6 0 R", extra=(b"<< /Fields 7 0 R >>", b"[]")
    ),
    "form with our name": pdf.simple_pdf(
        [f"{A4} /Annots [6 0 R]"], catalog="/AcroForm << /Fields [6 0 R] >>", extra=(TEXT_FIELD,)
    ),
    "empty signature field": pdf.simple_pdf(
        [f"{A4} /Annots [6 0 R]"],
        catalog="/AcroForm << /Fields [6 0 R] /SigFlags 1 >>",
        extra=(EMPTY_SIGNATURE,),
    ),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_sealed_documents_of_every_make_are_valid(document: bytes) -> None:
    """
    Two seals on what people bring: both valid.
    """
    twice = attacks_pdf.pdf_sealed(sealed(document), "乙方公司")

    report = pdf.verified(twice)

    assert report.verdict is Verdict.VALID
    assert answers(report, Question.COVERAGE) == [Reason.SIGNED_AGAIN, Verdict.VALID]


def test_a_hybrid_file_is_pointed_out() -> None:
    report = pdf.verified(sealed(pdf.hybrid_pdf()))

    assert Notice.HYBRID_XREF in report.warnings


def test_an_unsigned_document_is_unsigned() -> None:
    assert pdf.verified(pdf.simple_pdf()).verdict is Verdict.UNSIGNED


@pytest.mark.parametrize(
    ("document", "reason", "verdict"),
    [
        (b"%PDF-1.7 and nothing more", Reason.DAMAGED, Verdict.INVALID),
        (pdf.encrypted_pdf("secret"), Reason.ENCRYPTED, Verdict.INDETERMINATE),
        (pdf.simple_pdf(["/MediaBox [0 0 9 9]"])[:-9], Reason.DAMAGED, Verdict.INVALID),
    ],
    ids=["header only", "password", "cut"],
)
def test_what_cannot_be_read_is_never_unsigned(
    document: bytes, reason: Reason, verdict: Verdict
) -> None:
    report = pdf.verified(document)

    assert report.verdict is verdict
    assert [check.reason for check in report.checks] == [reason]


def test_one_broken_signature_does_not_hide_the_others() -> None:
    """
    The first signature's dictionary is damaged; the second is still judged.
    """
    both = attacks_pdf.pdf_sealed(sealed(pdf.simple_pdf()), "乙方公司")

    report = pdf.verified(both.replace(b"/Contents <", b"/Kontents <", 1))

    assert answers(report, Question.STRUCTURE) == [Reason.SIGNATURE_MALFORMED, Verdict.VALID]


PAGES = [
    "/MediaBox [0 0 595.28 841.89]",
    "/MediaBox [0 0 595.28 841.89] /Rotate 90",
    "/MediaBox [-9 -9 900 900] /CropBox [50 30 645.28 871.89] /Rotate 180",
    "/MediaBox [0 0 595.28 841.89] /Rotate 270 /UserUnit 2",
]


def test_places_are_reported_in_mm_as_displayed() -> None:
    """
    On turned, cropped and scaled pages the report names the place that was wished for.
    """
    document = PdfEngine().seal(
        pdf.simple_pdf(PAGES), pdf.material(), (OnEveryPage(30, 50),), pdf.signer(), pdf.NOON
    )

    (signature,) = pdf.verified(document).signatures

    assert signature.places == tuple(Place(n, 30, 50, 42, 42) for n in range(1, 5))


def test_a_seam_is_one_signature_with_a_place_on_every_page() -> None:
    """
    First as stamps under one field, then as fields that share one value: four slices each.
    """
    document = pdf.simple_pdf([PAGES[0]] * 4)
    for name in (pdf.COMPANY, "乙方公司"):
        document = PdfEngine().seal(
            document, pdf.material(name), (Seam(),), pdf.signer(name), pdf.NOON
        )

    report = pdf.verified(document)

    assert report.verdict is Verdict.VALID
    for signature in report.signatures:
        assert [place.page for place in signature.places] == [1, 2, 3, 4]
        assert {place.w_mm for place in signature.places} == {10.5}
        assert signature.quirks == ()


# --- everything at once ------------------------------------------------------------------

SEALED = attacks_pdf.victim()


GAP = range(SEALED.rindex(b"/Contents <") + 10, SEALED.index(b">\n/ByteRange") + 1)
SIGNED = [position for position in range(len(SEALED)) if position not in GAP]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SIGNED), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(position: int, difference: int) -> None:
    """
    Any byte of the byte range, any other value: never valid. (The gap itself holds the
    certificates of the issuers, which nobody signs and nobody needs who knows the issuers.)
    """
    changed = bytearray(SEALED)
    changed[position] ^= difference

    assert pdf.verified(bytes(changed)).verdict is Verdict.INVALID


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SEALED)), st.integers(0, len(SEALED)), st.binary(max_size=40))
def test_the_reader_never_fails(begin: int, end: int, filler: bytes) -> None:
    """
    Pieces cut out and replaced: always findings, never an exception, and never "unsigned and
    sound" while a signature's range is still in the file.
    """
    begin, end = sorted((begin, end))
    changed = SEALED[:begin] + filler + SEALED[end:]

    findings = read(changed)

    assert findings.checks or findings.signatures or b"/ByteRange [" not in changed
