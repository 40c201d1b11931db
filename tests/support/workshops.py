"""Who makes the documents to be attacked: SM2 seals of ours, RSA in our layout, stock pyHanko."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

from seal_core.engines.pdf import PdfEngine
from seal_core.engines.protocol import AtPoint
from tests.support import pdf
from tests.support.stock_pyhanko import StockSigner


class Workshop(Hashable, Protocol):
    """Makes signed documents with a picture on the first page."""

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """What its customers trust beside the sandbox's authority."""
        ...

    def sealed(self, document: bytes, who: str = pdf.COMPANY) -> bytes:
        """*document* with one more signature; ``pdf.STRANGER`` is somebody nobody trusts."""
        ...

    def regardless(
        self, document: bytes, permission: int = 0, left_out: int = 0, lock: str = ""
    ) -> bytes:
        """One more signature as ``pdf.sealed_regardless`` makes it."""
        ...


@dataclass(frozen=True)
class Sm2Workshop:
    """Seals of ours."""

    anchors: tuple[bytes, ...] = ()

    def sealed(self, document: bytes, who: str = pdf.COMPANY) -> bytes:
        return PdfEngine().seal(
            document, pdf.material(who), (AtPoint(1, 120, 200),), pdf.signer(who), pdf.NOON
        )

    def regardless(
        self, document: bytes, permission: int = 0, left_out: int = 0, lock: str = ""
    ) -> bytes:
        return pdf.sealed_regardless(document, permission, left_out, lock)


@dataclass(frozen=True)
class RsaWorkshop:
    """PAdES by RSA keys, laid out as our seals are."""

    @property
    def anchors(self) -> tuple[bytes, ...]:
        return (_authority().certificate,)

    def sealed(self, document: bytes, who: str = pdf.COMPANY) -> bytes:
        return self._signed(document, who)

    def regardless(
        self, document: bytes, permission: int = 0, left_out: int = 0, lock: str = ""
    ) -> bytes:
        return self._signed(document, "Second", permission, left_out, lock)

    def _signed(
        self, document: bytes, who: str, permission: int = 0, left_out: int = 0, lock: str = ""
    ) -> bytes:
        return pdf.embedded(
            document, "/Adobe.PPKLite", "/ETSI.CAdES.detached",
            lambda protected, _: rsa_signer(who).container(protected, pdf.NOON),
            permission, left_out, lock,
        )  # fmt: skip


class StockWorkshop(RsaWorkshop):
    """The same keys, documents written by pyHanko from the first byte to the last."""

    def sealed(self, document: bytes, who: str = pdf.COMPANY) -> bytes:
        return rsa_signer(who).sign(document, pdf.NOON, name=who, picture=pdf.seal_picture())

    def regardless(
        self, document: bytes, permission: int = 0, left_out: int = 0, lock: str = ""
    ) -> bytes:
        if not permission and not lock:  # pyHanko would not do what is forbidden
            return super().regardless(document, permission, left_out, lock)
        return rsa_signer("Second").sign(
            document, pdf.NOON, name="Second", picture=pdf.seal_picture(),
            certify=MDPPerm(permission) if permission else None,
            lock=FieldMDPSpec(FieldMDPAction.ALL) if lock else None,
        )  # fmt: skip


SM2, RSA, STOCK = Sm2Workshop(), RsaWorkshop(), StockWorkshop()
WORKSHOPS: dict[str, Workshop] = {"sm2": SM2, "rsa": RSA, "stock": STOCK}


@cache
def rsa_signer(who: str) -> StockSigner:
    """An RSA key certified for *who*; the stranger certifies himself."""
    key = rsa.generate_private_key(65537, 2048)
    return _certified(who, key, None if who == pdf.STRANGER else _authority())


@cache
def _authority() -> StockSigner:
    return _certified("RSA Root", rsa.generate_private_key(65537, 2048), None)


def _certified(who: str, key: rsa.RSAPrivateKey, issuer: StockSigner | None) -> StockSigner:
    """A certificate for documents, or for issuing where *issuer* is None."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
    is_root = issuer is None
    above = subject if issuer is None else issuer.name
    signing_key = key if issuer is None else issuer.key
    usage = x509.KeyUsage(True, True, False, False, False, is_root, is_root, False, False)
    builder = (
        x509.CertificateBuilder(above, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(pdf.NOON - timedelta(days=1))
        .not_valid_after(pdf.NOON + timedelta(days=365))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(usage, critical=True)
    )
    made = builder.sign(signing_key, hashes.SHA256())
    chain = () if issuer is None else (issuer.certificate,)
    return StockSigner(key, made.public_bytes(serialization.Encoding.DER), chain)
