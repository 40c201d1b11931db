"""What vendors write otherwise: read, judged and named, in every form a signature can have.

One whole OFD file for each deviation and each of GM/T 0031-2014, GB/T 38540-2020,
GM/T 0031-2025 and GB/T 35275 where it can occur. docs/reference/quirks.md has the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from seal_core import der
from seal_core.formats import cms
from seal_core.gm import curve, sm3
from tests.support.ofd import ofd_files, pack
from tests.support.ofd_by_hand import signed_by_hand
from tests.support.pki import SIGNED_AT, Identity, World, extension, signed_data
from tests.support.ses_by_hand import (
    Hand,
    ending_in_zero,
    nonsense,
    padded,
    raw_value,
    trimmed,
    unsigned,
    without_leading_zeros,
)
from verify.report import Question, Reason, SignatureReport, Verdict
from verify.trust import TrustStore
from verify.verifier import verify

WORLD = World()
TRUST = TrustStore.from_certificates([WORLD.root.certificate], [WORLD.ca.certificate])
SEALS = ("GM/T 0031-2014", "GB/T 38540-2020", "GM/T 0031-2025")
VERSIONS = dict(zip(SEALS, (1, 4, 5), strict=True))
SIGN = "GB/T 35275"
ALL = (*SEALS, SIGN)
IDENTITY = curve.identity_digest(WORLD.sealer.key.public_key.point)
ITEM = extension("1.2.156.10197.6.7.2.2.1", b"\x05\x00")
EXPLICIT = der.sequence(
    der.oid("1.2.156.10197.6.7.2.2.1"), b"\x01\x01\x00", der.octet_string(b"\x05\x00")
)


def with_identity(data: bytes) -> bytes:
    return sm3.digest(IDENTITY + data)


@dataclass(frozen=True)
class Sign:
    """A SignedData of GB/T 35275, form B, written as a test wants it."""

    value: Callable[[Identity, bytes], bytes] = Identity.sign
    wrap: Callable[[bytes], bytes] = der.octet_string
    data_hash: Callable[[bytes], bytes] = sm3.digest
    covers: Callable[[bytes, bytes], bytes] = lambda attributes, _xml: attributes

    def __call__(self, xml: bytes) -> bytes:
        signer = WORLD.sealer
        attributes = cms.signed_attributes(
            cms.GM_DATA, self.data_hash(xml), signer.certificate, SIGNED_AT
        )
        value = self.value(signer, self.covers(attributes, xml))
        return signed_data(
            signer, cms.GM_DATA, None, attributes, value, kind=cms.GM_SIGNED_DATA, wrap=self.wrap
        )


@dataclass(frozen=True)
class Odd:
    """One deviation: how it is written in seals, in SignedData, in the XML, and what follows."""

    quirk: str
    seal: Mapping[str, Any] | None = None  # of Hand; None: it does not occur in seals
    sign: Mapping[str, Any] | None = None  # of Sign; None: it does not occur there
    package: Mapping[str, Any] = field(default_factory=dict)  # of signed_by_hand
    verdict: Verdict = Verdict.VALID
    question: Question | None = None
    reason: Reason | None = None
    but_not: tuple[str, ...] = ()  # standards that have no such field

    @property
    def standards(self) -> list[str]:
        seals = SEALS if self.seal is not None else ()
        signs = (SIGN,) if self.sign is not None else ()
        return [each for each in (*seals, *signs) if each not in self.but_not]


def _until_hash_ends_in_zero(xml: str) -> str:
    tries = (xml.replace('Version="1"', f'Version="{n}"') for n in count())
    return next(each for each in tries if sm3.digest(each.encode())[-1] == 0)


def _reordered(xml: str) -> str:
    """SignedValue first, and the method behind the references (ofdrw, AntChain)."""
    value = xml[xml.index("<ofd:SignedValue>") : xml.index("</ofd:Signature>")]
    xml = xml.replace(value, "").replace("<ofd:SignedInfo>", f"{value}<ofd:SignedInfo>")
    start, end = xml.index("<ofd:SignatureMethod>"), xml.index("<ofd:SignatureDateTime>")
    method = xml[start:end]
    return xml.replace(method, "").replace("</ofd:References>", f"</ofd:References>{method}")


def _unnamed(xml: str) -> str:
    start = xml.index("<ofd:SignedValue>")
    return xml[:start] + "</ofd:Signature>"


def _relative(xml: str) -> str:
    return xml.replace("/Doc_0/Signs/Sign_0/SignedValue.dat", "SignedValue.dat").replace(
        'FileRef="/Doc_0/', 'FileRef="../../'
    )


def _octets(content: bytes) -> bytes:
    return der.encode(der.BIT_STRING, b"\x00", content)


LIST_TAGGED = [der.explicit(0, der.sequence(ITEM))]
DOUBT: dict[str, Any] = {
    "verdict": Verdict.INDETERMINATE,
    "question": Question.SIGNATURE_VALUE,
    "reason": Reason.SIGNED_SOMETHING_ELSE,
}

ODD: dict[str, Odd] = {
    "zero bits trimmed from dataHash": Odd(
        "trimmed_bits", {"hash_bits": trimmed}, package={"edit": _until_hash_ends_in_zero}
    ),
    "zero bits trimmed from the value": Odd(
        "trimmed_bits",
        {"value": ending_in_zero, "value_bits": trimmed},
        {"value": ending_in_zero, "wrap": trimmed},
    ),
    "nonsense in the octet of unused bits": Odd(
        "unused_bits", {"hash_bits": nonsense, "value_bits": nonsense}, {"wrap": nonsense}
    ),
    "r and s without the leading zero": Odd(
        "unsigned_integer", {"value": without_leading_zeros}, {"value": without_leading_zeros}
    ),
    "a size without the leading zero": Odd(
        "unsigned_integer", {"number": unsigned, "size": (200, 130)}
    ),
    "numbers with a zero too many": Odd("unsigned_integer", {"number": padded}),
    "raw r ‖ s": Odd("raw_signature", {"value": raw_value}, {"value": raw_value}),
    "a digest with Z_A": Odd(
        "digest_with_identity", {"data_hash": with_identity}, {"data_hash": with_identity}
    ),
    "references with Z_A": Odd(
        "digest_with_identity", {}, {},
        package={"method": "1.2.156.10197.1.401.2", "digest": with_identity},
    ),
    "a value over Signature.xml": Odd(
        "signed_document", {"covers": lambda _tbs, xml: xml}, {"covers": lambda _tbs, xml: xml},
        **DOUBT,
    ),
    "a value over the digest of Signature.xml": Odd(
        "signed_document", {"covers": lambda _tbs, xml: sm3.digest(xml)}, **DOUBT
    ),
    "critical FALSE written out, in the seal": Odd(
        "explicit_default", {"seal_extensions": [der.sequence(EXPLICIT)]}
    ),
    "critical FALSE written out, in the signature": Odd(
        "explicit_default", {"tbs_extensions": [der.explicit(0, der.sequence(EXPLICIT))]},
        but_not=SEALS[:1],
    ),
    "extensions of the signature untagged": Odd(
        "extensions_untagged", {"tbs_extensions": [der.sequence(ITEM)]}, but_not=SEALS[:1]
    ),
    "extensions of the seal under [0]": Odd(
        "extensions_tagged", {"seal_extensions": LIST_TAGGED}
    ),
    "extensions in an OCTET STRING": Odd(
        "extensions_wrapped", {"seal_extensions": [der.octet_string(der.sequence(ITEM))]}
    ),
    "one extension without a list": Odd("extensions_shape", {"seal_extensions": [ITEM]}),
    "OCTET STRING for BIT STRING": Odd(
        "octets_for_bits", {"hash_bits": der.octet_string, "value_bits": der.octet_string}
    ),
    "BIT STRING for OCTET STRING": Odd("bits_for_octets", sign={"wrap": _octets}),
    "relative paths": Odd("relative_location", {}, {}, package={"edit": _relative}),
    "propertyInfo without its first slash": Odd(
        "relative_location", {"path": "Doc_0/Signs/Sign_0/Signature.xml"}
    ),
    "elements in another order": Odd("element_order", {}, {}, package={"edit": _reordered}),
    "no SignedValue element": Odd(
        "signed_value_unnamed", {}, {}, package={"edit": _unnamed}
    ),
    "a list that names nobody": Odd(
        "signer_list_dangling", {"signers": lambda _: [der.ia5_string("1")]},
        verdict=Verdict.INDETERMINATE, question=Question.SIGNER_IN_SEAL,
        reason=Reason.SIGNER_LIST_UNREADABLE,
    ),
    "certificates without OCTET STRING": Odd(
        "certificate_unwrapped", {"signers": lambda certificate: [certificate]}
    ),
    "the seal in an OCTET STRING": Odd("seal_wrapped", {"seal_wrap": der.octet_string}),
    "AlgorithmIdentifier for an OID": Odd(
        "algorithm_wrapped", {"oid": lambda dotted: der.sequence(der.oid(dotted), der.null())}
    ),
}  # fmt: skip


def sealed(odd: Odd, standard: str) -> dict[str, bytes]:
    """One page, signed that way."""
    package = dict(odd.package)
    if standard == SIGN:
        files = signed_by_hand(
            ofd_files(), WORLD, kind="Sign", container=Sign(**(odd.sign or {})), **package
        )
    else:
        hand = Hand(VERSIONS[standard], **(odd.seal or {}))
        seal = hand.seal(WORLD)
        files = signed_by_hand(
            ofd_files(), WORLD, seal=seal, container=lambda xml: hand.signature(WORLD, seal, xml),
            **package,
        )  # fmt: skip
    return files


def judged(files: Mapping[str, bytes]) -> SignatureReport:
    report = verify(pack(files), "odd.ofd", at=SIGNED_AT, trust=TRUST)
    (signature,) = report.signatures
    return signature


CASES = [(name, standard) for name, odd in ODD.items() for standard in odd.standards]


@pytest.mark.parametrize(("name", "standard"), CASES)
def test_a_deviation_is_read_judged_and_named(name: str, standard: str) -> None:
    """The form is named, and valid only if mathematics and coverage hold all the same."""
    odd = ODD[name]
    files = sealed(odd, standard)

    signature = judged(files)

    assert signature.standard == standard
    assert odd.quirk in signature.quirks
    assert signature.verdict is odd.verdict, signature.checks
    if odd.question:
        check = signature.check(odd.question)
        assert check is not None
        assert check.reason is odd.reason

    page = "Doc_0/Pages/Page_0/Content.xml"
    changed = judged(files | {page: files[page].replace("第1页".encode(), "第2页".encode())})
    assert changed.verdict is Verdict.INVALID
    assert odd.quirk in changed.quirks


@pytest.mark.parametrize("standard", ALL)
def test_written_right_nothing_is_named(standard: str) -> None:
    """The hand that writes the odd files writes right ones, too."""
    signature = judged(sealed(Odd("", {}, {}), standard))

    assert signature.verdict is Verdict.VALID
    assert set(signature.quirks) <= {"id_not_xml"}


def test_a_serial_number_without_its_leading_zero() -> None:
    """IssuerAndSerialNumber of another number than the certificate's, were it taken literally."""
    WORLD.ca.serial = 0x9000  # the next one begins with a set bit
    signer = WORLD.ca.issue("测试单位甲")
    assert signer.parsed.serial >> 15 == 1

    def container(xml: bytes, serial: bytes) -> bytes:
        attributes = cms.signed_attributes(
            cms.GM_DATA, sm3.digest(xml), signer.certificate, SIGNED_AT
        )
        value = signer.sign(attributes)
        return signed_data(
            signer, cms.GM_DATA, None, attributes, value, kind=cms.GM_SIGNED_DATA, serial=serial
        )

    def report(serial: bytes) -> SignatureReport:
        files = signed_by_hand(
            ofd_files(), WORLD, kind="Sign", container=lambda xml: container(xml, serial)
        )
        return judged(files)

    odd = report(unsigned(signer.parsed.serial))
    assert odd.verdict is Verdict.VALID
    assert "unsigned_integer" in odd.quirks
    assert "unsigned_integer" not in report(der.integer(signer.parsed.serial)).quirks
    other = report(der.integer(signer.parsed.serial + 1)).check(Question.SIGNATURE_VALUE)
    assert other is not None
    assert other.reason is Reason.NO_CERTIFICATE


FORGED: dict[str, dict[str, Any]] = {
    "a value of nothing but zeros": {"value": lambda _who, _message: bytes(64)},
    "an empty value": {"value": lambda _who, _message: b""},
    "half a value": {"value": lambda who, message: raw_value(who, message)[:32]},
    "a value by another key": {"value": lambda _who, message: raw_value(WORLD.stranger, message)},
    "another digest": {
        "data_hash": lambda xml: sm3.digest(xml)[:31] + b"\x00",
        "hash_bits": trimmed,
    },
    "the path of another signature": {"path": "Doc_0/Signs/Sign_1/Signature.xml"},
    "a path that climbs": {"path": "../Doc_0/Signs/Sign_0/Signature.xml"},
    "a value over another file": {"covers": lambda _tbs, xml: xml + b" "},
}


@pytest.mark.parametrize("standard", SEALS)
@pytest.mark.parametrize("name", FORGED)
def test_tolerance_lets_no_forgery_in(name: str, standard: str) -> None:
    """What is read with patience is judged without."""
    assert judged(sealed(Odd("", FORGED[name]), standard)).verdict is Verdict.INVALID


def test_the_table_in_the_reference_has_every_deviation() -> None:
    """docs/reference/quirks.md names each of these cases."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "quirks.md"
    text = page.read_text(encoding="utf-8")
    assert [name for name in ODD if f"| {name} |" not in text] == []
