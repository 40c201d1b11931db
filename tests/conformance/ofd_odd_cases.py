"""Files of the corpus that are right, or odd as real vendors' are: nothing is taken away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from seal_core import der
from seal_core.engines.protocol import AtPattern, AtPoint, FacingSeam, Seam
from tests.conformance.ofd_scene import Scene, by_hand, raw_value, with_identity
from tests.support.ofd import ofd, ofd_files, pack, unpack
from tests.support.pki import NOT_BEFORE, Authority
from tests.support.ses_by_hand import (
    Hand,
    ending_in_zero,
    nonsense,
    trimmed,
    unsigned,
    without_leading_zeros,
)
from tests.support.zips import RawEntry, raw_zip

Answer = tuple[str, str, str]  # question, verdict, reason


@dataclass(frozen=True)
class Case:
    """One file of the corpus and what a verifier must say of it."""

    name: str
    about: str
    make: Callable[[Scene], bytes]
    wrong: tuple[Answer, ...] = ()  # every answer that is not good, in no order
    quirk: str = ""  # the deviation a verifier should name

    @property
    def verdict(self) -> str:
        verdicts = {verdict for _, verdict, _ in self.wrong}
        return "invalid" if "invalid" in verdicts else "indeterminate" if verdicts else "valid"


def odd_cases() -> Iterator[Case]:
    """Deviations that real vendors are known for and that take nothing away."""
    yield Case(
        "odd-raw-value",
        "r ‖ s in 64 octets (tongz)",
        lambda s: by_hand(s, encode=raw_value),
        quirk="raw_signature",
    )
    yield Case(
        "odd-digest-word",
        "CheckMethod is the word SM3 (ofdrw)",
        lambda s: pack(s.hand(method="SM3")),
        quirk="digest_method_name",
    )
    yield Case(
        "odd-digest-identity",
        "SM3(Z_A ‖ file) under the OID of keyed SM3 (dms360)",
        lambda s: pack(s.hand(method="1.2.156.10197.1.401.2", digest=with_identity(s))),
        quirk="digest_with_identity",
    )
    yield Case(
        "odd-namespace",
        "the namespace before the standard (Suwell)",
        lambda s: pack(s.hand(edit=lambda x: x.replace("org/2016", "org"))),
        quirk="old_namespace",
    )
    yield Case(
        "odd-relative-reference",
        "FileRef relative to Signature.xml",
        lambda s: pack(s.hand(edit=lambda x: x.replace('FileRef="/Doc_0/', 'FileRef="../../'))),
        quirk="relative_location",
    )
    yield Case(
        "odd-names-gbk",
        "file names in GBK without the UTF-8 flag",
        lambda s: raw_zip(
            *(
                RawEntry(name.encode("gbk"), content)
                for name, content in unpack(
                    s.engine(AtPoint(1, 9, 9), document=pack(ofd_files(folder="正文目录")))
                ).items()
            )
        ),
    )
    yield Case(
        "odd-bytes-around",
        "bytes before and after the archive (KingGrid)",
        lambda s: b"KG" + s.engine(AtPoint(1, 9, 9)) + b"KG",
    )
    yield Case(
        "odd-extra-file",
        "a file nobody refers to",
        lambda s: pack(s.hand() | {"Doc_0/notes.txt": b"hello"}),
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="40mm"><circle r="9"/></svg>'


def good_pictures_and_places() -> Iterator[Case]:
    pictures = ("svg", lambda: SVG), ("ofd", lambda: ofd(1))
    for kind, make in pictures:
        yield Case(f"good-{kind}-seal", f"the seal's picture is {kind.upper()}", _shown(kind, make))
    yield Case(
        "good-facing-seam",
        "对开骑缝: over the fold between each two facing pages",
        lambda s: s.engine(FacingSeam(), document=ofd(4)),
    )
    yield Case(
        "good-seam-top-odd",
        "over the top edge of odd pages",
        lambda s: s.engine(Seam("top", 0.3, "odd"), document=ofd(5)),
    )
    yield Case(
        "good-mixed-sizes",
        "a seam over pages of different sizes",
        lambda s: s.engine(Seam(), document=ofd(3, sizes=[(210, 297), (297, 210), (148, 210)])),
    )
    yield Case(
        "good-pattern", "on all texts of a pattern", lambda s: s.engine(AtPattern(PAGES, nth=0))
    )
    yield Case(
        "odd-relative-paths",
        "list, signature and value are named from the file that names them",
        lambda s: pack(_relatively(s)),
        quirk="relative_location",
    )
    yield Case(
        "good-v5-timestamp",
        "GM/T 0031-2025 with a time stamp over the signature value",
        lambda s: s.engine(AtPoint(1, 9, 9), seal=s.seal(version=5), timestamper=s.tsa),
    )
    yield Case(
        "good-v5-seal-timestamp",
        "GM/T 0031-2025: the seal carries a time stamp over its maker's value",
        lambda s: s.engine(AtPoint(1, 9, 9), seal=s.seal(version=5, stamper=_early(s))),
    )
    yield Case(
        "bad-v5-seal-timestamp",
        "the time stamp in the seal is over something else",
        _badly_stamped,
        (("timestamp", "invalid", "timestamp_mismatch"),),
    )
    yield Case(
        "good-v1-twice",
        "a seal of 2020 behind one of 2014",
        lambda s: s.engine(
            AtPoint(2, 9, 9), document=s.engine(AtPoint(1, 9, 9), seal=s.seal(version=1))
        ),
    )


PAGES = re.compile("第[12]页")


def _shown(kind: str, picture: Callable[[], bytes]) -> Callable[[Scene], bytes]:
    return lambda s: s.engine(
        AtPoint(1, 9, 9), seal=s.seal_of(s.sealer, picture=picture(), picture_type=kind)
    )


def _early(scene: Scene) -> Authority:
    """The time-stamp authority on the day the seals are made."""
    return replace(scene.tsa, stamped_at=NOT_BEFORE)


def _badly_stamped(scene: Scene) -> bytes:
    token = _early(scene).stamp(b"something else")
    parts = [node.raw for node in der.read(scene.seal(version=5)).fields("seal").rest()]
    seal = der.sequence(*parts[:4], der.explicit(0, der.bit_string(token)))
    return scene.engine(AtPoint(1, 9, 9), seal=seal)


def _relatively(scene: Scene) -> dict[str, bytes]:
    files = scene.hand(
        edit=lambda x: (
            x.replace("/Doc_0/Signs/Sign_0/SignedValue.dat", "SignedValue.dat")
            .replace("/Doc_0/Signs/Sign_0/Seal.esl</", "Seal.esl</")
            .replace('FileRef="/Doc_0/', 'FileRef="../../')
        ),
    )
    listed = files["Doc_0/Signs/Signatures.xml"]
    return files | {
        "Doc_0/Signs/Signatures.xml": listed.replace(b"/Doc_0/Signs/Sign_0/", b"Sign_0/")
    }


def odd_values() -> Iterator[Case]:
    """How values, digests and numbers are written wrong and are right all the same."""
    ways: dict[str, tuple[str, str, dict[str, Any]]] = {
        "trimmed-value": (
            "zero bits trimmed from the value",
            "trimmed_bits",
            {"value": ending_in_zero, "value_bits": trimmed},
        ),
        "unused-bits": (
            "nonsense in the octet of unused bits",
            "unused_bits",
            {"hash_bits": nonsense, "value_bits": nonsense},
        ),
        "unsigned-value": (
            "r and s without the leading zero",
            "unsigned_integer",
            {"value": without_leading_zeros},
        ),
        "unsigned-size": (
            "a width of 200 mm without the leading zero",
            "unsigned_integer",
            {"number": unsigned, "size": (200, 130)},
        ),
        "octets-for-bits": (
            "OCTET STRING where a BIT STRING belongs",
            "octets_for_bits",
            {"hash_bits": der.octet_string, "value_bits": der.octet_string},
        ),
        "bare-certificate": (
            "the list holds a certificate without OCTET STRING",
            "certificate_unwrapped",
            {"signers": lambda certificate: [certificate]},
        ),
    }
    for version in (1, 4, 5):
        for name, (about, quirk, way) in ways.items():
            make = _written(Hand(version, **way))
            yield Case(f"odd-{name}-v{version}", about, make, quirk=quirk)
        yield Case(
            f"unknown-signed-document-v{version}",
            "the value is over Signature.xml and binds no seal",
            _written(Hand(version, covers=lambda _tbs, xml: xml)),
            (("signature_value", "indeterminate", "signed_something_else"),),
            quirk="signed_document",
        )
        yield Case(
            f"unknown-list-v{version}",
            "the seal lists a number in place of certificates",
            _written(Hand(version, signers=lambda _: [der.ia5_string("1")])),
            (("signer_in_seal", "indeterminate", "signer_list_unreadable"),),
            quirk="signer_list_dangling",
        )


def _written(hand: Hand) -> Callable[[Scene], bytes]:
    def make(scene: Scene) -> bytes:
        seal = hand.seal(scene)
        return pack(scene.hand(seal=seal, container=lambda xml: hand.signature(scene, seal, xml)))

    return make
