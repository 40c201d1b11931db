"""What we say on WeChat's open request, as XML or JSON, plain or sealed."""

from __future__ import annotations

import json
from datetime import datetime

from channels.push import ImageReply, NewsReply, Push, Reply, TextReply
from channels.wire import cdata, clean, shorten

TEXT_LIMIT = 2048  # octets of UTF-8 that WeChat shows of one text

Fields = dict[str, object]


def fields_of(reply: Reply, push: Push, at: datetime) -> Fields:
    """Return the reply's fields, or nothing when there is nothing to say.

    Longer text than WeChat shows is cut with an ellipsis; who has more to say sends it
    as customer messages.
    """
    content = _content(reply)
    if not content:
        return {}
    return {
        "ToUserName": push.sender,
        "FromUserName": push.addressee,
        "CreateTime": int(at.timestamp()),
        **content,
    }


def _content(reply: Reply) -> Fields:
    match reply:
        case TextReply(text) if clean(text).strip():
            return {"MsgType": "text", "Content": shorten(clean(text), TEXT_LIMIT)}
        case ImageReply(media_id):
            return {"MsgType": "image", "Image": {"MediaId": media_id}}
        case NewsReply(title, description, url, picture_url):
            article = {
                "Title": title,
                "Description": description,
                "PicUrl": picture_url,
                "Url": url,
            }
            # One article is all that is shown since 2018.
            return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": article}}
        case _:
            return {}  # an empty text would show the person an error banner


def render(fields: Fields, wire: str) -> str:
    """Return *fields* as the XML or JSON document WeChat expects."""
    if wire == "json":
        return json.dumps(fields, ensure_ascii=False)
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Fields) -> str:
    return "".join(f"<{name}>{_element(value)}</{name}>" for name, value in fields.items())


def _element(value: object) -> str:
    if isinstance(value, dict):
        return _elements(value)
    return str(value) if isinstance(value, int) else cdata(str(value))
