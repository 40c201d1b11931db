"""Writing electronic seals and seal signatures: strict DER, refusing before signing.

What ofdrw and others skip is done here, for every document format at once: the signer must
be listed in the seal, and the seal and the signer's certificate must be valid at the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from seal_core import der
from seal_core.errors import SealRefused
from seal_core.formats.certificates import SM2_WITH_SM3, parse_certificate
from seal_core.formats.pictures import describe
from seal_core.formats.ses_reading import Seal, parse_seal
from seal_core.gm import sm3
from seal_core.gm.sm2 import PublicKey

_VERSIONS = (1, 4, 5)
# GB/T 38540-2020, certListType
_LIST_OF_CERTIFICATES = 1
_LIST_OF_DIGESTS = 2

SignerList = Literal["certificates", "digests"]


class Signer(Protocol):
    """As in ``ports``; the formats know no ports."""

    @property
    def certificate(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class TimeStamper(Protocol):
    def stamp(self, message: bytes) -> bytes: ...


def build_seal(
    *,
    seal_id: str,
    name: str,
    seal_type: int,
    vendor: str,
    certificates: Sequence[bytes],
    created_at: datetime,
    valid_from: datetime,
    valid_to: datetime,
    picture: bytes,
    picture_type: str,
    width_mm: int,
    height_mm: int,
    maker: Signer,
    version: int = 4,
    signers: SignerList = "certificates",
    timestamper: TimeStamper | None = None,
) -> bytes:
    """A SESeal, signed by its *maker*; *certificates* are those that may seal with it.

    They stand in it themselves or, from the standard of 2020 on, as their SM3 *digests*. A time
    stamp over the maker's value has a place from 2025 on. The
    seal is read back and the maker's signature verified before it is given out. Wrong use is
    ValueError: an empty or reversed period, no certificate, no size, text outside ASCII in
    *seal_id*, *vendor* or *picture_type*, a picture of another type than told.
    Raises MalformedData for a picture no reader should be given.
    """
    _check_version(version)
    if version == 1 and signers == "digests":
        raise ValueError("GM/T 0031-2014 has no list of digests")
    if version != 5 and timestamper is not None:
        raise ValueError("seals have a place for a time stamp in GM/T 0031-2025 only")
    if not certificates or not picture or min(width_mm, height_mm) <= 0:
        raise ValueError("a seal needs a certificate, a picture and a size")
    if not valid_from < valid_to:
        raise ValueError("validity ends before it begins")
    times = map(der.utc if version == 1 else der.generalized, (created_at, valid_from, valid_to))
    shown = describe(picture)
    if not shown.kind or not shown.is_called(picture_type):
        raise ValueError(f"the picture is no {picture_type or 'picture we know'}")
    list_type, listed = _signer_list(certificates, signers)
    who = (listed,) if version == 1 else (list_type, listed)
    info = der.sequence(
        der.sequence(der.ia5_string("ES"), der.integer(version), der.ia5_string(vendor)),
        der.ia5_string(seal_id),
        der.sequence(der.integer(seal_type), der.utf8_string(name), *who, *times),
        der.sequence(
            der.ia5_string(picture_type),
            der.octet_string(picture),
            der.integer(width_mm),
            der.integer(height_mm),
        ),
    )
    origin = der.octet_string(maker.certificate), der.oid(SM2_WITH_SM3)
    if version == 1:  # GM/T 0031-2014, 6.1.1.2: info, certificate and algorithm are signed
        value = maker.sign(der.sequence(info, *origin))
        seal = der.sequence(info, der.sequence(*origin, der.bit_string(value)))
    else:
        value = maker.sign(info)
        seal = der.sequence(info, *origin, der.bit_string(value), *_stamp(value, timestamper))
    _refuse_unsound(parse_seal(seal), version, certificates, maker)
    return seal


def _signer_list(certificates: Sequence[bytes], kind: SignerList) -> tuple[bytes, bytes]:
    """certListType and certList (GB/T 38540-2020, 6.2)."""
    if kind == "certificates":
        entries = map(der.octet_string, certificates)
        return der.integer(_LIST_OF_CERTIFICATES), der.sequence(*entries)
    digests = (
        der.sequence(der.printable_string("SM3"), der.octet_string(sm3.digest(certificate)))
        for certificate in certificates
    )
    return der.integer(_LIST_OF_DIGESTS), der.sequence(*digests)


def _refuse_unsound(seal: Seal, version: int, certificates: Sequence[bytes], maker: Signer) -> None:
    """A failure here is our own mistake, or the maker's key is not the certificate's."""
    point = parse_certificate(maker.certificate).public_point
    if point is None:
        raise ValueError("the maker's certificate is not for SM2")
    PublicKey.from_point(point).verify(seal.signature, seal.signed_part)
    if seal.version != version or seal.quirks or not all(map(seal.lists, certificates)):
        raise RuntimeError("the seal does not read back as it was made")


def build_signature(
    *,
    seal: bytes,
    data_hash: bytes,
    property_info: str,
    signer: Signer,
    at: datetime,
    timestamper: TimeStamper | None = None,
    version: int = 4,
) -> bytes:
    """A SES_Signature by *signer* with *seal* over *data_hash* (32 octets of SM3).

    Raises SealRefused if the seal does not list the signer, or if the seal or the signer's
    certificate is not valid *at* the time. A time stamp, where wanted, is over the value.
    """
    _check_version(version)
    if len(data_hash) != sm3.DIGEST_SIZE:
        raise ValueError("data_hash is no SM3 digest")
    if version == 1 and timestamper is not None:
        raise ValueError("GM/T 0031-2014 has no place for a time stamp over the value")
    if parse_seal(seal).version != version:
        raise ValueError(f"the seal is not of version {version}")
    refuse_unusable(seal, signer.certificate, at)
    origin = der.octet_string(signer.certificate), der.oid(SM2_WITH_SM3)
    # GM/T 0031-2014: timeInfo is a BIT STRING around a UTCTime
    time_info = der.bit_string(der.utc(at)) if version == 1 else der.generalized(at)
    body = (
        der.integer(version),
        seal,
        time_info,
        der.bit_string(data_hash),
        der.ia5_string(property_info),
    )
    if version == 1:
        tbs = der.sequence(*body, *origin)
        return der.sequence(tbs, der.bit_string(signer.sign(tbs)))
    tbs = der.sequence(*body)
    value = signer.sign(tbs)
    return der.sequence(tbs, *origin, der.bit_string(value), *_stamp(value, timestamper))


def _stamp(value: bytes, timestamper: TimeStamper | None) -> list[bytes]:
    """timeStamp [0] EXPLICIT BIT STRING OPTIONAL, over {r, s} without its wrapping."""
    if timestamper is None:
        return []
    return [der.explicit(0, der.bit_string(timestamper.stamp(value)))]


def _check_version(version: int) -> None:
    if version not in _VERSIONS:
        raise ValueError(f"SES version {version}")


def refuse_unusable(seal: bytes, certificate: bytes, at: datetime) -> None:
    """GM/T 0031-2014, 6.2.2 c) and GB/T 38540-2020, 7.2: check before signing.

    Raises SealRefused, or MalformedData for what is no seal.
    """
    facts = parse_seal(seal)
    if not facts.lists(certificate):
        raise SealRefused("signer_not_listed")
    if at < facts.valid_from:
        raise SealRefused("before_period")
    if at > facts.valid_to:
        raise SealRefused("after_period")
    holder = parse_certificate(certificate)
    if not holder.not_before <= at <= holder.not_after:
        raise SealRefused("certificate_period")
