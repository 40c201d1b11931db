"""The pushed messages: one field list per act, rendered as XML or JSON (§1.4, §2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lxml import etree

Fields = dict[str, Any]


def as_xml(fields: Mapping[str, Any]) -> bytes:
    """Text in CDATA, numbers bare, as the platform writes it."""
    return f"<xml>{_nodes(fields)}</xml>".encode()


def as_json(fields: Mapping[str, Any], *, numbers_as_text: bool = False) -> bytes:
    """Real characters, not escapes."""
    given = {k: str(v) if isinstance(v, int) else v for k, v in fields.items()}
    return json.dumps(given if numbers_as_text else dict(fields), ensure_ascii=False).encode()


def read_xml(data: bytes) -> dict[str, Any]:
    """The children of <xml>, one level of nesting. Raises ValueError if it is not well formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        raise ValueError(f"not well-formed XML: {exc.msg}") from exc
    if root.tag != "xml" or b"<!DOCTYPE" in data:
        raise ValueError("the root element must be <xml>, without a document type")
    return _children(root)


def _children(node: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node:
        name = str(child.tag)
        value: Any = _children(child) if len(child) else (child.text or "")
        if name in found and name != "item":
            raise ValueError(f"<{name}> appears twice")
        if name == "item":
            found.setdefault("item", []).append(value)
        else:
            found[name] = value
    return found


def _nodes(fields: Mapping[str, Any]) -> str:
    return "".join(_node(name, value) for name, value in fields.items())


def _node(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_nodes(value)}</{name}>"
    if isinstance(value, list):
        return "".join(_node(name, item) for item in value)
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    safe = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{safe}]]></{name}>"
