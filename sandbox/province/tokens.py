"""JSON Web Tokens with RS256 (RFC 7515, 7517, 7519), the few lines a provider needs."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class SigningKey:
    """An RSA key of this run; its public half is in the JWKS."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        self._modulus, self._exponent = numbers.n, numbers.e
        thumbprint = json.dumps(self._public(), separators=(",", ":"), sort_keys=True)
        self.key_id = base64url(hashlib.sha256(thumbprint.encode()).digest())  # RFC 7638

    def jwk(self) -> dict[str, str]:
        """The public key as RFC 7517 wants it."""
        return self._public() | {"use": "sig", "alg": "RS256", "kid": self.key_id}

    def sign(self, claims: Mapping[str, Any], kind: str = "JWT") -> str:
        """A compact JWS over *claims*."""
        header = {"alg": "RS256", "typ": kind, "kid": self.key_id}
        parts = (json.dumps(part, ensure_ascii=False).encode() for part in (header, claims))
        message = ".".join(base64url(part) for part in parts)
        signature = self._key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{message}.{base64url(signature)}"

    def _public(self) -> dict[str, str]:
        return {"e": _integer(self._exponent), "kty": "RSA", "n": _integer(self._modulus)}


def base64url(data: bytes) -> str:
    """Base64 for URLs, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _integer(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8))
