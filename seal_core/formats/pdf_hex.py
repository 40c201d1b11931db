"""Reads long hexadecimal strings of a PDF in one piece.

pyHanko takes them digit by digit, which is half the time of verifying a small document:
/Contents has thousands of digits. Anything but an unbroken row of digit pairs is still
pyHanko's to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic

_FIRST_LOOK = 512  # octets; most strings are identifiers of 32 digits
_LONGEST = 4 * 1024 * 1024
_PAIRS = re.compile(rb"<((?:[0-9A-Fa-f]{2})*)>")

_by_digits: Callable[[BinaryIO], Any] = generic.read_hex_string_from_stream


def read_hex_string(stream: BinaryIO) -> Any:
    """The string that begins at the stream's position."""
    start = stream.tell()
    size = _FIRST_LOOK
    head = stream.read(size)
    while b">" not in head and len(head) == size and size < _LONGEST:
        stream.seek(start)
        size *= 16
        head = stream.read(size)
    found = _PAIRS.match(head)
    if found is None:
        stream.seek(start)
        return _by_digits(stream)
    stream.seek(start + found.end())
    return generic.pdf_string(bytes.fromhex(found.group(1).decode("ascii")))


def hasten() -> None:
    """Put ``read_hex_string`` in the place of pyHanko's function."""
    generic.read_hex_string_from_stream = read_hex_string


def restore() -> None:
    """Put pyHanko's own function back, to measure it."""
    generic.read_hex_string_from_stream = _by_digits  # type: ignore[assignment]
