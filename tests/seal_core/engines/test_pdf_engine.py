"""Sealing a PDF: every byte is covered, earlier signatures stay, and refusals say why."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.status import SignatureCoverageLevel

from seal_core import der
from seal_core.engines.pdf import GB_T_35275, SES_SEAL, PdfEngine
from seal_core.engines.protocol import AtKeyword, AtPoint, OnEveryPage, Place, Seam
from seal_core.errors import DocumentRefused, SealRefused, UnknownPlace
from seal_core.formats import ses
from seal_core.formats.pdf_seal import SEAL_ENTRY, binding_in, check_binding
from seal_core.gm import sm3
from tests.support import pdf, pyhanko_sm2

ENGINE = PdfEngine()
HERE = AtPoint(1, 100, 200)


def sealed(document: bytes, *places: Place, who: str = pdf.COMPANY) -> bytes:
    return ENGINE.seal(document, pdf.material(who), places or (HERE,), pdf.signer(who), pdf.NOON)


def stock_view(document: bytes) -> list[tuple[SignatureCoverageLevel, object, bool]]:
    """What stock pyHanko says: coverage, changes since, and whether the digest matches."""
    assert pyhanko_sm2.SM3  # pyHanko needs the names of the algorithms, nothing else of ours
    found = []
    for signature in PdfFileReader(BytesIO(document)).embedded_signatures:
        signature.compute_integrity_info()
        attributes = signature.signer_info["signed_attrs"]
        digest = next(a for a in attributes if a["type"].native == "message_digest")
        intact = digest["values"][0].native == signature.compute_digest()
        level = getattr(signature.diff_result, "modification_level", signature.diff_result)
        found.append((signature.coverage, level, intact))
    return found


def signature_dictionaries(document: bytes) -> list[tuple[generic.DictionaryObject, bytes]]:
    """Each signature dictionary with the SM3 of its byte range."""
    found = []
    for _, value, _ in enumerate_sig_fields(PdfFileReader(BytesIO(document)), filled_status=True):
        dictionary = value.get_object()
        _, a, b, c = dictionary["/ByteRange"]
        found.append((dictionary, sm3.digest(document[:a] + document[b : b + c])))
    return found


def signer_info(document: bytes) -> cms.SignerInfo:
    return PdfFileReader(BytesIO(document)).embedded_signatures[-1].signer_info


def test_the_document_grows_and_nothing_in_it_changes() -> None:
    """
    Sealing appends one revision. The old bytes stay, the signature covers all but its gap.
    """
    document = pdf.simple_pdf()

    result = sealed(document)

    assert result.startswith(document)
    assert stock_view(result) == [
        (SignatureCoverageLevel.ENTIRE_FILE, ModificationLevel.NONE, True)
    ]


def test_earlier_seals_stay_unharmed() -> None:
    """
    Each seal, seam and every-page sealing adds to the document; for stock pyHanko all earlier
    signatures see nothing but form filling.
    """
    document = pdf.simple_pdf(["/MediaBox [0 0 595 842]"] * 4)
    document = sealed(document, Seam(), HERE, who="甲方公司")
    document = sealed(document, HERE, who="乙方公司")
    document = sealed(document, Seam(edge="left"), AtPoint(2, 10, 10), who="丙方公司")
    document = sealed(document, OnEveryPage(20, 20), who="丁方公司")

    views = stock_view(document)

    assert all(intact for _, _, intact in views)
    levels = {coverage: level for coverage, level, _ in views}
    assert levels == {
        SignatureCoverageLevel.ENTIRE_REVISION: ModificationLevel.FORM_FILLING,
        SignatureCoverageLevel.ENTIRE_FILE: ModificationLevel.NONE,
    }
    assert ENGINE.outline(document).signatures == 4


def test_openssl_agrees_with_the_signature_value(tmp_path: Path) -> None:
    """
    OpenSSL, told the identity, verifies SM2 over the signed attributes as they stand.
    """
    info = signer_info(sealed(pdf.simple_pdf()))
    (tmp_path / "message").write_bytes(info["signed_attrs"].untag().dump())
    (tmp_path / "signature").write_bytes(info["signature"].native)
    (tmp_path / "certificate").write_bytes(pdf.signer().certificate)
    key = _openssl(tmp_path, "x509", "-inform", "DER", "-in", "certificate", "-noout", "-pubkey")
    (tmp_path / "key").write_bytes(key)

    verdict = _openssl(
        tmp_path, "dgst", "-sm3", "-verify", "key", "-sigopt", "distid:1234567812345678",
        "-signature", "signature", "message",
    )  # fmt: skip

    assert verdict == b"Verified OK\n"


def _openssl(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ("openssl", *arguments), cwd=folder, check=True, capture_output=True
    ).stdout


@pytest.mark.poppler
def test_pdfsig_sees_both_signatures_and_the_whole_document(tmp_path: Path) -> None:
    """
    Poppler knows no SM3, but it reads names, time and ranges.
    """
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed(sealed(pdf.simple_pdf()), AtPoint(1, 10, 10), who="乙方公司"))

    text = subprocess.run(("pdfsig", path), capture_output=True, check=False).stdout.decode()

    assert text.count("Signature Type: ETSI.CAdES.detached") == 2
    assert "Common Name: 乙方公司" in text
    assert text.count("Total document signed") == 1
    assert text.count("Not total document signed") == 1


def test_the_signature_binds_the_seal() -> None:
    """
    The SESeal lies in the signed range, and a signed attribute holds its SM3.
    """
    document = sealed(pdf.simple_pdf())
    signature = PdfFileReader(BytesIO(document)).embedded_signatures[0]
    seal = signature.sig_object[SEAL_ENTRY].data

    binding = binding_in(der.unpadded(signature.pkcs7_content))

    assert seal == pdf.material().seal
    assert binding is not None
    check_binding(binding, seal)


def test_the_picture_is_written_once_for_all_places() -> None:
    """
    Ten pages share one image; a page costs an annotation, not a picture.
    """
    one = sealed(pdf.simple_pdf(["/MediaBox [0 0 595 842]"] * 10))
    ten = sealed(pdf.simple_pdf(["/MediaBox [0 0 595 842]"] * 10), OnEveryPage(10, 10))

    assert ten.count(b"/Subtype /Image") == one.count(b"/Subtype /Image") == 2  # with its mask
    assert len(ten) - len(one) < 10_000


def test_several_places_are_one_signature() -> None:
    """
    Three places, one signature, each listed once.
    """
    document = sealed(pdf.simple_pdf(), AtPoint(1, 10, 10), AtPoint(1, 60, 10), AtPoint(1, 110, 10))

    assert ENGINE.outline(document).signatures == 1
    assert len(pdf.rectangles(document)) == 3


def test_a_key_in_other_hands_signs_in_two_steps() -> None:
    """
    prepare says what to sign, the key signs wherever it lives, complete finishes the file.
    """
    who = pdf.signer()
    prepared = ENGINE.prepare(
        pdf.simple_pdf(), pdf.material(), (HERE,), (who.certificate, *who.chain), pdf.NOON
    )

    document = prepared.complete(who.key.sign(prepared.to_be_signed))

    assert stock_view(document)[0][2]


def test_a_time_stamp_travels_as_unsigned_attribute() -> None:
    """
    B-T: the token is over the signature value.
    """
    document = ENGINE.seal(
        pdf.simple_pdf(), pdf.material(), (HERE,), pdf.signer(), pdf.NOON, pdf.TestTimeStamper()
    )

    token = signer_info(document)["unsigned_attrs"][0]

    assert token["type"].native == "signature_time_stamp_token"
    assert stock_view(document)[0][2]


def test_gb_t_35275_names_by_profile() -> None:
    """
    The content types of GB/T 35275 take the place of PKCS#7's; the time moves into the CMS.
    """
    document = PdfEngine(GB_T_35275).seal(
        pdf.simple_pdf(), pdf.material(), (HERE,), pdf.signer(), pdf.NOON
    )

    signature = PdfFileReader(BytesIO(document)).embedded_signatures[0]
    outer = cms.ContentInfo.load(signature.pkcs7_content)
    assert outer["content_type"].dotted == pyhanko_sm2.GM_SIGNED_DATA
    assert signature.self_reported_timestamp == pdf.NOON


@pytest.mark.parametrize("version", [1, 4])
def test_a_ses_signature_in_contents_by_profile(version: int) -> None:
    """
    The form of GM/T 0112 readers: /Contents is a SES_Signature over the byte range.
    """
    document = PdfEngine(SES_SEAL).seal(
        pdf.simple_pdf(), pdf.material(version=version), (HERE,), pdf.signer(), pdf.NOON
    )

    ((dictionary, digest),) = signature_dictionaries(document)
    value = ses.parse_signature(der.unpadded(dictionary["/Contents"]))
    assert value.seal.der == pdf.material(version=version).seal
    assert value.data_hash == digest
    assert dictionary["/SubFilter"] == "/GM.sm2seal"


def test_a_seal_is_used_by_its_owner_and_in_its_time_only() -> None:
    """
    The seal does not list another's certificate, and it has expired in two years.
    """
    material, later = pdf.material(), pdf.NOON + timedelta(days=700)

    with pytest.raises(SealRefused, match="signer_not_listed"):
        ENGINE.seal(pdf.simple_pdf(), material, (HERE,), pdf.signer("乙方公司"), pdf.NOON)
    with pytest.raises(SealRefused, match="after_period"):
        ENGINE.seal(pdf.simple_pdf(), material, (HERE,), pdf.signer(), later)


@pytest.mark.parametrize(
    "document",
    [pdf.hybrid_pdf(), pdf.encrypted_pdf(""), pdf.stream_xref_pdf()],
    ids=["hybrid", "encrypted with empty password", "cross-reference stream"],
)
def test_what_people_bring_is_sealed(document: bytes) -> None:
    """
    Exports of word processors, scanners and government sites are sealed as they are.
    """
    result = sealed(sealed(document), AtPoint(1, 10, 10), who="乙方公司")

    assert result.startswith(document)
    assert ENGINE.outline(result).signatures == 2


def test_damage_is_repaired_only_where_nothing_is_signed() -> None:
    """
    Wrong offsets are repaired in an unsigned document; in a signed one repair would break
    the signature, so it is refused.
    """
    broken = pdf.simple_pdf().replace(b"startxref\n", b"startxref\n9")

    assert ENGINE.outline(sealed(broken)).signatures == 1
    with pytest.raises(DocumentRefused) as refusal:
        sealed(sealed(pdf.simple_pdf()).replace(b"startxref\n", b"startxref\n9"))
    assert refusal.value.reason == "broken_signed"


CERTIFIED = (
    b"<< /Type /Sig /Reference [<< /TransformMethod /DocMDP /TransformParams << /P 1 >> >>] >>"
)
FIELD = b"<< /FT /Sig /T (S) /V 7 0 R >>"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "empty"),
        (pdf.simple_pdf(()), "empty"),
        (b"PK\x03\x04 no pdf", "not_a_document"),
        (b"%PDF-1.7\nnothing else", "not_a_document"),
        (pdf.encrypted_pdf("secret"), "encrypted"),
        (pdf.encrypted_pdf("", mac=True), "encrypted"),
        (pdf.simple_pdf(catalog="/AcroForm << /Fields [] /XFA () >>"), "form_with_scripts"),
        (
            pdf.simple_pdf(
                catalog="/AcroForm << /Fields [6 0 R] >>", extra=(FIELD, CERTIFIED)
            ),
            "closed",
        ),
        (pdf.sealed_regardless(pdf.simple_pdf(), 2), "closed"),
        (pdf.sealed_regardless(pdf.simple_pdf(), lock="/All"), "closed"),
        (pdf.simple_pdf(["/MediaBox [0 0 9 9]"] * 5001), "too_many_pages"),
        (pdf.simple_pdf().replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]"), "not_a_document"),
    ],
    ids=[
        "no bytes", "no page", "zip", "header only", "password", "mac", "xfa", "certified",
        "certified for forms", "locked",
        "pages", "loop",
    ],
)  # fmt: skip
def test_what_cannot_be_sealed_is_refused_with_its_reason(document: bytes, reason: str) -> None:
    with pytest.raises(DocumentRefused) as refusal:
        ENGINE.outline(document)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "place", [AtPoint(2, 10, 10), AtPoint(1, 205, 10), AtKeyword("no such text"), Seam()]
)
def test_a_place_that_does_not_exist_is_refused(place: Place) -> None:
    with pytest.raises(UnknownPlace):
        sealed(pdf.simple_pdf(), place)
