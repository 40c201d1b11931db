"""What stands in /Contents of a PDF seal: a CMS that binds the seal, or a SES_Signature.

A container knows what has to be signed for a digest and how the finished value is wrapped,
and holds no key: the value may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from seal_core.formats import cms, ses
from seal_core.formats.pdf_seal import SEAL_BINDING, encode_binding
from seal_core.formats.suites import SM2, Suite, suite_of
from seal_core.ports import TimeStamper

MAX_TIMESTAMP = 8 * 1024  # octets; a token with a chain of three certificates has 2 to 6 KiB
_SLACK = 16  # lengths of lengths that grow with a time stamp


class Container(Protocol):
    """One form of /Contents."""

    carries_seal: ClassVar[bool]
    """Whether the SESeal is inside, or has to lie beside it in the document."""

    @property
    def suite(self) -> Suite:
        """How the byte range is digested and the digest signed."""
        ...

    def message(self, digest: bytes) -> bytes:
        """What the key signs for the *digest* of the byte range."""
        ...

    def contents(self, digest: bytes, value: bytes, timestamper: TimeStamper | None) -> bytes:
        """The container around the finished signature *value*."""
        ...


def room_for(container: Container, *, stamped: bool) -> int:
    """How many octets the container can have at most."""
    suite = container.suite
    size = len(container.contents(bytes(suite.digest_size), bytes(suite.longest), None))
    return size + _SLACK + (MAX_TIMESTAMP if stamped else 0)


@dataclass(frozen=True, slots=True)
class CmsContainer:
    """CMS SignedData without content; a signed attribute names the seal, if there is one, by its
    SM3."""

    carries_seal: ClassVar[bool] = False

    seal: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    family: Literal["pkcs7", "gm"]
    signing_time: datetime | None
    """None where /M speaks for it: PAdES forbids the attribute (ETSI EN 319 142-1, 6.3)."""

    @property
    def suite(self) -> Suite:
        return suite_of(self.certificates[0])

    def message(self, digest: bytes) -> bytes:
        binding = cms.attribute(SEAL_BINDING, encode_binding(self.seal)) if self.seal else b""
        kind = cms.GM_DATA if self.family == "gm" else cms.PKCS7_DATA
        return cms.signed_attributes(
            kind, digest, self.certificates[0], self.signing_time, (binding,) if binding else ()
        )

    def contents(self, digest: bytes, value: bytes, timestamper: TimeStamper | None) -> bytes:
        timestamp = timestamper.stamp(value) if timestamper else b""
        return cms.assemble(self.message(digest), value, self.certificates, self.family, timestamp)


@dataclass(frozen=True, slots=True)
class SesContainer:
    """SES_Signature of GB/T 38540-2020 (or of GM/T 0031-2014) over the digest."""

    carries_seal: ClassVar[bool] = True

    seal: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    at: datetime
    suite: ClassVar[Suite] = SM2

    def message(self, digest: bytes) -> bytes:
        asked: list[bytes] = []

        def listen(message: bytes) -> bytes:
            asked.append(message)
            return bytes(SM2.longest)

        self._build(digest, listen, None)
        return asked[0]

    def contents(self, digest: bytes, value: bytes, timestamper: TimeStamper | None) -> bytes:
        return self._build(digest, lambda _: value, timestamper)

    def _build(
        self,
        digest: bytes,
        sign: Callable[[bytes], bytes],
        timestamper: TimeStamper | None,
    ) -> bytes:
        return ses.build_signature(
            seal=self.seal,
            data_hash=digest,
            property_info="/ByteRange",  # what is protected (GB/T 38540-2020, 7.1.2)
            signer=_Foreign(self.certificate, sign),
            at=self.at,
            timestamper=timestamper,
            version=ses.parse_seal(self.seal).version,
        )


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A signer whose value comes from elsewhere."""

    certificate: bytes
    sign: Callable[[bytes], bytes]
    chain: tuple[bytes, ...] = ()
