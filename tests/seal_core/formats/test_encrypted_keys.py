"""Keys under a password, as OpenSSL writes them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from seal_core import der
from seal_core.errors import DecryptionFailed, MalformedData, SealError, UnsupportedAlgorithm
from seal_core.formats.encrypted_keys import decrypt_private_key, is_encrypted
from seal_core.gm.sm2 import PrivateKey

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command")


def encrypted(key: PrivateKey, *wishes: str) -> bytes:
    """The key as ``openssl pkcs8 -topk8`` writes it under the password ``secret``."""
    command = [str(OPENSSL), "pkcs8", "-topk8", "-inform", "DER", "-outform", "DER", *wishes]
    answer = subprocess.run(
        [*command, "-passout", "pass:secret"], input=key.to_pkcs8(), capture_output=True, check=True
    )
    return answer.stdout


@needs_openssl
@pytest.mark.parametrize(
    "wishes",
    [
        (),
        ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
        ("-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"),
        ("-v2", "sm4-cbc"),
    ],
)
def test_keys_of_openssl_open_with_their_password_alone(wishes: tuple[str, ...]) -> None:
    """Every common cipher and function; another password is refused, never a wrong key."""
    key = PrivateKey.generate()
    data = encrypted(key, *wishes)

    assert is_encrypted(data)
    assert not is_encrypted(key.to_pkcs8())
    assert PrivateKey.from_pkcs8(decrypt_private_key(data, b"secret")).scalar() == key.scalar()
    with pytest.raises(DecryptionFailed):
        decrypt_private_key(data, b"Secret")


@needs_openssl
def test_old_schemes_are_named_and_not_read() -> None:
    """DES keeps no secret today."""
    with pytest.raises(UnsupportedAlgorithm):
        decrypt_private_key(encrypted(PrivateKey.generate(), "-v2", "des3"), b"secret")


def test_endless_derivations_and_junk_are_refused() -> None:
    """A file that would take a day to open is refused at once."""
    kdf = der.sequence(der.octet_string(b"salt"), der.integer(10**12))
    cipher = der.sequence(der.oid("2.16.840.1.101.3.4.1.2"), der.octet_string(bytes(16)))
    scheme = der.sequence(der.sequence(der.oid("1.2.840.113549.1.5.12"), kdf), cipher)
    head = der.sequence(der.oid("1.2.840.113549.1.5.13"), scheme)
    with pytest.raises(MalformedData):
        decrypt_private_key(der.sequence(head, der.octet_string(bytes(16))), b"x")
    for junk in (b"", b"\x30\x00", der.sequence(head), b"\x04\x02ab"):
        with pytest.raises(SealError):
            decrypt_private_key(junk, b"x")
