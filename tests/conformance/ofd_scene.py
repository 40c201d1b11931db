"""The PKI of the conformance corpus and the hands that make its files right or wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from seal_core import der
from seal_core.engines.ofd import OfdEngine
from seal_core.engines.protocol import AtPoint, Place, SealMaterial
from seal_core.formats import cms, ses
from seal_core.formats.certificates import SM2_WITH_SM3
from seal_core.gm import curve, sm3
from tests.support.ofd import document_xml, ofd_files, pack, page_xml, root_xml, unpack
from tests.support.ofd_by_hand import signed_by_hand
from tests.support.pki import (
    NOT_AFTER,
    NOT_BEFORE,
    PICTURE,
    SIGNED_AT,
    Authority,
    World,
    signed_data,
)

Files = dict[str, bytes]

CLOCK = SIGNED_AT + timedelta(days=1)
PAGE = "Doc_0/Pages/Page_0/Content.xml"
LIST = "Doc_0/Signs/Signatures.xml"
FIRST = "Doc_0/Signs/Sign_0"
SECOND = "Doc_0/Signs/Sign_1"
PATH = f"/{FIRST}/Signature.xml"


@dataclass
class Scene(World):
    """The PKI of the corpus, with those whose certificates are not right."""

    def __post_init__(self) -> None:
        super().__post_init__()
        day = timedelta(days=1)
        self.expired = self.ca.issue("过期单位", not_after=SIGNED_AT - day)
        self.early = self.ca.issue("未生效单位", not_before=SIGNED_AT + day)
        self.unfit = self.ca.issue("用途不符单位", usage=("key_encipherment",))
        self.revoked = self.ca.issue("吊销单位")
        revoked = [(self.revoked.parsed.serial, SIGNED_AT - day)]
        self.crls = (self.root.crl(), self.ca.crl(revoked))

    def engine(self, *places: Place, document: bytes = b"", **wishes: Any) -> bytes:
        material = SealMaterial(wishes.pop("seal", None) or self.seal(), PICTURE, 40, 40)
        document = document or pack(ofd_files(2))
        return OfdEngine().seal(document, material, places, self.sealer, SIGNED_AT, **wishes)

    def hand(self, files: Files | None = None, **wishes: Any) -> Files:
        return signed_by_hand(files or ofd_files(), self, **wishes)

    def seal_of(self, signer: Authority, **wishes: Any) -> bytes:
        """A seal that lists *signer*."""
        usual: dict[str, Any] = {
            "seal_id": "14010000000002",
            "name": "示例单位专用章",
            "seal_type": 1,
            "vendor": "ZHANGYIN",
            "certificates": [signer.certificate],
            "created_at": NOT_BEFORE,
            "valid_from": NOT_BEFORE,
            "valid_to": NOT_AFTER,
            "picture": PICTURE,
            "picture_type": "png",
            "width_mm": 40,
            "height_mm": 40,
            "maker": self.maker,
        }
        return ses.build_seal(**usual | wishes)


@dataclass
class Value:
    """A SES_Signature of version 4 put together by hand."""

    scene: Scene
    signer: Authority
    seal: bytes
    path: str = PATH
    data_hash: Callable[[bytes], bytes] = sm3.digest
    encode: Callable[[bytes], bytes] = bytes  # the value {r, s} as it is written
    signed: Callable[[bytes], bytes] = bytes  # what is signed instead of the TBS
    tail: Callable[[bytes], list[bytes]] = field(default=lambda _value: [])

    def __call__(self, xml: bytes) -> bytes:
        tbs = der.sequence(
            der.integer(4),
            self.seal,
            der.generalized(SIGNED_AT),
            der.bit_string(self.data_hash(xml)),
            der.ia5_string(self.path),
        )
        value = self.signer.sign(self.signed(tbs))
        return der.sequence(
            tbs,
            der.octet_string(self.signer.certificate),
            der.oid(SM2_WITH_SM3),
            der.bit_string(self.encode(value)),
            *self.tail(value),
        )


def by_hand(
    scene: Scene, *, signer: Authority | None = None, seal: bytes = b"", **wishes: Any
) -> bytes:
    """One page, signed by *signer* with *seal*; the rest goes to Value."""
    signer = signer or scene.sealer
    seal = seal or scene.seal_of(signer)
    files = scene.hand(container=Value(scene, signer, seal, **wishes), seal=seal)
    return pack(files)


def raw_value(value: bytes) -> bytes:
    """r ‖ s in 64 octets."""
    r, s = curve.decode_signature(value)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def stamp_over(scene: Scene, message: bytes | None) -> Callable[[bytes], list[bytes]]:
    """The time stamp field, over the value or over *message*."""
    return lambda value: [
        der.explicit(0, der.bit_string(scene.tsa.stamp(value if message is None else message)))
    ]


def redirected(files: Files) -> Files:
    root = files["OFD.xml"].replace(b"Doc_0/Document.xml", b"X/Document.xml")
    return files | {
        "OFD.xml": root,
        "X/Document.xml": document_xml(1).encode(),
        "X/Pages/Page_0/Content.xml": page_xml("another page").encode(),
    }


def with_second_body(files: Files) -> Files:
    body = b"<ofd:DocBody><ofd:DocRoot>X/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    return files | {
        "OFD.xml": files["OFD.xml"].replace(b"</ofd:OFD>", body),
        "X/Document.xml": document_xml(1).encode(),
        "X/Pages/Page_0/Content.xml": page_xml("another document").encode(),
    }


def with_version(files: Files) -> Files:
    versions = (
        b'<ofd:Versions><ofd:Version ID="1" Index="1" Current="true" BaseLoc="X/V.xml"/>'
        b"</ofd:Versions><ofd:Signatures>"
    )
    return files | {
        "OFD.xml": files["OFD.xml"].replace(b"<ofd:Signatures>", versions),
        "X/V.xml": b'<DocVersion ID="1"><DocRoot>Document.xml</DocRoot></DocVersion>',
        "X/Document.xml": document_xml(1).encode(),
        "X/Pages/Page_0/Content.xml": page_xml("another version").encode(),
    }


def two_documents() -> bytes:
    files = ofd_files() | {k.replace("Doc_0", "Doc_1"): v for k, v in ofd_files().items()}
    return pack(files | {"OFD.xml": root_xml("Doc_0/Document.xml", "Doc_1/Document.xml").encode()})


def sealed_files(scene: Scene) -> Files:
    return unpack(scene.engine(AtPoint(1, 100, 200)))


def without(files: Files, *names: str) -> Files:
    return {name: content for name, content in files.items() if name not in names}


def with_identity(scene: Scene) -> Callable[[bytes], bytes]:
    """SM3(Z_A ‖ file)."""
    identity = curve.identity_digest(scene.sealer.key.public_key.point)
    return lambda content: sm3.digest(identity + content)


def form_a(scene: Scene, xml: bytes) -> bytes:
    """GB/T 35275 with the digest as content and no attributes."""
    digest = sm3.digest(xml)
    value = scene.sealer.sign(digest)
    kind = cms.GM_SIGNED_DATA
    return signed_data(scene.sealer, cms.GM_DATA, digest, None, value, kind=kind)


def nobody_signed(scene: Scene, xml: bytes) -> bytes:
    """A SignedData without any SignerInfo: made without a key."""
    kind = cms.GM_SIGNED_DATA
    return signed_data(scene.sealer, cms.GM_DATA, sm3.digest(xml), None, None, kind=kind)


def digests_listed(scene: Scene) -> bytes:
    """A seal that lists its signer by digest (certListType 2)."""
    entry = der.sequence(
        der.encode(der.PRINTABLE_STRING, b"SM3"),
        der.octet_string(sm3.digest(scene.sealer.certificate)),
    )
    times = map(der.generalized, (NOT_BEFORE, NOT_BEFORE, NOT_AFTER))
    info = der.sequence(
        der.sequence(der.ia5_string("ES"), der.integer(4), der.ia5_string("ZHANGYIN")),
        der.ia5_string("14010000000003"),
        der.sequence(
            der.integer(1),
            der.utf8_string("示例摘要章"),
            der.integer(2),
            der.sequence(entry),
            *times,
        ),
        der.sequence(
            der.ia5_string("png"), der.octet_string(PICTURE), der.integer(40), der.integer(40)
        ),
    )
    origin = der.octet_string(scene.maker.certificate), der.oid(SM2_WITH_SM3)
    return der.sequence(info, *origin, der.bit_string(scene.maker.sign(info)))


def md5(content: bytes) -> bytes:
    return hashlib.md5(content).digest()


def sha1(content: bytes) -> bytes:
    return hashlib.sha1(content).digest()
