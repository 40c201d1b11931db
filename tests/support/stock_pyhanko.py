"""Signs PDF with stock pyHanko, as the wider world does: RSA, ECDSA and EdDSA, no seal of ours."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import TypeVar

import time_machine
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Answer = TypeVar("Answer")


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

    def sign(
        self,
        document: bytes,
        at: datetime,
        *,
        name: str = "Stock",
        digest: str = "sha256",
        subfilter: SigSeedSubFilter = SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
    ) -> bytes:
        """*document* with one more signature in an invisible field called *name*."""
        meta = signers.PdfSignatureMetadata(
            field_name=name, md_algorithm=digest, subfilter=subfilter
        )

        def work() -> bytes:
            writer = IncrementalPdfFileWriter(BytesIO(document))
            return bytes(signers.sign_pdf(writer, meta, self._signer()).getvalue())

        with time_machine.travel(at, tick=False):
            return elsewhere(work)

    def _signer(self) -> signers.SimpleSigner:
        store = SimpleCertificateStore()
        store.register_multiple(asn1_x509.Certificate.load(der) for der in self.chain)
        private = self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return signers.SimpleSigner(
            asn1_x509.Certificate.load(self.certificate), keys.PrivateKeyInfo.load(private), store
        )
