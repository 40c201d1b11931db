"""Seals in files of their own (.esl): read in whatever wrapping they come, and described."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from pathlib import Path

from seal_core.errors import MalformedData
from seal_core.formats import ses
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.pictures import kind_of
from seal_core.formats.ses import Seal

MAX_FILE = 16 * 1024 * 1024  # octets; the verifier takes no larger one from a document either
_TEXT = re.compile(
    rb"(?:-----BEGIN [A-Z0-9 ]+-----)?([A-Za-z0-9+/=\s]+)(?:-----END [A-Z0-9 ]+-----)?"
)


def read_seal(path: Path) -> Seal:
    """A seal of any of the three standards, DER, or that in Base64 as some makers hand it out.

    Raises MalformedData.
    """
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise MalformedData(path.name, "too large")
    text = _TEXT.fullmatch(data.strip())
    if text:
        try:
            data = b64decode(text[1])
        except Base64Error:
            raise MalformedData(path.name, "no Base64") from None
    return ses.parse_seal(data)


def facts(seal: Seal) -> dict[str, object]:
    """What a seal says of itself, for people and scripts."""
    return {
        "standard": ses.STANDARDS[seal.version],
        "id": seal.id,
        "name": seal.name,
        "type": seal.type,
        "vendor": seal.vendor,
        "created_at": seal.created_at.isoformat(),
        "valid_from": seal.valid_from.isoformat(),
        "valid_to": seal.valid_to.isoformat(),
        "picture": {
            "type": kind_of(seal.picture) or seal.picture_type,
            "octets": len(seal.picture),
            "width_mm": seal.width_mm,
            "height_mm": seal.height_mm,
        },
        "signers": [_named(each) for each in seal.certificates],
        "signer_digests": [f"{label}:{value.hex()}" for label, value in seal.certificate_digests],
        "maker": _named(seal.maker_certificate),
        "has_timestamp": seal.timestamp is not None,
        "quirks": list(seal.quirks),
    }


def _named(certificate: bytes) -> str:
    """Subject and serial number; empty where there is no certificate to be read."""
    try:
        found = parse_certificate(certificate)
    except MalformedData:
        return ""
    return f"{found.subject} ({found.serial:x})"
