"""SES_Signature and SESeal of all three standards, every part written as a test wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from seal_core import der
from seal_core.formats.certificates import SM2_WITH_SM3
from seal_core.gm import curve, sm3
from tests.support.pki import NOT_AFTER, NOT_BEFORE, PICTURE, SIGNED_AT, Identity, World

PATH = "/Doc_0/Signs/Sign_0/Signature.xml"


@dataclass(frozen=True)
class Hand:
    """How each part is written; as the standards have it where nothing is said."""

    version: int
    number: Callable[[int], bytes] = der.integer
    hash_bits: Callable[[bytes], bytes] = der.bit_string
    value_bits: Callable[[bytes], bytes] = der.bit_string
    data_hash: Callable[[bytes], bytes] = sm3.digest
    value: Callable[[Identity, bytes], bytes] = Identity.sign  # the octets inside the BIT STRING
    covers: Callable[[bytes, bytes], bytes] = lambda tbs, _xml: tbs
    path: str = PATH
    signers: Callable[[bytes], Sequence[bytes]] = lambda certificate: [
        der.octet_string(certificate)
    ]
    seal_extensions: Sequence[bytes] = ()
    tbs_extensions: Sequence[bytes] = ()
    size: tuple[int, int] = (40, 40)
    seal_wrap: Callable[[bytes], bytes] = bytes
    oid: Callable[[str], bytes] = der.oid

    def seal(self, world: World) -> bytes:
        old = self.version == 1
        moment = der.utc if old else der.generalized
        info = der.sequence(
            der.sequence(der.ia5_string("ES"), self.number(self.version), der.ia5_string("HAND")),
            der.ia5_string("14010000000008"),
            der.sequence(
                self.number(1),
                der.utf8_string("示例单位章"),
                *([] if old else [self.number(1)]),
                der.sequence(*self.signers(world.sealer.certificate)),
                *map(moment, (NOT_BEFORE, NOT_BEFORE, NOT_AFTER)),
            ),
            der.sequence(
                der.ia5_string("png"), der.octet_string(PICTURE), *map(self.number, self.size)
            ),
            *self.seal_extensions,
        )
        origin = der.octet_string(world.maker.certificate), self.oid(SM2_WITH_SM3)
        value = self.value_bits(
            self.value(world.maker, der.sequence(info, *origin) if old else info)
        )
        return der.sequence(info, *([der.sequence(*origin, value)] if old else [*origin, value]))

    def signature(self, world: World, seal: bytes, xml: bytes) -> bytes:
        old = self.version == 1
        time = der.bit_string(der.utc(SIGNED_AT)) if old else der.generalized(SIGNED_AT)
        origin = der.octet_string(world.sealer.certificate), self.oid(SM2_WITH_SM3)
        tbs = der.sequence(
            self.number(self.version),
            self.seal_wrap(seal),
            time,
            self.hash_bits(self.data_hash(xml)),
            der.ia5_string(self.path),
            *(origin if old else self.tbs_extensions),
        )
        value = self.value_bits(self.value(world.sealer, self.covers(tbs, xml)))
        return der.sequence(tbs, *(() if old else origin), value)


# --- ways to write things wrong --------------------------------------------------------


def raw_value(signer: Identity, message: bytes) -> bytes:
    """r ‖ s in 64 octets."""
    r, s = curve.decode_signature(signer.sign(message))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def without_leading_zeros(signer: Identity, message: bytes) -> bytes:
    """Both numbers have their highest bit set, and no zero before it."""
    for _ in count():
        r, s = curve.decode_signature(signer.sign(message))
        if r >> 255 and s >> 255:
            numbers = (der.encode(der.INTEGER, n.to_bytes(32, "big")) for n in (r, s))
            return der.sequence(*numbers)
    raise AssertionError


def ending_in_zero(signer: Identity, message: bytes) -> bytes:
    """A value whose last octet is zero, DER."""
    return next(v for _ in count() if (v := signer.sign(message))[-1] == 0)


def trimmed(content: bytes) -> bytes:
    """A BIT STRING as a list of flags is written: without zeros at the end (X.690, 11.2.2)."""
    kept = content.rstrip(b"\x00")
    unused = (kept[-1] & -kept[-1]).bit_length() - 1
    return der.encode(der.BIT_STRING, bytes((unused,)), kept)


def nonsense(content: bytes) -> bytes:
    """The octet of unused bits holds anything."""
    return der.encode(der.BIT_STRING, b"\x1e", content)


def unsigned(value: int) -> bytes:
    """An INTEGER without the leading zero it needs."""
    return der.encode(der.INTEGER, value.to_bytes((value.bit_length() + 7) // 8 or 1, "big"))


def padded(value: int) -> bytes:
    """An INTEGER with a leading zero it does not need."""
    return der.encode(der.INTEGER, b"\x00", value.to_bytes(2, "big"))
