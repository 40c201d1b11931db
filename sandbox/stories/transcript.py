"""The chat as a page anybody can open, pictures inside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from html import escape

from sandbox.world import Shown

Picture = Callable[[Shown], bytes]
"""Fetches the picture of a message."""

_STYLE = """
body{margin:0;background:#ededed;font:16px/1.6 "PingFang SC","Noto Sans CJK SC",sans-serif}
main{max-width:26rem;margin:0 auto;padding:1rem}h1{font-size:1.1rem;text-align:center}
.row{display:flex;margin:.6rem 0}.me{justify-content:flex-end}
.b{background:#fff;border-radius:.5rem;padding:.55rem .8rem;max-width:82%;white-space:pre-wrap;
overflow-wrap:anywhere}.me .b{background:#95ec69}
.note{justify-content:center;color:#666;font-size:.85rem}.note .b{background:none}
.b b{display:block}.b img{display:block;max-width:9rem}.b ol{margin:.3rem 0 0;padding-left:1.4rem}
"""


def page(title: str, rows: list[Shown], picture: Picture) -> str:
    """All that was on the screen, oldest first, as one self-contained HTML page."""
    body = "\n".join(_row(row, picture) for row in rows if row.kind != "typing")
    return (
        f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style><main><h1>{escape(title)}</h1>{body}</main></html>"
    )


def _row(row: Shown, picture: Picture) -> str:
    side = {"person": "me", "service": "you"}.get(row.sender, "note")
    title = f"<b>{escape(row.title)}</b>" if row.title else ""
    choices = "".join(f"<li>{escape(_bare(choice.text))}</li>" for choice in row.choices)
    image = _image(picture(row)) if row.picture else ""
    menu = f"<ol>{choices}</ol>" if choices else ""
    return (
        f'<div class="row {side}"><div class="b">{title}{image}{escape(row.text)}{menu}'
        f"{escape(row.tail)}</div></div>"
    )


def _image(data: bytes) -> str:
    return f'<img alt="" src="data:image/png;base64,{b64encode(data).decode()}">'


def _bare(label: str) -> str:
    """The label without its own number; the list has numbers of its own."""
    number, dot, rest = label.partition(". ")
    return rest if dot and number.isdigit() else label
