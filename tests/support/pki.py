"""A small SM2 world for tests: authorities, people, revocation lists, time stamps.

Everything is made in memory with fixed dates; nothing here is a real name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seal_core import der
from seal_core.formats import certificates, cms, ses
from seal_core.formats.algorithms import SM3
from seal_core.gm import sm3
from seal_core.gm.sm2 import PrivateKey

NOT_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2030, 1, 1, tzinfo=UTC)
SIGNED_AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)

_BITS = {"digital_signature": 0, "non_repudiation": 1, "key_encipherment": 2}
_BITS |= {"key_cert_sign": 5, "crl_sign": 6}
SIGNER_USAGE = ("digital_signature", "non_repudiation")
CA_USAGE = ("key_cert_sign", "crl_sign")


@dataclass
class Identity:
    """A key with its certificate: ``ports.Signer`` and ``ports.TimeStamper``."""

    key: PrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False, default=())
    stamped_at: datetime = SIGNED_AT

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    @property
    def parsed(self) -> certificates.Certificate:
        return certificates.parse_certificate(self.certificate)

    def stamp(self, message: bytes) -> bytes:
        """A TimeStampToken over SM3(*message*), as a time-stamp authority makes it."""
        imprint = der.sequence(der.sequence(der.oid(SM3)), der.octet_string(sm3.digest(message)))
        info = der.sequence(
            der.integer(1),
            der.oid("1.2.3.4"),
            imprint,
            der.integer(77),
            der.generalized(self.stamped_at),
        )
        return attached_signed_data(self, info, cms.TST_INFO)


@dataclass
class Authority(Identity):
    """A CA that issues whatever a test asks for."""

    serial: int = 1

    @classmethod
    def root(cls, name: str = "测试根CA") -> Authority:
        key = PrivateKey.generate()
        subject = certificates.build_name(name, "测试机构")
        tbs = tbs_certificate(1, subject, subject, key, ca=True, usage=CA_USAGE)
        return cls(key, signed(tbs, key))

    def issue(
        self,
        name: str,
        *,
        ca: bool = False,
        usage: Iterable[str] | None = None,
        not_before: datetime = NOT_BEFORE,
        not_after: datetime = NOT_AFTER,
        extra: Iterable[bytes] = (),
        path_length: int | None = None,
    ) -> Authority:
        self.serial += 1
        key = PrivateKey.generate()
        if usage is None:
            usage = CA_USAGE if ca else SIGNER_USAGE
        tbs = tbs_certificate(
            0x1000 + self.serial,
            self.parsed.subject_name.der,
            certificates.build_name(name, "测试机构"),
            key,
            ca=ca,
            usage=usage,
            not_before=not_before,
            not_after=not_after,
            extra=extra,
            path_length=path_length,
        )
        return Authority(key, signed(tbs, self.key), (self.certificate, *self.chain))

    def crl(
        self,
        revoked: Iterable[tuple[int, datetime]] = (),
        this_update: datetime = NOT_BEFORE,
        next_update: datetime = NOT_AFTER,
        extensions: Iterable[bytes] = (),
    ) -> bytes:
        entries = [der.sequence(der.integer(serial), der.x509_time(at)) for serial, at in revoked]
        tbs = der.sequence(
            der.integer(1),
            certificates.sm2_algorithm(),
            self.parsed.subject_name.der,
            der.x509_time(this_update),
            der.x509_time(next_update),
            *([der.sequence(*entries)] if entries else []),
            *([der.explicit(0, der.sequence(*extensions))] if extensions else []),
        )
        return signed(tbs, self.key)


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = [der.boolean(True)] if critical else []
    return der.sequence(der.oid(oid), *flag, der.octet_string(value))


CRL_POINT = extension("2.5.29.31", der.sequence())
TIME_STAMPING = extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.8")), critical=True)


def tbs_certificate(
    serial: int,
    issuer: bytes,
    subject: bytes,
    key: PrivateKey,
    *,
    ca: bool,
    usage: Iterable[str],
    not_before: datetime = NOT_BEFORE,
    not_after: datetime = NOT_AFTER,
    extra: Iterable[bytes] = (),
    path_length: int | None = None,
) -> bytes:
    limits = [der.boolean(True)] if ca else []
    if path_length is not None:
        limits.append(der.integer(path_length))
    extensions = [
        extension("2.5.29.19", der.sequence(*limits), critical=True),
        extension("2.5.29.15", _flags(usage), critical=True),
        *extra,
    ]
    return der.sequence(
        der.explicit(0, der.integer(2)),
        der.integer(serial),
        certificates.sm2_algorithm(),
        issuer,
        der.sequence(der.x509_time(not_before), der.x509_time(not_after)),
        subject,
        certificates.sm2_public_key_info(key.public_key.point),
        der.explicit(3, der.sequence(*extensions)),
    )


def signed(tbs: bytes, key: PrivateKey) -> bytes:
    return der.sequence(tbs, certificates.sm2_algorithm(), der.bit_string(key.sign(tbs)))


def _flags(usage: Iterable[str]) -> bytes:
    octet = 0
    for name in usage:
        octet |= 0x80 >> _BITS[name]
    unused = (octet & -octet).bit_length() - 1 if octet else 0
    return der.encode(der.BIT_STRING, bytes((unused, octet)))


def attached_signed_data(signer: Identity, content: bytes, content_type: str) -> bytes:
    """SignedData with its content inside and signed attributes over it."""
    attributes = cms.signed_attributes(content_type, sm3.digest(content), signer.certificate, None)
    return signed_data(signer, content_type, content, attributes, signer.sign(attributes))


def signed_data(
    signer: Identity,
    content_type: str,
    content: bytes | None,
    attributes: bytes | None,
    value: bytes | None,
    *,
    kind: str = cms.PKCS7_SIGNED_DATA,
    serial: bytes | None = None,
    wrap: Callable[[bytes], bytes] = der.octet_string,
) -> bytes:
    """SignedData of free choice; *value* None leaves the signer out, *wrap* is put around it."""
    sm3_algorithm = der.sequence(der.oid(SM3))
    wrapped = [] if content is None else [der.explicit(0, der.octet_string(content))]
    own = [] if attributes is None else [b"\xa0" + attributes[1:]]
    infos = []
    if value is not None:
        issuer = signer.parsed.issuer_name.der
        infos.append(
            der.sequence(
                der.integer(1),
                der.sequence(issuer, serial or der.integer(signer.parsed.serial)),
                sm3_algorithm,
                *own,
                certificates.sm2_algorithm(),
                wrap(value),
            )
        )
    body = der.sequence(
        der.integer(1),
        der.set_of(sm3_algorithm),
        der.sequence(der.oid(content_type), *wrapped),
        der.encode(der.context(0), signer.certificate, *signer.chain),
        der.set_of(*infos),
    )
    return der.sequence(der.oid(kind), der.explicit(0, body))


@dataclass
class World:
    """One root, an intermediate CA, a seal maker, a sealer, a time-stamp authority."""

    root: Authority = field(default_factory=Authority.root)

    def __post_init__(self) -> None:
        self.ca = self.root.issue("测试签发CA", ca=True)
        self.maker = self.ca.issue("测试制章者")
        self.sealer = self.ca.issue("测试单位甲")
        self.stranger = Authority.root("别处的CA").issue("别处的人")
        self.tsa = self.ca.issue("测试时间戳", extra=[TIME_STAMPING])

    def seal(
        self,
        *,
        version: int = 4,
        name: str = "测试单位甲合同专用章",
        valid_to: datetime = NOT_AFTER,
        stamper: Identity | None = None,
    ) -> bytes:
        return ses.build_seal(
            seal_id="14010000000001",
            name=name,
            seal_type=1,
            vendor="ZHANGYIN",
            certificates=[self.sealer.certificate],
            created_at=NOT_BEFORE,
            valid_from=NOT_BEFORE,
            valid_to=valid_to,
            picture=PICTURE,
            picture_type="png",
            width_mm=40,
            height_mm=40,
            maker=self.maker,
            version=version,
            timestamper=stamper,
        )

    def signature(
        self,
        protected: bytes,
        *,
        version: int = 4,
        path: str = "/Doc_0/Signs/Sign_0/Signature.xml",
        stamped: bool = False,
        at: datetime = SIGNED_AT,
    ) -> bytes:
        return ses.build_signature(
            seal=self.seal(version=version),
            data_hash=sm3.digest(protected),
            property_info=path,
            signer=self.sealer,
            at=at,
            timestamper=self.tsa if stamped else None,
            version=version,
        )
