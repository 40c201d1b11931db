"""Signs PDF with stock pyHanko, as the wider world does: RSA, ECDSA and EdDSA, no seal of ours."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import TypeVar

import time_machine
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Answer = TypeVar("Answer")
BOX = (340, 160, 459, 279)  # of the picture, in points


def elsewhere(work: Callable[[], Answer]) -> Answer:
    """What *work* returns in a thread of its own.

    pyHanko signs in an event loop it starts, which fails where one is running already: in the
    thread that Playwright's tests share with all others.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


@dataclass(frozen=True)
class StockSigner:
    """A private key with its certificate, DER."""

    key: Key = field(repr=False)
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def name(self) -> x509.Name:
        """The subject of the certificate."""
        return x509.load_der_x509_certificate(self.certificate).subject

    def sign(
        self,
        document: bytes,
        at: datetime,
        *,
        name: str = "Stock",
        digest: str = "sha256",
        subfilter: SigSeedSubFilter = SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        picture: bytes | None = None,
        certify: MDPPerm | None = None,
        lock: FieldMDPSpec | None = None,
        pss: bool = False,
    ) -> bytes:
        """*document* with one more signature in a field called *name*.

        With a *picture* (PNG) it is seen on the first page; *certify* and *lock* rule out later
        changes.
        """
        meta = signers.PdfSignatureMetadata(
            field_name=name,
            md_algorithm=digest,
            subfilter=subfilter,
            certify=certify is not None,
            docmdp_permissions=certify or MDPPerm.FILL_FORMS,
        )
        field = SigFieldSpec(name, box=BOX if picture else None, field_mdp_spec=lock)
        style = None
        if picture:
            image = PdfImage(Image.open(BytesIO(picture)))
            style = StaticStampStyle(background=image, background_opacity=1, border_width=0)
        signer = signers.PdfSigner(
            meta, self._signer(pss=pss), stamp_style=style, new_field_spec=field
        )

        def work() -> bytes:
            writer = IncrementalPdfFileWriter(BytesIO(document))
            return bytes(signer.sign_pdf(writer).getvalue())

        with time_machine.travel(at, tick=False):
            return elsewhere(work)

    def container(self, protected: bytes, at: datetime) -> bytes:
        """A CMS (PAdES baseline) over the SHA-256 of *protected*."""
        digest = hashlib.sha256(protected).digest()
        coroutine = self._signer().async_sign(digest, "sha256", use_pades=True)
        with time_machine.travel(at, tick=False):
            signed = elsewhere(lambda: asyncio.run(coroutine))
        return bytes(signed.dump())

    def _signer(self, *, pss: bool = False) -> signers.SimpleSigner:
        store = SimpleCertificateStore()
        store.register_multiple(asn1_x509.Certificate.load(der) for der in self.chain)
        private = self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return signers.SimpleSigner(
            asn1_x509.Certificate.load(self.certificate), keys.PrivateKeyInfo.load(private), store,
            prefer_pss=pss,
        )  # fmt: skip
