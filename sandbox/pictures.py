"""Pictures and files that appear on screens, kept for as long as the run lasts."""

from __future__ import annotations

import io
import secrets
import threading
from dataclasses import dataclass, field

import qrcode
from PIL import Image

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes with their type as the bytes themselves tell it."""

    data: bytes = field(repr=False)
    media_type: str
    name: str = ""


class Pictures:
    """Hands out unguessable names for what is put in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Picture] = {}

    def put(self, data: bytes, name: str = "") -> str:
        """Keep *data*; return its path below the sandbox's URL."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[key] = Picture(data, media_type(data), name)
        return f"/phone/picture/{key}"

    def get(self, key: str) -> Picture | None:
        """What was put under *key*."""
        with self._lock:
            return self._kept.get(key)


def media_type(data: bytes) -> str:
    """By the leading bytes; never by a name somebody gave."""
    known = (kind for magic, kind in _MAGIC if data.startswith(magic))
    return next(known, "application/octet-stream")


def qr_picture(content: str, width: int = 430, *, kind: str = "JPEG") -> bytes:
    """A QR code with *content*, *width* pixels wide."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(content)
    code.make(fit=True)
    drawn = code.make_image().get_image().convert("L")
    scaled = drawn.resize((width, width), Image.Resampling.NEAREST)
    out = io.BytesIO()
    scaled.save(out, kind)
    return out.getvalue()
