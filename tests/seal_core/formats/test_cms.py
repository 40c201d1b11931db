"""SignedData of both families: written strictly, read from anyone, never invented."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal_core import der
from seal_core.errors import MalformedData, SealError
from seal_core.formats import cms, timestamps
from seal_core.formats.quirks import Quirk
from seal_core.gm import sm3
from seal_core.gm.sm2 import PublicKey
from tests.support.pki import SIGNED_AT, World, signed_data

WORLD = World()
BUILT = cms.build_signed_data(
    digest=sm3.digest(b"document"), signer=WORLD.sealer, at=SIGNED_AT, timestamper=WORLD.tsa
)


def test_what_is_written_comes_back() -> None:
    """Both families, with the chain, the attributes in DER order and the time stamp."""
    for family in ("pkcs7", "gm"):
        built = cms.build_signed_data(
            digest=sm3.digest(b"document"),
            signer=WORLD.sealer,
            at=SIGNED_AT,
            timestamper=WORLD.tsa,
            family=family,
        )
        data = cms.parse_signed_data(built)
        (signer,) = data.signers

        assert (data.family, data.content, data.quirks) == (family, None, ())
        assert set(data.certificates) == {WORLD.sealer.certificate, *WORLD.sealer.chain}
        assert signer.names(WORLD.sealer.parsed)
        assert signer.values(cms.MESSAGE_DIGEST) == (der.octet_string(sm3.digest(b"document")),)
        assert signer.signed_attributes is not None
        PublicKey(WORLD.sealer.key.public_key.point).verify(
            signer.signature, signer.signed_attributes
        )
        (token,) = signer.unsigned_values(cms.TIME_STAMP_TOKEN)
        assert timestamps.parse_token(token).imprint == sm3.digest(signer.signature)


def test_cut_anywhere_is_malformed() -> None:
    for end in range(0, len(BUILT), 3):
        with pytest.raises(MalformedData):
            cms.parse_signed_data(BUILT[:end])


@given(st.data())
def test_changed_bytes_are_read_or_refused(data: st.DataObject) -> None:
    changed = bytearray(BUILT)
    for _ in range(3):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        cms.parse_signed_data(bytes(changed))
    except MalformedData:
        return


def test_ber_is_read_and_named() -> None:
    """Old PKCS#7 writers leave lengths open."""
    loose = b"\x30\x80" + der.read(BUILT).content + b"\x00\x00"

    data = cms.parse_signed_data(loose)

    assert Quirk.BER_ENCODING in data.quirks
    assert len(data.signers) == 1


def test_pkcs7_data_inside_the_chinese_twin_is_named() -> None:
    """gomain mixes the families."""
    built = signed_data(WORLD.sealer, cms.PKCS7_DATA, None, None, b"value", kind=cms.GM_SIGNED_DATA)

    assert cms.parse_signed_data(built).quirks == (Quirk.PKCS7_DATA_TYPE,)


def test_no_signers_are_told_as_none() -> None:
    """A SignedData without SignerInfo parses; whoever judges must see that nobody signed."""
    built = signed_data(WORLD.sealer, cms.GM_DATA, bytes(32), None, None, kind=cms.GM_SIGNED_DATA)

    assert cms.parse_signed_data(built).signers == ()


def test_an_attribute_given_twice_is_refused() -> None:
    """Two message digests would let reader and judge pick different ones."""
    one = cms.attribute(cms.MESSAGE_DIGEST, der.octet_string(bytes(32)))
    two = cms.attribute(cms.MESSAGE_DIGEST, der.octet_string(bytes([1] * 32)))
    built = signed_data(WORLD.sealer, cms.PKCS7_DATA, None, der.set_of(one, two), b"value")

    (signer,) = cms.parse_signed_data(built).signers
    with pytest.raises(MalformedData):
        signer.values(cms.MESSAGE_DIGEST)


def test_time_stamp_requests_and_answers() -> None:
    """The request carries SM3 and nonce; answers are read bare or inside a TimeStampResp."""
    request = der.read(timestamps.build_request(b"value", 99)).fields("TimeStampReq")
    request.take()
    assert sm3.digest(b"value") in request.take().raw
    assert request.take().integer() == 99
    assert request.take().boolean()

    token = WORLD.tsa.stamp(b"value")
    granted = der.sequence(der.sequence(der.integer(0)), token)
    for answer in (token, granted):
        stamp = timestamps.parse_token(answer)
        assert (stamp.digest, stamp.imprint) == ("sm3", sm3.digest(b"value"))
        assert stamp.at == SIGNED_AT
    with pytest.raises(MalformedData):
        timestamps.parse_response(der.sequence(der.sequence(der.integer(2)), token))
    with pytest.raises(MalformedData):
        timestamps.parse_token(BUILT)
    for end in range(0, len(token), 5):
        with pytest.raises(SealError):
            timestamps.parse_token(token[:end])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_openssl_verifies_the_signed_attributes(tmp_path: Path) -> None:
    """A second opinion on the value, with the identity given by hand."""
    (signer,) = cms.parse_signed_data(BUILT).signers
    assert signer.signed_attributes is not None
    (tmp_path / "attributes").write_bytes(signer.signed_attributes)
    (tmp_path / "value").write_bytes(signer.signature)
    (tmp_path / "key.der").write_bytes(WORLD.sealer.parsed.public_key_info)

    command = "openssl dgst -sm3 -verify key.der -keyform DER -signature value"
    judged = subprocess.run(
        [*command.split(), "-sigopt", "distid:1234567812345678", "attributes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert "Verified OK" in judged.stdout, judged.stderr
