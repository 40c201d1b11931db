"""The software key keeper (level L1 of domain facts 4.4): keys wrapped under PIN and KEK.

What it protects against: a stolen database, a stolen backup, a curious reviewer. A PIN alone
protects nothing (10^6 guesses are minutes): the counter in front of it does, and the
deployment's pepper and key-encryption key, which are not in the database. What it does not
protect against: an administrator who has database, KEK and pepper. For that, put an HSM or
two-party SM2 behind the same port.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw

from seal_core.domain.identifiers import new_id
from seal_core.domain.keys import KeyUnavailable, Proof, ProofRefused, SealKey, UserKey
from seal_core.domain.provinces import Authorisation
from seal_core.domain.secrets import Pin
from seal_core.errors import CryptoError, DecryptionFailed
from seal_core.formats.certificates import build_request
from seal_core.gm import sm3, sm4
from seal_core.gm.sm2 import PrivateKey, PublicKey
from seal_core.ports import Signer

SALT = 16
TAG = 32
SCALAR = 32


@dataclass(frozen=True, slots=True)
class PinCost:
    """argon2id parameters; memory in KiB."""

    time: int
    memory: int
    lanes: int


STANDARD = PinCost(time=2, memory=19 * 1024, lanes=1)
"""OWASP's second profile: 17 ms here (perf facts, section 5)."""

CHEAPEST = PinCost(time=1, memory=8, lanes=1)
"""For tests only; production start-up refuses it."""


@dataclass(frozen=True, slots=True)
class KeyedSigner:
    """See seal_core.ports.Signer."""

    certificate: bytes
    chain: tuple[bytes, ...]
    key: PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


class SoftwareKeeper:
    """See seal_core.ports.KeyKeeper.

    *transport* is the workers' private key; the web process has only its public half.
    """

    def __init__(
        self,
        *,
        kek: bytes,
        pepper: bytes,
        cost: PinCost,
        transport_public: PublicKey,
        transport: PrivateKey | None,
    ) -> None:
        self._kek = kek
        self._pepper = pepper
        self._cost = cost
        self._transport_public = transport_public
        self._transport = transport

    # --- people ---------------------------------------------------------------------

    def enrol_with_pin(self, person_id: str, pin: Pin) -> tuple[bytes, UserKey]:
        return self._under_pin(person_id, PrivateKey.generate(), pin)

    def enrol_for_proofs(self, person_id: str) -> UserKey:
        key = PrivateKey.generate()
        wrapped = sm4.encrypt(self._derive(b"proof"), key.scalar(), person_id.encode())
        return UserKey(person_id, key.public_key.point, wrapped, Authorisation.WILLINGNESS)

    def matches(self, verifier: bytes, pin: Pin) -> bool:
        return self._open_pin(verifier, pin) is not None

    def rewrap(
        self, verifier: bytes, user: UserKey, old: Pin, new: Pin
    ) -> tuple[bytes, UserKey] | None:
        secret = self._open_pin(verifier, old)
        if secret is None:
            return None
        return self._under_pin(user.person_id, self._user_key(user, secret), new)

    # --- seals ----------------------------------------------------------------------

    def new_seal_keys(self, seal_id: str, holders: Sequence[UserKey], name: str) -> list[SealKey]:
        key = PrivateKey.generate()
        content = key.scalar() + sm3.digest(seal_id.encode())
        request = build_request(key, common_name=name, organization=name)
        return [
            SealKey(
                id=new_id(),
                seal_id=seal_id,
                person_id=holder.person_id,
                wrapped=PublicKey.from_point(holder.point).encrypt(content),
                request=request,
            )
            for holder in holders
        ]

    def envelope_with_pin(
        self, verifier: bytes, user: UserKey, pin: Pin, key: SealKey, order_id: str
    ) -> bytes | None:
        opened = self._opened_with_pin(verifier, user, pin)
        return None if opened is None else self._envelope(opened, key, order_id)

    def envelope_with_proof(
        self, user: UserKey, proof: Proof, digest: str, key: SealKey, order_id: str
    ) -> bytes:
        return self._envelope(self._opened_with_proof(user, proof, digest), key, order_id)

    def share_with_pin(
        self, verifier: bytes, user: UserKey, pin: Pin, key: SealKey, delegate: UserKey
    ) -> SealKey | None:
        opened = self._opened_with_pin(verifier, user, pin)
        return None if opened is None else _shared(opened, key, delegate)

    def share_with_proof(
        self, user: UserKey, proof: Proof, digest: str, key: SealKey, delegate: UserKey
    ) -> SealKey:
        return _shared(self._opened_with_proof(user, proof, digest), key, delegate)

    def open_envelope(
        self, envelope: bytes, order_id: str, certificate: bytes, chain: tuple[bytes, ...]
    ) -> Signer:
        if self._transport is None:
            raise RuntimeError("only workers open envelopes")
        scalar = _bound(self._transport.decrypt(envelope), order_id)
        return KeyedSigner(certificate, chain, PrivateKey.from_scalar(scalar))

    # --- inside ---------------------------------------------------------------------

    def _opened_with_pin(self, verifier: bytes, user: UserKey, pin: Pin) -> PrivateKey | None:
        if user.mode is not Authorisation.PIN:
            raise KeyUnavailable(user.person_id)
        secret = self._open_pin(verifier, pin)
        return None if secret is None else self._user_key(user, secret)

    def _opened_with_proof(self, user: UserKey, proof: Proof, digest: str) -> PrivateKey:
        if user.mode is not Authorisation.WILLINGNESS:
            raise ProofRefused("this key opens with a PIN")
        if proof.person_id != user.person_id or not hmac.compare_digest(proof.digest, digest):
            raise ProofRefused("proof of something else")
        scalar = sm4.decrypt(self._derive(b"proof"), user.wrapped, user.person_id.encode())
        return PrivateKey.from_scalar(scalar)

    def _envelope(self, user: PrivateKey, key: SealKey, order_id: str) -> bytes:
        scalar = _bound(user.decrypt(key.wrapped), key.seal_id)
        return self._transport_public.encrypt(scalar + sm3.digest(order_id.encode()))

    def _user_key(self, user: UserKey, secret: bytes) -> PrivateKey:
        wrapping = self._derive(b"pin" + secret)
        return PrivateKey.from_scalar(sm4.decrypt(wrapping, user.wrapped, user.person_id.encode()))

    def _under_pin(self, person_id: str, key: PrivateKey, pin: Pin) -> tuple[bytes, UserKey]:
        salt = os.urandom(SALT)
        tag, secret = self._stretch(salt, pin)
        verifier = sm4.encrypt(self._derive(b"verifier"), salt + tag)
        wrapped = sm4.encrypt(self._derive(b"pin" + secret), key.scalar(), person_id.encode())
        return verifier, UserKey(person_id, key.public_key.point, wrapped, Authorisation.PIN)

    def _open_pin(self, verifier: bytes, pin: Pin) -> bytes | None:
        """The wrapping secret behind the right PIN, else None."""
        content = sm4.decrypt(self._derive(b"verifier"), verifier)
        tag, secret = self._stretch(content[:SALT], pin)
        return secret if hmac.compare_digest(tag, content[SALT:]) else None

    def _stretch(self, salt: bytes, pin: Pin) -> tuple[bytes, bytes]:
        """argon2id over the peppered PIN: a tag to compare and a secret to wrap with."""
        peppered = hmac.new(self._pepper, salt + pin.digits.encode(), "sm3").digest()
        raw = hash_secret_raw(
            peppered,
            salt,
            time_cost=self._cost.time,
            memory_cost=self._cost.memory,
            parallelism=self._cost.lanes,
            hash_len=2 * TAG,
            type=Type.ID,
        )
        return raw[:TAG], raw[TAG:]

    def _derive(self, purpose: bytes) -> bytes:
        """One SM4 key per purpose from the key-encryption key."""
        return hmac.new(self._kek, b"zhangyin " + purpose, "sm3").digest()[:16]


class PinOpener:
    """See seal_core.ports.PinOpener: what the PIN page encrypted, bound to its nonce."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> str:
        return self._key.public_key.point.hex()

    def open(self, ciphertext: str, nonce: str) -> Pin:
        try:
            plain = self._key.decrypt(bytes.fromhex(ciphertext)).decode("ascii")
        except (ValueError, CryptoError):
            raise DecryptionFailed("PIN") from None
        given, _, digits = plain.partition("|")
        if not hmac.compare_digest(given, nonce):
            raise DecryptionFailed("PIN of another page")
        return Pin(digits)


def _shared(opened: PrivateKey, key: SealKey, delegate: UserKey) -> SealKey:
    """*key* wrapped once more, to the delegate."""
    content = opened.decrypt(key.wrapped)
    _bound(content, key.seal_id)  # a wrap of another seal's key is not passed on under this name
    return SealKey(
        id=new_id(),
        seal_id=key.seal_id,
        person_id=delegate.person_id,
        wrapped=PublicKey.from_point(delegate.point).encrypt(content),
        request=key.request,
    )


def _bound(content: bytes, context: str) -> bytes:
    """The scalar in front of the digest of what it was made for. Raises DecryptionFailed."""
    scalar, digest = content[:SCALAR], content[SCALAR:]
    if not hmac.compare_digest(digest, sm3.digest(context.encode())):
        raise DecryptionFailed("key wrapped for something else")
    return scalar
