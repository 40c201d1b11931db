"""Seals and seal signatures: strict when written, forgiving and exact when read."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core import der
from seal_core.errors import InvalidSignature, MalformedData, SealRefused
from seal_core.formats import ses
from seal_core.formats.quirks import Quirk
from seal_core.gm import curve, sm3
from seal_core.gm.sm2 import PublicKey
from tests.support.ofd import ofd
from tests.support.pki import NOT_AFTER, NOT_BEFORE, PICTURE, SIGNED_AT, World
from tests.support.samples import sample

WORLD = World()
SEAL = WORLD.seal()
SIGNATURE = WORLD.signature(b"document")


@pytest.mark.parametrize("version", [1, 4, 5])
def test_what_is_written_comes_back(version: int) -> None:
    """Every version round-trips without a quirk, and both signatures hold over the raw slices."""
    value = ses.parse_signature(WORLD.signature(b"document", version=version))

    assert (value.version, value.quirks) == (version, ())
    assert value.signed_at == SIGNED_AT
    assert value.data_hash == sm3.digest(b"document")
    assert value.certificate == WORLD.sealer.certificate
    PublicKey(WORLD.sealer.key.public_key.point).verify(value.signature, value.tbs)
    seal = value.seal
    assert seal.quirks == ()
    assert (seal.name, seal.type, seal.vendor) == ("测试单位甲合同专用章", 1, "ZHANGYIN")
    assert (seal.valid_from, seal.valid_to) == (NOT_BEFORE, NOT_AFTER)
    assert (seal.picture, seal.picture_type, seal.width_mm, seal.height_mm) == (
        PICTURE, "png", 40, 40,
    )  # fmt: skip
    assert seal.maker_certificate == WORLD.maker.certificate
    assert seal.lists(WORLD.sealer.certificate)
    PublicKey(WORLD.maker.key.public_key.point).verify(seal.signature, seal.signed_part)


def test_a_time_stamp_is_over_the_signature_value() -> None:
    value = ses.parse_signature(WORLD.signature(b"document", stamped=True))

    assert value.timestamp is not None
    assert sm3.digest(value.signature_octets) in value.timestamp


@pytest.mark.parametrize("data", [SEAL, SIGNATURE], ids=["seal", "signature"])
def test_cut_anywhere_is_malformed(data: bytes) -> None:
    """No cut crashes a parser, and none is taken for whole."""
    for end in range(len(data)):
        for reading in (ses.parse_seal, ses.parse_signature):
            with pytest.raises(MalformedData):
                reading(data[:end])


@given(st.data())
def test_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    """Whatever three octets become, only MalformedData may come out."""
    changed = bytearray(SIGNATURE)
    for _ in range(3):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        ses.parse_signature(bytes(changed))
    except MalformedData:
        return


# --- refusing before signing ---------------------------------------------------------


def test_only_listed_signers_may_seal() -> None:
    with pytest.raises(SealRefused, match="signer_not_listed"):
        ses.build_signature(
            seal=SEAL, data_hash=bytes(32), property_info="/x", signer=WORLD.stranger, at=SIGNED_AT
        )


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOT_BEFORE - timedelta(seconds=1), "before_period"),
        (NOT_AFTER + timedelta(seconds=1), "after_period"),
    ],
)
def test_a_seal_out_of_its_period_does_not_sign(at: datetime, reason: str) -> None:
    with pytest.raises(SealRefused, match=reason):
        WORLD.signature(b"document", at=at)


def test_an_expired_certificate_does_not_sign() -> None:
    """The seal may outlive the certificate; the signature may not be made then."""
    world = World()
    world.sealer = world.ca.issue("短命", not_after=datetime(2026, 1, 1, tzinfo=UTC))

    with pytest.raises(SealRefused, match="certificate_period"):
        world.signature(b"document", at=SIGNED_AT)


def test_wrong_use_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        WORLD.signature(b"document", version=3)
    with pytest.raises(ValueError):
        WORLD.signature(b"document", version=1, stamped=True)
    with pytest.raises(ValueError):
        ses.build_signature(
            seal=SEAL, data_hash=b"", property_info="/x", signer=WORLD.sealer, at=SIGNED_AT
        )
    with pytest.raises(ValueError):
        ses.build_signature(
            seal=WORLD.seal(version=5), data_hash=bytes(32), property_info="/x",
            signer=WORLD.sealer, at=SIGNED_AT,
        )  # fmt: skip


# --- what vendors write --------------------------------------------------------------


def parts(data: bytes) -> list[bytes]:
    return [node.raw for node in der.read(data).fields("test").rest()]


def with_part(data: bytes, path: tuple[int, ...], change: Callable[[bytes], bytes]) -> bytes:
    """*data* with the element at *path* replaced; signatures are not renewed."""
    if not path:
        return change(data)
    children = parts(data)
    children[path[0]] = with_part(children[path[0]], path[1:], change)
    return der.encode(data[0], *children)


def content(element: bytes) -> bytes:
    return der.read(element).content


def raw_value(bits: bytes) -> bytes:
    r, s = curve.decode_signature(content(bits)[1:])
    return der.bit_string(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def unused_bits(bits: bytes) -> bytes:
    return der.encode(der.BIT_STRING, b"\x07" + content(bits)[1:])


def as_octets(bits: bytes) -> bytes:
    return der.octet_string(content(bits)[1:])


def extensions(*items: bytes) -> bytes:
    return der.sequence(*items)


ITEM = der.sequence(der.oid("1.2.3"), der.octet_string(b"x"))
EXPLICIT_ITEM = der.sequence(der.oid("1.2.3"), der.boolean(False), der.octet_string(b"x"))
# path in SES_Signature: 0 TBS {0 version, 1 seal {0 info {0 header, 1 id, 2 property, 3 picture}
# 1 cert 2 oid 3 value} 2 time 3 hash 4 path} 1 cert 2 oid 3 value
INFO, PROPERTY = (0, 1, 0), (0, 1, 0, 2)
VENDORS: dict[str, tuple[tuple[int, ...], Callable[[bytes], bytes], Quirk]] = {
    "tongz: raw r‖s": ((3,), raw_value, Quirk.RAW_SIGNATURE),
    "unused bits": ((3,), unused_bits, Quirk.UNUSED_BITS),
    "dataHash as octets": ((0, 3), as_octets, Quirk.OCTETS_FOR_BITS),
    "seal in octets": ((0, 1), der.octet_string, Quirk.SEAL_WRAPPED),
    "naked certificate": ((1,), content, Quirk.CERTIFICATE_UNWRAPPED),
    "algorithm identifier": ((2,), der.sequence, Quirk.ALGORITHM_WRAPPED),
    "UTCTime": ((0, 2), lambda _: der.utc(SIGNED_AT), Quirk.TIME_TYPE),
    "time without zone": (
        (0, 2), lambda _: der.encode(der.GENERALIZED_TIME, b"20260504110201"), Quirk.LOCAL_TIME,
    ),
    "version": ((0, 0), lambda _: der.integer(3), Quirk.VERSION_NUMBER),
    "header version": ((*INFO, 0, 1), lambda _: der.integer(11), Quirk.VERSION_NUMBER),
    "header ID": ((*INFO, 0, 0), lambda _: der.ia5_string("SE"), Quirk.HEADER_ID),
    "Chinese in IA5String": (
        (*INFO, 1), lambda _: der.encode(der.IA5_STRING, "编号".encode("gbk")), Quirk.TEXT_TYPE,
    ),
    "list type": ((*PROPERTY, 2), lambda _: der.integer(2), Quirk.SIGNER_LIST_TYPE),
    "tongz: [0] of one item": (
        (0,), lambda tbs: der.sequence(*parts(tbs), der.explicit(0, ITEM)), Quirk.EXTENSIONS_SHAPE,
    ),
    "untagged extensions": (
        (0,), lambda tbs: der.sequence(*parts(tbs), extensions(ITEM)), Quirk.EXTENSIONS_UNTAGGED,
    ),
    "gomain: critical FALSE": (
        INFO, lambda info: der.sequence(*parts(info), extensions(EXPLICIT_ITEM)),
        Quirk.EXPLICIT_DEFAULT,
    ),
    "tagged seal extensions": (
        INFO, lambda info: der.sequence(*parts(info), der.explicit(0, extensions(ITEM))),
        Quirk.EXTENSIONS_TAGGED,
    ),
    "extensions in octets": (
        INFO, lambda info: der.sequence(*parts(info), der.octet_string(extensions(ITEM))),
        Quirk.EXTENSIONS_WRAPPED,
    ),
    "unknown extension items": (
        INFO, lambda info: der.sequence(*parts(info), extensions(der.null())),
        Quirk.EXTENSIONS_SHAPE,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "change", "quirk"), VENDORS.values(), ids=list(VENDORS))
def test_deviations_are_read_and_named(
    path: tuple[int, ...], change: Callable[[bytes], bytes], quirk: Quirk
) -> None:
    """Facts/ofd.md §2: each deviation is read, named, and changes nothing else that is read."""
    ours = ses.parse_signature(SIGNATURE)

    theirs = ses.parse_signature(with_part(SIGNATURE, path, change))

    assert quirk in theirs.quirks
    assert theirs.signed_at == ours.signed_at
    assert theirs.certificate == ours.certificate
    assert theirs.signature == ours.signature
    assert theirs.seal.certificates == ours.seal.certificates


OLD = WORLD.signature(b"document", version=1)
OLD_TIMES = {
    "dms360": b"2026-05-04T03:02:01.000Z",
    "ofdrw, local": b"2026-05-04 11:02:01",
    "digits, local": b"20260504110201",
    "UTCTime": der.utc(SIGNED_AT),
    "GeneralizedTime": der.generalized(SIGNED_AT),
}


@pytest.mark.parametrize("written", OLD_TIMES.values(), ids=list(OLD_TIMES))
@pytest.mark.parametrize("wrap", [der.bit_string, der.octet_string])
def test_times_of_the_old_standard(written: bytes, wrap: Callable[[bytes], bytes]) -> None:
    """timeInfo is a BIT STRING around anything that tells the time."""
    value = ses.parse_signature(with_part(OLD, (0, 2), lambda _: wrap(written)))

    assert value.signed_at == SIGNED_AT


def test_a_time_stamp_in_place_of_the_time() -> None:
    token = WORLD.tsa.stamp(b"x")

    value = ses.parse_signature(with_part(OLD, (0, 2), lambda _: der.bit_string(token)))

    assert value.signed_at is None
    assert value.timestamp == token


@pytest.mark.parametrize("wrap", [der.bit_string, der.octet_string])
def test_a_wrapped_sign_info_is_unwrapped(wrap: Callable[[bytes], bytes]) -> None:
    value = ses.parse_signature(with_part(OLD, (0, 1, 1), wrap))

    assert Quirk.SIGN_INFO_WRAPPED in value.quirks
    assert value.seal.maker_certificate == WORLD.maker.certificate


def test_an_unreadable_sign_info_leaves_no_maker() -> None:
    """Such a seal can be looked at, but nothing vouches for it."""
    value = ses.parse_signature(with_part(OLD, (0, 1, 1), lambda _: der.bit_string(b"junk")))

    assert Quirk.SIGN_INFO_UNREADABLE in value.quirks
    assert (value.seal.maker_certificate, value.seal.signature) == (b"", b"")


def test_a_dangling_list_lists_nobody() -> None:
    """dms360 writes IA5String "1" where the certificate belongs."""
    dangling = der.sequence(der.ia5_string("1"))

    value = ses.parse_signature(with_part(OLD, (*PROPERTY, 2), lambda _: dangling))

    assert Quirk.SIGNER_LIST_DANGLING in value.quirks
    assert not value.seal.has_signer_list
    assert not value.seal.lists(WORLD.sealer.certificate)


@pytest.mark.parametrize(
    ("label", "digest"), [("SM3", sm3.digest), ("sha-256", lambda c: sha256(c).digest())]
)
def test_lists_of_digests(label: str, digest: Callable[[bytes], bytes]) -> None:
    """certListType 2: the label is free text, the digest tells."""
    entry = der.sequence(
        der.printable_string(label), der.octet_string(digest(WORLD.sealer.certificate))
    )
    listed = with_part(SIGNATURE, (*PROPERTY, 3), lambda _: der.sequence(entry))
    value = ses.parse_signature(with_part(listed, (*PROPERTY, 2), lambda _: der.integer(2)))

    assert value.quirks == ()
    assert value.seal.lists(WORLD.sealer.certificate)
    assert not value.seal.lists(WORLD.stranger.certificate)


def test_signature_and_seal_of_different_standards_are_refused() -> None:
    """A seal of 2014 inside a signature of 2020 is nobody's format."""
    old_seal = WORLD.seal(version=1)
    with pytest.raises(MalformedData):
        ses.parse_signature(with_part(SIGNATURE, (0, 1), lambda _: old_seal))


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "version"), [("UserV1.esl", 1), ("UserV4.esl", 4), ("UserV5_ts.esl", 5)]
)
def test_seals_of_another_writer(name: str, version: int) -> None:
    """ofdrw's seals read without quirk, and their makers' signatures hold."""
    seal = ses.parse_seal(sample(f"seals/{name}"))

    assert (seal.version, seal.quirks) == (version, ())
    assert replace(seal, version=0).version == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_openssl_verifies_both_signatures(tmp_path: Path) -> None:
    """A second opinion: signer over TBS_Sign, maker over SES_SealInfo, identity given by hand."""
    value = ses.parse_signature(SIGNATURE)
    for name, who, signature, message in (
        ("signer", WORLD.sealer, value.signature, value.tbs),
        ("maker", WORLD.maker, value.seal.signature, value.seal.signed_part),
    ):
        (tmp_path / "key").write_bytes(who.parsed.public_key_info)
        (tmp_path / "value").write_bytes(signature)
        (tmp_path / "message").write_bytes(message)
        command = "openssl dgst -sm3 -verify key -keyform DER -signature value"
        judged = subprocess.run(
            [*command.split(), "-sigopt", "distid:1234567812345678", "message"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert "Verified OK" in judged.stdout, (name, judged.stderr)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize("version", [1, 4, 5])
@pytest.mark.parametrize(("kind", "picture"), [("svg", SVG), ("OFD", ofd(1)), ("png", PICTURE)])
def test_seals_carry_any_picture_in_every_version(version: int, kind: str, picture: bytes) -> None:
    """Written, read back, and used: the same picture, and no quirk."""
    made = seal_with(picture=picture, picture_type=kind, version=version)

    assert ses.parse_seal(made).picture == picture
    assert ses.parse_seal(made).picture_type == kind
    value = ses.build_signature(
        seal=made,
        data_hash=bytes(32),
        property_info="/x",
        signer=WORLD.sealer,
        at=SIGNED_AT,
        version=version,
    )
    assert ses.parse_signature(value).seal.der == made


@pytest.mark.parametrize("version", [4, 5])
def test_a_list_of_digests_lets_its_signers_seal_and_nobody_else(version: int) -> None:
    """certListType 2: the seal tells who may use it without carrying certificates."""
    made = ses.parse_seal(seal_with(version=version, signers="digests"))

    assert made.certificates == ()
    assert made.certificate_digests == (("SM3", sm3.digest(WORLD.sealer.certificate)),)
    assert made.lists(WORLD.sealer.certificate)
    assert not made.lists(WORLD.maker.certificate)
    with pytest.raises(ValueError, match="digests"):
        seal_with(version=1, signers="digests")


def test_a_seal_that_would_not_stand_up_is_not_given_out() -> None:
    """A picture of another type, a dangerous one, a key that is not the maker's."""
    with pytest.raises(ValueError, match="no gif"):
        seal_with(picture_type="gif")
    with pytest.raises(MalformedData):
        seal_with(picture=SVG.replace(b"/>", b"><script/></svg>"), picture_type="SVG")
    with pytest.raises(InvalidSignature):
        seal_with(maker=replace(WORLD.maker, key=WORLD.sealer.key))


def seal_with(**wishes: Any) -> bytes:
    usual: dict[str, Any] = {
        "seal_id": "14010000000009",
        "name": "测试单位甲公章",
        "seal_type": 1,
        "vendor": "ZHANGYIN",
        "certificates": [WORLD.sealer.certificate],
        "created_at": NOT_BEFORE,
        "valid_from": NOT_BEFORE,
        "valid_to": NOT_AFTER,
        "picture": PICTURE,
        "picture_type": "png",
        "width_mm": 40,
        "height_mm": 40,
        "maker": WORLD.maker,
    }
    return ses.build_seal(**usual | wishes)
