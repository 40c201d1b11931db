"""Identifiers: random, opaque, never guessed from a neighbour (faults F37)."""

import secrets

TOKEN_BYTES = 24
"""192 bits from the system's generator; ASVS 11.5.1 asks for 128."""


def new_id() -> str:
    """An identifier for a record: 32 hex digits, not a secret."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A secret that opens something once (a link, a pickup code): 32 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)
