"""The world beyond SM2: RSA and ECDSA keys under an authority of their own, and its readers.

Stock pyHanko and poppler's pdfsig give the second opinions; nothing of ours is in them.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import time_machine
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleCertificateStore, SimpleTrustManager

from app.pades_key import Key, PadesKey
from seal_core.formats.algorithms import SM3
from tests.support import pdf
from tests.support.stock_pyhanko import elsewhere

DER = serialization.Encoding.DER
BEGIN = pdf.NOON - timedelta(days=30)
MOMENT = pdf.NOON + timedelta(hours=1)
COMMON = "Shanxi Seal Service"


@dataclass(frozen=True)
class Issued:
    """A key and its certificate, with the one above."""

    key: Key = field(repr=False)
    certificate: x509.Certificate
    issuer: x509.Certificate

    @property
    def signer(self) -> PadesKey:
        chain = (self.issuer.public_bytes(DER),)
        return PadesKey(self.certificate.public_bytes(DER), chain, self.key)


@dataclass(frozen=True)
class RsaAuthority:
    """One root that issues whatever a test asks for."""

    key: rsa.RSAPrivateKey = field(repr=False)
    root: x509.Certificate

    @property
    def root_der(self) -> bytes:
        return self.root.public_bytes(DER)

    def issue(
        self,
        name: str,
        key: Key,
        *,
        begin: datetime = BEGIN,
        years: int = 3,
        stamps: bool = False,
    ) -> Issued:
        """A certificate for signing, or for time stamps alone."""
        builder = _builder(name, self.root.subject, key, begin, years).add_extension(
            x509.KeyUsage(True, True, *[False] * 7), critical=True
        )
        if stamps:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(authority_id, critical=False)
        return Issued(key, builder.sign(self.key, hashes.SHA256()), self.root)

    def crl(self, at: datetime = pdf.NOON) -> bytes:
        """An empty list for the thirty days around *at*."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(at - timedelta(days=1))
            .next_update(at + timedelta(days=29))
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(DER)


def _builder(
    name: str, issuer: x509.Name, key: Key, begin: datetime, years: int
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def authority() -> RsaAuthority:
    return _authority("Wide World Root")


def time_authority() -> RsaAuthority:
    """Time stamps come from another house, as they usually do."""
    return _authority("Wide World Time Root")


def roots() -> tuple[bytes, bytes]:
    return authority().root_der, time_authority().root_der


@cache
def _authority(common: str) -> RsaAuthority:
    key = rsa.generate_private_key(65537, 2048)
    name = _name(common)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = (
        _builder(common, name, key, BEGIN, 30)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(usage, critical=True)
    )
    return RsaAuthority(key, builder.sign(key, hashes.SHA256()))


@cache
def issued(kind: str, name: str = COMMON) -> Issued:
    """``rsa``, or a curve: ``p256``, ``p384``, ``p521``."""
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    if kind == "rsa":
        return authority().issue(name, rsa.generate_private_key(65537, 2048))
    return authority().issue(name, ec.generate_private_key(curves[kind]))


class RsaTimeStamper:
    """A time-stamp authority with an RSA key, as most of the world has them."""

    def __init__(self, at: datetime = pdf.NOON, years: int = 3) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name, begin = f"Wide World Time {at:%Y}", at - timedelta(days=1)
        who = time_authority().issue(name, key, begin=begin, years=years, stamps=True)
        store = SimpleCertificateStore()
        store.register(asn1_x509.Certificate.load(time_authority().root_der))
        private = key.private_bytes(
            DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._authority = DummyTimeStamper(
            asn1_x509.Certificate.load(who.certificate.public_bytes(DER)),
            keys.PrivateKeyInfo.load(private),
            store,
            fixed_dt=at,
        )

    def answer(self, query: bytes) -> bytes:
        """What the authority answers over HTTP."""
        asked = tsp.TimeStampReq.load(query)
        return bytes(self._authority.request_tsa_response(asked).dump())

    def stamp(self, message: bytes) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(message)
        imprint = digest.finalize()
        token = elsewhere(lambda: asyncio.run(self._authority.async_timestamp(imprint, "sha256")))
        return bytes(token.dump())


def stock_verdicts(document: bytes, at: datetime = MOMENT) -> dict[str, PdfSignatureStatus]:
    """What stock pyHanko says of the signatures by RSA and EC keys, by the name of the field."""
    anchors = [asn1_x509.Certificate.load(der) for der in roots()]
    found = {}
    for signature in PdfFileReader(BytesIO(document)).embedded_regular_signatures:
        if signature.signer_info["digest_algorithm"]["algorithm"].dotted == SM3:
            continue  # stock pyHanko fails on it
        found[signature.field_name] = elsewhere(partial(_judged, signature, anchors, at))
    return found


def _judged(
    signature: EmbeddedPdfSignature, anchors: list[asn1_x509.Certificate], at: datetime
) -> PdfSignatureStatus:
    context = ValidationContext(trust_roots=anchors, moment=at)
    return validate_pdf_signature(signature, context)


def stock_long_term_verdict(document: bytes, at: datetime) -> str:
    """What stock pyHanko's evaluation of B-LTA documents (ETSI EN 319 102-1, 5.6.3) says of the
    first signature at *at*, with nothing but our roots and what is in the document."""

    def work() -> str:
        anchors = [asn1_x509.Certificate.load(der) for der in roots()]
        spec = CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(anchors),
            revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
        )
        offline = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
        signature = PdfFileReader(BytesIO(document)).embedded_regular_signatures[0]
        result = asyncio.run(
            ades_lta_validation(
                signature,
                PdfSignatureValidationSpec(
                    SignatureValidationSpec(spec, revinfo_gathering_policy=offline)
                ),
            )
        )
        return str(result.ades_subindic)

    with time_machine.travel(at, tick=False):
        return elsewhere(work)


_MAKE_DATABASE = """
import ctypes, sys
nss = ctypes.CDLL("libnss3.so")
nss.PK11_GetInternalKeySlot.restype = ctypes.c_void_p
decode = ctypes.CDLL("libsmime3.so").CERT_DecodeCertFromPackage
decode.restype = ctypes.c_void_p
nss.CERT_GetDefaultCertDB.restype = ctypes.c_void_p
assert nss.NSS_InitReadWrite(b"sql:" + sys.argv[1].encode()) == 0
slot = nss.PK11_GetInternalKeySlot()
assert nss.PK11_InitPin(ctypes.c_void_p(slot), None, b"") == 0
for name in sys.argv[2:]:
    der = open(name, "rb").read()
    found = decode(der, len(der))
    assert found
    place, certificate = ctypes.c_void_p(slot), ctypes.c_void_p(found)
    assert nss.PK11_ImportCert(place, certificate, 0, name.encode(), 0) == 0
    class Trust(ctypes.Structure):
        _fields_ = [(n, ctypes.c_uint) for n in ("ssl", "email", "object")]
    trust = Trust()
    assert nss.CERT_DecodeTrustString(ctypes.byref(trust), b"CT,C,C") == 0
    database = ctypes.c_void_p(nss.CERT_GetDefaultCertDB())
    assert nss.CERT_ChangeCertTrust(database, certificate, ctypes.byref(trust)) == 0
    nss.CERT_DestroyCertificate(certificate)
nss.PK11_FreeSlot(ctypes.c_void_p(slot))
assert nss.NSS_Shutdown() == 0
"""


def pdfsig(document: bytes, folder: Path) -> str:
    """What poppler's pdfsig says, trusting the root of this world and nobody else."""
    database = folder / "nss"
    database.mkdir()
    (folder / "root.cer").write_bytes(authority().root_der)
    (folder / "signed.pdf").write_bytes(document)
    make = (sys.executable, "-c", _MAKE_DATABASE, database, folder / "root.cer")
    subprocess.run(make, check=True)
    look = ("pdfsig", "-nssdir", database, folder / "signed.pdf")
    return subprocess.run(look, capture_output=True, check=False).stdout.decode()
