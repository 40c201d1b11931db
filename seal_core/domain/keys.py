"""Wrapped keys as they lie in storage (design, Keys and PINs, 3)."""

from __future__ import annotations

from dataclasses import dataclass

from seal_core.domain.provinces import Authorisation
from seal_core.errors import SealError


class KeyUnavailable(SealError):
    """No wrapped key lets this person use this seal."""

    code = "key.unavailable"


class ProofRefused(SealError):
    """意愿认证 was not given, is for something else, or is too old."""

    code = "proof.refused"


@dataclass(frozen=True, slots=True)
class UserKey:
    """A person's SM2 key pair, the private half wrapped as *mode* says."""

    person_id: str
    point: bytes
    wrapped: bytes
    mode: Authorisation


@dataclass(frozen=True, slots=True)
class SealKey:
    """A seal's private key wrapped to one person's user key, and the certificate request."""

    id: str
    seal_id: str
    person_id: str
    wrapped: bytes
    request: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """意愿认证 of *person_id* for exactly *digest* (hex), as the identity source asserted it."""

    person_id: str
    digest: str
    session_id: str
