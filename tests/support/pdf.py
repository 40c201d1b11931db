"""Sample PDF documents, a seal, and a signer with its small world of certificates."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO

from asn1crypto import tsp
from PIL import Image, ImageDraw
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from sandbox.ca import CertificateAuthority
from sandbox.certificates import DOCUMENT_SIGNING, Issuer, Profile, chinese_name
from sandbox.sm2 import KeyPair
from sandbox.tsa import TimeStampAuthority, Wish
from seal_core.engines.pdf_containers import CmsContainer
from seal_core.engines.pdf_writer import Gap, SignatureDictionary, write_revision
from seal_core.engines.placement import place_seal
from seal_core.engines.protocol import AtPoint, PageSize, SealMaterial
from seal_core.formats import ses
from seal_core.formats.pdf_bytes import open_pdf
from seal_core.formats.pdf_page import Pages
from seal_core.gm import sm3
from seal_core.gm.sm2 import PrivateKey
from verify.report import Report
from verify.trust import TrustStore
from verify.verifier import verify

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
A4_POINTS = (595.28, 841.89)
MM = 72 / 25.4
RED = (216, 0, 15)
PADES = "/Adobe.PPKLite", "/ETSI.CAdES.detached"
STRANGER = "无人认识的公司"
COMPANY = "山西测试有限公司"


def simple_pdf(
    pages: Sequence[str] = ("/MediaBox [0 0 595.28 841.89]",),
    content: bytes = b"BT /F1 14 Tf 72 700 Td (Contract) Tj ET",
    catalog: str = "",
    extra: Sequence[bytes] = (),
    xobject: int = 0,
) -> bytes:
    """A classic PDF with one content stream on all pages; *pages* are entries of page objects.

    *extra* are more objects, numbered from len(pages) + 5 on; *xobject* is the one to be
    called /C in the content.
    """
    kids = " ".join(f"{5 + i} 0 R" for i in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    picture = f"/XObject << /C {xobject} 0 R >>" if xobject else ""
    for entries in pages:
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R "
            f"/Resources << /Font << /F1 3 0 R >> {picture} >> {entries} >>".encode()
        )
    return _with_xref([*objects, *extra])


def _with_xref(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def chinese_pdf(draw: Callable[[Canvas], None], pages: int = 1) -> bytes:
    """A4 pages on which *draw* writes with the font named STSong-Light."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4_POINTS, invariant=1)
    for _ in range(pages):
        canvas.setFont("STSong-Light", 12)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def seal_picture(pixels: int = 480) -> bytes:
    """A round red seal that touches all four sides, transparent elsewhere."""
    image = Image.new("RGBA", (pixels, pixels), (*RED, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, pixels - 1, pixels - 1), outline=(*RED, 255), width=pixels // 20)
    draw.line((0, pixels // 2, pixels, pixels // 2), fill=(*RED, 255), width=pixels // 30)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass(frozen=True)
class TestSigner:
    """A key in memory with the certificate of the sandbox's authority."""

    __test__ = False

    key: PrivateKey
    certificate: bytes
    chain: tuple[bytes, ...]

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


@cache
def authority() -> CertificateAuthority:
    return CertificateAuthority(lambda: NOON, "http://127.0.0.1:9")


@cache
def strange_authority() -> CertificateAuthority:
    """Another one, which nobody trusts."""
    return CertificateAuthority(lambda: NOON, "http://127.0.0.1:9")


def signer(name: str = COMPANY) -> TestSigner:
    """The signer certified for *name*."""
    return _signer(name)


@cache
def _signer(name: str) -> TestSigner:
    key = PrivateKey.generate()
    ca = strange_authority() if name == STRANGER else authority()
    subject = chinese_name(name, name)
    certificate = ca.certify(subject, key.public_key.point, Profile(DOCUMENT_SIGNING))
    return TestSigner(key, certificate.dump(), ca.chain)


def material(who: str = COMPANY, version: int = 4) -> SealMaterial:
    """The seal of *who*, 42 mm wide and high."""
    return SealMaterial(_seal(who, version), seal_picture(), 42, 42)


@cache
def _seal(who: str, version: int) -> bytes:
    return ses.build_seal(
        seal_id="14000000000001",
        name=who,
        seal_type=1,
        vendor="ZHANGYIN",
        certificates=[signer(who).certificate],
        created_at=NOON,
        valid_from=NOON - timedelta(days=1),
        valid_to=NOON + timedelta(days=365),
        picture=seal_picture(),
        picture_type="PNG",
        width_mm=42,
        height_mm=42,
        maker=signer("制章单位"),
        version=version,
    )


class TestTimeStamper:
    """The sandbox's time-stamp authority, asked without HTTP."""

    __test__ = False

    def __init__(self, at: datetime = NOON, ca: CertificateAuthority | None = None) -> None:
        key, ca = KeyPair.generate(), ca or authority()
        profile = Profile(frozenset({"digital_signature"}), extended_usage=("time_stamping",))
        certificate = ca.certify(chinese_name("时间戳"), key.point, profile)
        self._authority = TimeStampAuthority(Issuer(certificate, key.sign), ca.chain)
        self._at = at

    def stamp(self, message: bytes) -> bytes:
        imprint = tsp.MessageImprint(
            {
                "hash_algorithm": {"algorithm": "1.2.156.10197.1.401"},
                "hashed_message": sm3.digest(message),
            }
        )
        token: bytes = self._authority.grant(Wish(imprint, None, True), self._at).dump()
        return token


def sealed_regardless(
    document: bytes, permission: int = 0, left_out: int = 0, lock: str = ""
) -> bytes:
    """A seal on a document the engine would refuse; the rest as ``embedded`` has it."""
    name = "核证公司" if permission or lock else "乙方公司"
    who, seal = signer(name), material(name)
    container = CmsContainer(seal.seal, (who.certificate, *who.chain), "pkcs7", None)
    gap = _gap(document, PADES, seal, beside=True, rule=_rule_of(permission, lock))
    if left_out:
        gap = _shortened(gap, left_out)
    return gap.fill(container.contents(gap.digest, who.sign(container.message(gap.digest)), None))


def _gap(
    document: bytes,
    names: tuple[str, str],
    seal: SealMaterial,
    *,
    beside: bool,
    rule: generic.ArrayObject | None,
    certificate: bytes = b"",
) -> Gap:
    """A finished revision without its /Contents; *names* are /Filter and /SubFilter."""
    reader = open_pdf(document)
    places = place_seal([AtPoint(1, 20, 100)], [PageSize(210, 297)], 42, 42, lambda text: ())
    signature = SignatureDictionary(*names, 12_000, NOON)
    if rule is not None:
        signature["/Reference"] = rule
    if certificate:
        signature["/Cert"] = generic.ByteStringObject(certificate)
    return write_revision(reader, Pages(reader, 100), seal, places, signature, beside=beside)


def _shortened(gap: Gap, left_out: int) -> Gap:
    """The same gap in a byte range that ends *left_out* octets before the file does."""
    data = gap.value()
    length = len(data) - gap.end
    shorter = b"%d]" % (length - left_out)
    data = data.replace(b" %d]" % length, b" " + shorter.ljust(len(b"%d]" % length)))
    digest = sm3.digest(data[: gap.start] + data[gap.end : len(data) - left_out])
    return Gap(BytesIO(data), digest, gap.start, gap.end)


def _rule_of(permission: int, lock: str) -> generic.ArrayObject | None:
    """The /Reference of a signature that allows only so much (ISO 32000-2, 12.8.2)."""
    if permission:
        return _rule("/DocMDP", "/P", generic.NumberObject(permission))
    return _rule("/FieldMDP", "/Action", generic.pdf_name(lock)) if lock else None


def _rule(method: str, key: str, value: generic.PdfObject) -> generic.ArrayObject:
    parameters = {
        generic.pdf_name(key): value,
        generic.pdf_name("/V"): generic.pdf_name("/1.2"),
        generic.pdf_name("/Fields"): generic.ArrayObject(),
    }
    rule = {
        generic.pdf_name("/TransformMethod"): generic.pdf_name(method),
        generic.pdf_name("/TransformParams"): generic.DictionaryObject(parameters),
    }
    return generic.ArrayObject([generic.DictionaryObject(rule)])


def verified(document: bytes, *anchors: bytes) -> Report:
    """The report, an hour after noon, of somebody who trusts the sandbox's authority."""
    return verify(document, "sample.pdf", at=NOON + timedelta(hours=1), trust=_trust(anchors))


@cache
def _trust(anchors: tuple[bytes, ...]) -> TrustStore:
    ca = authority()
    return TrustStore.from_certificates(
        [ca.root.dump(), *anchors],
        intermediates=[ca.issuing.dump()],
        crls=[ca.crl(), ca.root_crl()],
    )


def embedded(
    document: bytes,
    filter_name: str,
    subfilter: str,
    build: Callable[[bytes, bytes], bytes],
    permission: int = 0,
    left_out: int = 0,
    lock: str = "",
    certificate: bytes = b"",
) -> bytes:
    """Any contents in a visible signature; *build* gets the protected bytes and their SM3.

    *permission* makes it certify (DocMDP), *left_out* octets at the end are not signed, *lock*
    is the /Action of a lock on fields (FieldMDP), *certificate* goes beside it (/Cert).
    """
    names, rule = (filter_name, subfilter), _rule_of(permission, lock)
    gap = _gap(document, names, material(), beside=False, rule=rule, certificate=certificate)
    if left_out:
        gap = _shortened(gap, left_out)
    data = gap.value()
    return gap.fill(build(data[: gap.start] + data[gap.end : len(data) - left_out], gap.digest))


def rectangles(document: bytes) -> list[tuple[float, ...]]:
    """All annotation rectangles written in the clear, in file order."""
    found = re.findall(rb"/Rect \[ ?([-0-9. ]+)\]", document)
    return [tuple(map(float, match.split())) for match in found]


def hybrid_pdf() -> bytes:
    """What word processors export: a table for old readers, a stream (/XRefStm) for new ones.

    The catalog's /Names is known to the stream alone.
    """
    plain = simple_pdf(catalog="/Names 6 0 R")
    body = plain[: plain.index(b"xref\n")]
    hidden = len(body)
    body += b"6 0 obj\n<< >>\nendobj\n"
    stream_at = len(body)
    rows = b"\x01" + hidden.to_bytes(4, "big") + b"\x00"
    body += (
        b"7 0 obj\n<< /Type /XRef /Size 8 /W [1 4 1] /Index [6 1] /Root 1 0 R /Length 6 >>\n"
        b"stream\n" + rows + b"\nendstream\nendobj\n"
    )
    table = plain[plain.index(b"xref\n") : plain.index(b"trailer")]
    table = table.replace(b"xref\n0 6", b"xref\n0 8") + b"0000000000 65535 f \n" * 2
    trailer = b"trailer\n<< /Size 8 /Root 1 0 R /XRefStm %d >>\n" % stream_at
    return body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(body)


def encrypted_pdf(user_password: str, *, mac: bool = False) -> bytes:
    """AES-256 with *user_password*, with or without the MAC of ISO/TS 32004."""
    reader = PdfFileReader(BytesIO(simple_pdf()))
    writer = copy_into_new_writer(reader)
    writer.encrypt(owner_pass="owner", user_pass=user_password, pdf_mac=mac)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def stream_xref_pdf() -> bytes:
    """The same page with object streams and a cross-reference stream."""
    reader = PdfFileReader(BytesIO(simple_pdf()))
    writer = copy_into_new_writer(reader, writer_kwargs={"stream_xrefs": True})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
