"""SM3 and SM4-GCM against the published vectors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seal_core.errors import DecryptionFailed, InvalidKey
from seal_core.gm import sm3, sm4

VECTORS = Path(__file__).parents[2] / "vectors"


@pytest.mark.parametrize("hasher", [sm3.new, sm3._CryptographyHasher])
def test_published_digests(hasher: type[sm3._CryptographyHasher]) -> None:
    """Both providers give the standard's digests, in one piece and in several."""
    for vector in json.loads((VECTORS / "sm3.json").read_text("utf-8")):
        message = bytes.fromhex(vector["message"])
        pieces = hasher(message[:1])
        pieces.update(message[1:])
        assert pieces.digest().hex() == vector["digest"]
        assert sm3.digest(message).hex() == vector["digest"]


def test_published_gcm_opens() -> None:
    """RFC 8998's message opens under its key."""
    vector = json.loads((VECTORS / "sm4.json").read_text("utf-8"))
    part = {name: bytes.fromhex(value) for name, value in vector.items() if name != "origin"}
    sealed = part["nonce"] + part["ciphertext"] + part["tag"]

    assert sm4.decrypt(part["key"], sealed, part["aad"]) == part["plaintext"]


def test_anything_changed_stays_closed() -> None:
    """A flipped bit anywhere, other associated data, another key, a cut: all refused."""
    key = bytes(range(16))
    sealed = sm4.encrypt(key, b"wrapped key", b"seal-1")

    assert sm4.decrypt(key, sealed, b"seal-1") == b"wrapped key"
    for position in range(len(sealed)):
        flipped = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises(DecryptionFailed):
            sm4.decrypt(key, flipped, b"seal-1")
    for wrong_key, wrong, aad in (
        (key, sealed, b"seal-2"),
        (bytes(16), sealed, b"seal-1"),
        (key, sealed[:27], b"seal-1"),
        (key, b"", b""),
    ):
        with pytest.raises(DecryptionFailed):
            sm4.decrypt(wrong_key, wrong, aad)


def test_nonces_differ() -> None:
    assert len({sm4.encrypt(bytes(16), b"")[: sm4.NONCE_SIZE] for _ in range(16)}) == 16


def test_a_key_of_another_length_is_no_key() -> None:
    with pytest.raises(InvalidKey):
        sm4.encrypt(b"short", b"m")
