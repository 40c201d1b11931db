"""Whatever octets arrive, reading them ends in a push or in MalformedPush."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from channels.alipay import payload as alipay
from channels.errors import MalformedPush
from channels.wechat import payload as wechat
from channels.wire import clean, parse_json, parse_xml, shorten, split_text

_TAGS = st.sampled_from(
    ["<xml>", "</xml>", "<MsgType>", "</MsgType>", "text", "event", "<![CDATA[", "]]>", "<!DOCTYPE",
     "&amp;", "&#0;", "&x;", "<?xml?>", "<List>", "</List>", "<a/>", '"', "{", "}", "[", "]", ":",
     '"MsgType"', '"FromUserName"', '"List"', "null", "true", "1e9", "-", "\\u0000", "\\ud800"]
)  # fmt: skip
_SOUP = st.lists(_TAGS | st.text(max_size=4), max_size=30).map("".join)


@given(st.binary(max_size=200) | _SOUP.map(lambda text: text.encode("utf-8", "replace")))
def test_any_octets_to_wechat(message: bytes) -> None:
    with contextlib.suppress(MalformedPush):
        assert wechat.parse(message, "wx1").account == "wx1"


@given(_SOUP)
def test_any_text_to_alipay(text: str) -> None:
    for fields in ({"service": "s", "biz_content": text}, {"notify_id": "n", "biz_content": text}):
        with contextlib.suppress(MalformedPush):
            assert alipay.parse(fields, "2021").account == "2021"


@given(_SOUP)
def test_parsers_raise_one_error(text: str) -> None:
    for parse in (parse_xml, parse_json):
        with contextlib.suppress(MalformedPush):
            assert isinstance(parse(text), dict)


@given(st.text(max_size=300), st.integers(8, 64))
def test_pieces_lose_only_line_ends(text: str, octets: int) -> None:
    text = clean(text)
    pieces = split_text(text, octets)

    assert all(len(piece.encode()) <= octets for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert len(shorten(text, octets).encode()) <= octets
