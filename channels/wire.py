"""Reading what a platform sends, and writing text into its XML, both without surprises.

Bodies are small and flat. Whatever is not (document types, entities, depth, size) is
refused before it costs anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.parsers import expat

from channels.errors import MalformedPush, PushTooLarge

MAX_BODY = 64 * 1024  # octets; the largest push in the platforms' manuals is about 2 KiB
MAX_DEPTH = 8  # the deepest known push has 4 levels


def limit(body: bytes) -> bytes:
    """Return *body* if it is not larger than any platform sends."""
    if len(body) > MAX_BODY:
        raise PushTooLarge("body")
    return body


class _TreeBuilder:
    """Builds nested dicts of strings; repeated names become lists."""

    def __init__(self) -> None:
        self.root: dict[str, object] = {}
        self._stack: list[tuple[str, dict[str, object], list[str]]] = [("", self.root, [])]

    def start(self, name: str, _attributes: object) -> None:
        if len(self._stack) > MAX_DEPTH:
            raise MalformedPush("xml depth")
        self._stack.append((name, {}, []))

    def data(self, text: str) -> None:
        self._stack[-1][2].append(text)

    def end(self, _name: str) -> None:
        name, children, text = self._stack.pop()
        value: object = children or "".join(text)
        parent = self._stack[-1][1]
        if name not in parent:
            parent[name] = value
        elif isinstance(known := parent[name], list):
            known.append(value)
        else:
            parent[name] = [known, value]


def _refuse_declaration(*_details: object) -> None:
    # Without a document type there are no entities: neither XXE nor billion laughs.
    raise MalformedPush("xml document type")


def parse_xml(text: str) -> dict[str, object]:
    """Return the children of the root element. Raises MalformedPush, nothing else.

    Text is kept as it is, blanks included; an element with children loses its text.
    """
    limit(text.encode("utf-8", "surrogatepass"))
    tree = _TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.StartElementHandler = tree.start
    parser.CharacterDataHandler = tree.data
    parser.EndElementHandler = tree.end
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise MalformedPush("xml") from None
    root = next(iter(tree.root.values()))
    return root if isinstance(root, dict) else {}


def parse_json(text: str) -> dict[str, object]:
    """Return the JSON object *text*. Raises MalformedPush, nothing else."""
    limit(text.encode("utf-8", "surrogatepass"))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPush("json") from None
    cleaned = _without_unstorable(value, MAX_DEPTH)
    if not isinstance(cleaned, dict):
        raise MalformedPush("json object")
    return cleaned


def _without_unstorable(value: object, depth: int) -> object:
    """Drop what JSON can escape but neither XML nor a database can hold (NUL, surrogates)."""
    if depth == 0:
        raise MalformedPush("json depth")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_without_unstorable(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {clean(name): _without_unstorable(item, depth - 1) for name, item in value.items()}
    return value


def scalar(fields: Mapping[str, object], name: str, *, required: bool = False) -> str:
    """Return one field as text; numbers in JSON are as good as digits in XML.

    A field given twice or with a structure inside is refused, not guessed at.
    """
    value = fields.get(name)
    if value is None or value == {}:
        value = ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MalformedPush(name)
    text = str(value)
    if required and not text.strip():
        raise MalformedPush(name)
    return text


def record(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return a nested record, or an empty one."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[Mapping[str, object]]:
    """Return a list of records, also where one element stands alone."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def instant(text: str, *, unit: int = 1) -> datetime | None:
    """Read seconds (or 1/*unit* seconds) since 1970; None when absent, refused when absurd."""
    if not text.strip():
        return None
    try:
        return datetime.fromtimestamp(int(text) / unit, UTC)
    except (ValueError, OverflowError, OSError):
        raise MalformedPush("time") from None


def _is_xml_character(character: str) -> bool:
    # XML 1.0, 2.2 Char
    return (
        character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character >= "\U00010000"
    )


def clean(text: str) -> str:
    """Drop what XML 1.0 cannot carry: control characters and lone surrogates."""
    return "".join(filter(_is_xml_character, text))


def cdata(text: str) -> str:
    """Return *text* as CDATA that it cannot close by itself."""
    return f"<![CDATA[{clean(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def split_text(text: str, octets: int) -> list[str]:
    """Cut *text* into pieces of at most *octets* in UTF-8, at line ends where possible."""
    pieces: list[str] = []
    while len(text.encode()) > octets:
        head = text.encode()[:octets].decode(errors="ignore")
        line_end = head.rfind("\n")
        if line_end > len(head) // 2:
            head = head[: line_end + 1]
        pieces.append(head.rstrip("\n"))
        text = text[len(head) :]
    return [piece for piece in [*pieces, text] if piece.strip()]


def shorten(text: str, octets: int) -> str:
    """Cut *text* to *octets* in UTF-8, marking the cut with an ellipsis."""
    if len(text.encode()) <= octets:
        return text
    return text.encode()[: octets - 3].decode(errors="ignore") + "…"
