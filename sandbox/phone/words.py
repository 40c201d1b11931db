"""Message text as a messenger draws it: `<a href>` and bare addresses become links, no more."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_LINK: Final = re.compile(
    r'<a\s[^>]*?href="(?P<href>https?://[^"<>\s]+)"[^>]*>(?P<words>[^<]*)</a>'
    r"|(?P<bare>https?://[!-;=?-~]+[\w/=&#])",  # ASCII but for < and >
)


def rich(text: str) -> Markup:
    """*text* as safe HTML."""
    drawn, end = Markup(""), 0
    for found in _LINK.finditer(text):
        href = found["href"] or found["bare"]
        drawn += escape(text[end : found.start()]) + link(href, found["words"] or href)
        end = found.end()
    return drawn + escape(text[end:])


def link(href: str, words: str) -> Markup:
    """A link that opens beside the conversation."""
    return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(href, words)
