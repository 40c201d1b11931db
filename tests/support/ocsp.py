"""OCSP responses for tests, right where nothing is said, wrong where a test wants it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from seal_core import der
from seal_core.formats import certificates
from seal_core.gm import sm3
from tests.support.pki import SIGNED_AT, Identity, extension

HOUR = timedelta(hours=1)
OCSP_SIGNING = extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.9")))
_DIGESTS = {
    "1.3.14.3.2.26": lambda data: hashlib.sha1(data).digest(),
    "2.16.840.1.101.3.4.2.1": lambda data: hashlib.sha256(data).digest(),
    "1.2.156.10197.1.401": sm3.digest,
}
SHA1, SHA256, SM3 = _DIGESTS


def key_bits(identity: Identity) -> bytes:
    return identity.key.public_key.point


def revoked_at(at: datetime, reason: int | None = None) -> bytes:
    """CertStatus revoked."""
    told = [] if reason is None else [der.explicit(0, der.encode(der.ENUMERATED, bytes((reason,))))]
    return der.encode(der.context(1), der.generalized(at), *told)


GOOD = der.encode(der.context(0, constructed=False))
UNKNOWN = der.encode(der.context(2, constructed=False))


def single(
    certificate: Identity,
    issuer: Identity,
    status: bytes = GOOD,
    *,
    digest: str = SHA1,
    serial: int | None = None,
    this_update: datetime = SIGNED_AT - HOUR,
    next_update: datetime | None = SIGNED_AT + HOUR,
    extensions: Iterable[bytes] = (),
) -> bytes:
    """One SingleResponse about *certificate*."""
    hashed = _DIGESTS[digest]
    named = der.sequence(
        der.sequence(der.oid(digest), der.null()),
        der.octet_string(hashed(issuer.parsed.subject_name.der)),
        der.octet_string(hashed(key_bits(issuer))),
        der.integer(certificate.parsed.serial if serial is None else serial),
    )
    after = [der.explicit(0, der.generalized(next_update))] if next_update else []
    more = [der.explicit(1, der.sequence(*extensions))] if extensions else []
    return der.sequence(named, status, der.generalized(this_update), *after, *more)


def response(
    signer: Identity,
    *singles: bytes,
    by_key: bool = False,
    kept: Iterable[Identity] = (),
    produced_at: datetime = SIGNED_AT,
    extensions: Iterable[bytes] = (),
    bare: bool = False,
) -> bytes:
    """An OCSPResponse signed by *signer*; *bare* is the BasicOCSPResponse alone."""
    name = signer.parsed.subject_name.der
    responder = der.explicit(1, name)
    if by_key:
        responder = der.explicit(2, der.octet_string(hashlib.sha1(key_bits(signer)).digest()))
    more = [der.explicit(1, der.sequence(*extensions))] if extensions else []
    tbs = der.sequence(responder, der.generalized(produced_at), der.sequence(*singles), *more)
    certs = [identity.certificate for identity in kept]
    basic = der.sequence(
        tbs,
        certificates.sm2_algorithm(),
        der.bit_string(signer.sign(tbs)),
        *([der.explicit(0, der.sequence(*certs))] if certs else []),
    )
    if bare:
        return basic
    wrapped = der.sequence(der.oid("1.3.6.1.5.5.7.48.1.1"), der.octet_string(basic))
    return der.sequence(der.encode(der.ENUMERATED, b"\x00"), der.explicit(0, wrapped))
