"""Temporary media: upload and get (facts/platform.md §2)."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from sandbox.pictures import Pictures, media_type
from sandbox.wechat.calls import Call, Refused
from sandbox.wechat.state import Media, media_expiry

# kind -> (octets, leading bytes decide)
_LIMITS: Final = {
    "image": (10 * 2**20, frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp"})),
    "thumb": (64 * 2**10, frozenset({"image/jpeg"})),
}


def upload(call: Call) -> dict[str, Any]:
    """media/upload: multipart field `media`; the bytes must be what the type says."""
    kind = call.query.get("type", "")
    if kind not in _LIMITS:
        raise Refused(40004, "invalid media type")
    if call.upload is None or not call.upload.filename:
        raise Refused(41005, "media data missing")
    data = call.upload.read()
    limit, allowed = _LIMITS[kind]
    if not data:
        raise Refused(44001, "empty media data")
    if len(data) > limit:
        raise Refused(45001, "media size out of limit")
    if media_type(data) not in allowed:
        raise Refused(40005, "invalid file type")
    path = call.world.room(Pictures).put(data)
    expires = media_expiry(call.now)
    media = Media(call.account.appid, kind, data, media_type(data), path, expires)
    media_id = call.state.keep_media(media)
    return {"type": kind, "media_id": media_id, "created_at": int(call.now)}


def get(call: Call) -> Response:
    """media/get: the bytes; errors are JSON with HTTP 200."""
    media = call.state.media(call.account.appid, call.query.get("media_id", ""), call.now)
    if media is None:
        raise Refused(40007, "invalid media_id")
    name = f"media.{media.media_type.rpartition('/')[2]}"
    headers = {"Content-disposition": f'attachment; filename="{name}"'}
    return Response(media.data, content_type=media.media_type, headers=headers)
