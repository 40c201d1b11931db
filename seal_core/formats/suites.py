"""Which algorithms a signer's key signs with, as a CMS names them.

SM2 signs SM3; RSA and ECDSA, for readers that know neither, a member of the SHA-2 family.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa, utils

from seal_core import der
from seal_core.errors import UnsupportedAlgorithm, WeakAlgorithm
from seal_core.formats.algorithms import MIN_RSA_BITS, SM3, public_key_of
from seal_core.formats.certificates import parse_certificate, sm2_algorithm
from seal_core.gm import sm3

_SHA2 = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_RSA_WITH_SHA256 = "1.2.840.113549.1.1.11"
_ECDSA_WITH = {
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}


@dataclass(frozen=True, slots=True)
class Suite:
    """Digest and signature of one key; both algorithms as AlgorithmIdentifier in DER."""

    digest: str  # "sm3", "sha256" …
    digest_algorithm: bytes
    signature_algorithm: bytes
    longest: int
    """Octets of the longest signature value."""

    @property
    def is_sm2(self) -> bool:
        return self.digest == "sm3"

    @property
    def digest_size(self) -> int:
        return sm3.DIGEST_SIZE if self.is_sm2 else hashlib.new(self.digest).digest_size

    def hash(self, message: bytes) -> bytes:
        return sm3.digest(message) if self.is_sm2 else hashlib.new(self.digest, message).digest()


SM2 = Suite("sm3", der.sequence(der.oid(SM3)), sm2_algorithm(), 72)


@lru_cache(maxsize=512)
def suite_of(certificate: bytes) -> Suite:
    """The suite of the key in a *certificate* (DER).

    Raises UnsupportedAlgorithm, WeakAlgorithm, or MalformedData for what is no certificate.
    """
    parsed = parse_certificate(certificate)
    if parsed.public_point is not None:
        return SM2
    key = public_key_of(parsed.public_key_info)
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise WeakAlgorithm(f"RSA with {key.key_size} bits")
        algorithm = der.sequence(der.oid(_RSA_WITH_SHA256), der.null())  # RFC 4055, 5
        return Suite("sha256", _digest_algorithm("sha256"), algorithm, key.key_size // 8)
    bits = key.curve.key_size
    if bits not in _DIGEST_OF_CURVE:
        raise UnsupportedAlgorithm(f"curve {key.curve.name}")
    digest = _DIGEST_OF_CURVE[bits]
    longest = len(utils.encode_dss_signature((1 << bits) - 1, (1 << bits) - 1))
    return Suite(
        digest, _digest_algorithm(digest), der.sequence(der.oid(_ECDSA_WITH[digest])), longest
    )


_DIGEST_OF_CURVE = {256: "sha256", 384: "sha384", 521: "sha512"}  # NIST SP 800-57, table 3


def _digest_algorithm(name: str) -> bytes:
    return der.sequence(der.oid(_SHA2[name]))  # parameters absent: RFC 5754, 2
