"""Alipay's signatures: RSA with SHA-256 over sorted ``name=value`` pairs.

A push is verified over the octets it came with, before any of them is decoded: what
charset the fields are in (GBK by default) has no say in whether they are genuine.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from channels.errors import MalformedPush, UntrustedPush

SIGN_TYPE = "RSA2"  # "RSA" is SHA-1 and refused
RawFields = Mapping[str, bytes]


def load_private_key(text: str) -> rsa.RSAPrivateKey:
    """Read our application key: PEM, or the bare base64 Alipay's tool exports."""
    try:
        key = load_pem_private_key(_pem_or_none(text), None)
    except ValueError:
        try:
            key = load_der_private_key(base64.b64decode(text), None)
        except ValueError:
            # The cause would quote the key.
            raise ValueError("not an RSA private key (PEM or base64 PKCS#8/PKCS#1)") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA private key")  # noqa: TRY004 - a wrong setting, not a wrong call
    return key


def load_public_key(text: str) -> rsa.RSAPublicKey:
    """Read Alipay's key (not our own!): PEM, or bare base64."""
    try:
        key = load_pem_public_key(_pem_or_none(text))
    except ValueError:
        try:
            key = load_der_public_key(base64.b64decode(text))
        except ValueError:
            raise ValueError("not an RSA public key (PEM or base64)") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA public key")  # noqa: TRY004 - a wrong setting, not a wrong call
    return key


def _pem_or_none(text: str) -> bytes:
    return text.strip().encode() if "-----BEGIN" in text else b""


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    """Return the RSA2 signature over *message*, base64."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether *signature* (base64) is an RSA2 signature of *key* over *message*."""
    try:
        value = base64.b64decode(signature, validate=True)
        key.verify(value, message, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def parse_form(body: bytes) -> dict[str, bytes]:
    """Part a form body into fields, values still undecoded. Raises MalformedPush.

    A field given twice is refused: which of the two is signed would be a matter of taste.
    """
    fields: dict[str, bytes] = {}
    for pair in filter(None, body.split(b"&")):
        name, _, value = pair.partition(b"=")
        try:
            key = unquote_to_bytes(name.replace(b"+", b" ")).decode("ascii")
        except UnicodeDecodeError:
            raise MalformedPush("field name") from None
        if key in fields:
            raise MalformedPush(key)
        fields[key] = unquote_to_bytes(value.replace(b"+", b" "))
    return fields


def check_form(fields: RawFields, key: rsa.RSAPublicKey) -> None:
    """Raise UntrustedPush unless Alipay signed *fields*.

    The gateway ("service") signs its sign_type too (V2); notifications do not (V1).
    """
    if fields.get("sign_type") != SIGN_TYPE.encode():
        raise UntrustedPush("sign_type")
    unsigned = {"sign"} if "service" in fields else {"sign", "sign_type"}
    message = b"&".join(
        name.encode() + b"=" + value
        for name, value in sorted(fields.items())
        if value and name not in unsigned
    )
    signature = fields.get("sign", b"").decode("ascii", "replace")
    if not is_signed(key, message, signature):
        raise UntrustedPush("signature")


def decode_form(fields: RawFields) -> dict[str, str]:
    """Decode verified *fields* by the charset they declare. Raises MalformedPush."""
    declared = fields.get("charset", b"").decode("ascii", "replace").lower()
    encoding = "gb18030" if re.fullmatch(r"gbk|gb2312|gb18030", declared) else "utf-8"
    try:
        return {name: value.decode(encoding) for name, value in fields.items()}
    except UnicodeDecodeError:
        raise MalformedPush("charset") from None
