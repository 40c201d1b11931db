"""Checking a signature value with whatever key a certificate holds: SM2, RSA, EC or Ed25519.

Knows which names mean which algorithm, refuses what does not fit together, and judges weak
algorithms by raising WeakAlgorithm, so that nobody takes "mathematically right" for "good".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature as CryptographyInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as CryptographyUnsupported
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from seal_core import der
from seal_core.errors import (
    AlgorithmMismatch,
    InvalidKey,
    InvalidSignature,
    MalformedData,
    UnsupportedAlgorithm,
    WeakAlgorithm,
)
from seal_core.formats.certificates import (
    EC_PUBLIC_KEY,
    RSA_ENCRYPTION,
    SM2_WITH_SM3,
    Algorithm,
    Certificate,
)
from seal_core.formats.prefixes import Around
from seal_core.gm import curve, sm3
from seal_core.gm.sm2 import PublicKey

SM3 = "1.2.156.10197.1.401"
MIN_RSA_BITS = 2048  # GM/T 0054 era rules and NIST SP 800-131A agree

DIGESTS = {
    SM3: "sm3",
    "1.2.156.10197.1.401.1": "sm3",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "1.3.14.3.2.26": "sha1",
    "1.2.840.113549.2.5": "md5",
}
WEAK_DIGESTS = frozenset({"md5", "sha1"})

# names met for SM2 signatures; all but the first are deviations
SM2_NAMES = frozenset(
    {SM2_WITH_SM3, curve.OID, "1.2.156.10197.1.301.1", "1.2.156.10197.501", EC_PUBLIC_KEY}
)
_RSA_NAMES = {
    RSA_ENCRYPTION: None,  # CMS: the digest stands beside it
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_RSA_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
_ECDSA_NAMES = {
    EC_PUBLIC_KEY: None,
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_ED25519 = "1.3.101.112"
HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}

Pieces = Iterable[bytes | memoryview]


def digest_name(oid: str) -> str:
    """ "sm3", "sha256" … Raises UnsupportedAlgorithm."""
    try:
        return DIGESTS[oid]
    except KeyError:
        raise UnsupportedAlgorithm(f"digest {oid}") from None


def digest(name: str, pieces: Pieces) -> bytes:
    """The digest of the joined *pieces*, without joining them."""
    if isinstance(pieces, Around) and name == "sm3":
        return pieces.sm3()
    if name == "sm3":
        return _fed(sm3.new(), pieces).digest()
    return _fed(hashlib.new(name, usedforsecurity=False), pieces).digest()


def digest_with_identity(point: bytes, pieces: Pieces) -> bytes:
    """SM3(Z_A ‖ pieces): what SM2 signs, and what some take for the digest itself."""
    return _fed(sm3.new(curve.identity_digest(point)), pieces).digest()


def _fed(hasher: sm3.Hasher, pieces: Pieces) -> sm3.Hasher:
    for piece in pieces:
        hasher.update(piece)
    return hasher


def verify(
    certificate: Certificate,
    algorithm: Algorithm,
    signature: bytes,
    message: Pieces,
    digest_beside: str | None = None,
) -> None:
    """Raise unless *signature* is the certificate key's over the joined pieces of *message*.

    *digest_beside* is the digest a SignerInfo names beside the signature algorithm.
    Raises InvalidSignature, AlgorithmMismatch, UnsupportedAlgorithm or, for a right value of an
    algorithm that is worth nothing, WeakAlgorithm.
    """
    if certificate.public_point is not None:
        _verify_sm2(certificate.public_point, algorithm, signature, message, digest_beside)
        return
    key = _loaded(certificate.public_key_info)
    if isinstance(key, ed25519.Ed25519PublicKey):
        _verify_ed25519(key, algorithm, signature, message)
    elif isinstance(key, rsa.RSAPublicKey):
        _verify_rsa(key, algorithm, signature, message, digest_beside)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        _verify_ecdsa(key, algorithm, signature, message, digest_beside)
    else:
        raise UnsupportedAlgorithm("public key is neither SM2 nor RSA, EC or Ed25519")


def _verify_sm2(
    point: bytes, algorithm: Algorithm, signature: bytes, message: Pieces, beside: str | None
) -> None:
    if algorithm.oid not in SM2_NAMES:
        raise AlgorithmMismatch(f"{algorithm.oid} with an SM2 key")
    if beside not in (None, "sm3"):
        raise AlgorithmMismatch(f"{beside} with SM2")
    e = digest_with_identity(point, message)
    PublicKey.from_point(point).verify_digest(signature, e)


def _verify_rsa(
    key: rsa.RSAPublicKey,
    algorithm: Algorithm,
    signature: bytes,
    message: Pieces,
    beside: str | None,
) -> None:
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    named: str | None
    if algorithm.oid == _RSA_PSS:
        named, scheme = _pss(algorithm.parameters)
    elif algorithm.oid in _RSA_NAMES:
        named = _RSA_NAMES[algorithm.oid] or beside
    else:
        raise AlgorithmMismatch(f"{algorithm.oid} with an RSA key")
    name = _agreed(named, beside)
    prehashed = utils.Prehashed(HASHES[name]())
    try:
        key.verify(signature, digest(name, message), scheme, prehashed)
    except CryptographyInvalidSignature:
        raise InvalidSignature("signature does not match") from None
    if key.key_size < MIN_RSA_BITS:
        raise WeakAlgorithm(f"RSA with {key.key_size} bits")
    _refuse_weak(name)


def _verify_ecdsa(
    key: ec.EllipticCurvePublicKey,
    algorithm: Algorithm,
    signature: bytes,
    message: Pieces,
    beside: str | None,
) -> None:
    if algorithm.oid not in _ECDSA_NAMES:
        raise AlgorithmMismatch(f"{algorithm.oid} with an EC key")
    name = _agreed(_ECDSA_NAMES[algorithm.oid] or beside, beside)
    try:
        prehashed = ec.ECDSA(utils.Prehashed(HASHES[name]()))
        key.verify(signature, digest(name, message), prehashed)
    except CryptographyInvalidSignature:
        raise InvalidSignature("signature does not match") from None
    _refuse_weak(name)


def _verify_ed25519(
    key: ed25519.Ed25519PublicKey, algorithm: Algorithm, signature: bytes, message: Pieces
) -> None:
    """RFC 8419: over the message itself; a digest beside it is that of the attributes."""
    if algorithm.oid != _ED25519:
        raise AlgorithmMismatch(f"{algorithm.oid} with an Ed25519 key")
    try:
        key.verify(signature, b"".join(message))
    except CryptographyInvalidSignature:
        raise InvalidSignature("signature does not match") from None


def _agreed(named: str | None, beside: str | None) -> str:
    if named is None:
        raise UnsupportedAlgorithm("no digest named")
    if beside not in (None, named):
        raise AlgorithmMismatch(f"{beside} beside {named}")
    return named


def _refuse_weak(name: str) -> None:
    if name in WEAK_DIGESTS:
        raise WeakAlgorithm(name)


def _pss(parameters: bytes) -> tuple[str, padding.PSS]:
    """RSASSA-PSS-params (RFC 4055, 3.1), with the defaults of SHA-1 left to be judged weak."""
    name, salt = "sha1", 20
    try:
        fields = der.read(parameters or der.sequence(), "PSS").fields("PSS")
        if hash_ := fields.optional(der.context(0)):
            name = digest_name(hash_.inner("PSS").fields("PSS").take().oid())
        mask_name = name if fields.peek() != der.context(1) else _mask_digest(fields.take())
        if length := fields.optional(der.context(2)):
            salt = length.inner("PSS").integer()
    except MalformedData as exc:
        raise UnsupportedAlgorithm(f"PSS parameters: {exc}") from None
    if not 0 <= salt <= 512:
        raise UnsupportedAlgorithm("PSS salt length")
    return name, padding.PSS(padding.MGF1(HASHES[mask_name]()), salt)


def _mask_digest(node: der.Node) -> str:
    fields = node.inner("PSS").fields("PSS")
    if fields.take().oid() != _MGF1:
        raise UnsupportedAlgorithm("PSS mask generation")
    return digest_name(fields.take().fields("PSS").take().oid())


def public_key_of(info: bytes) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """The RSA or EC key of a SubjectPublicKeyInfo. Raises UnsupportedAlgorithm or InvalidKey."""
    key = _loaded(info)
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise UnsupportedAlgorithm("public key is neither SM2 nor RSA nor EC")
    return key


@lru_cache(maxsize=256)
def _loaded(info: bytes) -> object:
    try:
        return serialization.load_der_public_key(info)
    except CryptographyUnsupported as exc:
        raise UnsupportedAlgorithm(f"public key: {exc}") from None
    except ValueError as exc:
        raise InvalidKey(f"public key: {exc}") from None
