"""Content that a PDF carries and does not show: what a shadow attack prepares before signing.

Pages and drawings that nothing refers to wait for a later table to name them; layers that are
off wait to be switched on. None of this is wrong by itself, and untidy programs leave such
things behind, so it is worth telling and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyhanko.pdf_utils import generic

from seal_core.formats.pdf_objects import elements, entry
from verify.readers.pdf_usages import JudgedRevision, references

_END = re.compile(rb"stream|endobj")
_REFERENCE = re.compile(rb"(?<!\d)(\d+)[\s\x00]+\d+[\s\x00]+R")
_PARTS = frozenset({"/Page", "/Annot"})
_MECHANICS = frozenset({"/ObjStm", "/XRef", "/Metadata", "/EmbeddedFile"})


def has_hidden_content(revision: JudgedRevision) -> bool:
    """Whether *revision* carries pages, drawings or layers that no reader shows."""
    return _has_layers_off(revision) or any(map(_is_showable, _orphans(revision)))


def _has_layers_off(revision: JudgedRevision) -> bool:
    """ISO 32000-2, 8.11.4: layers that are off until somebody switches them on."""
    layers = entry(revision.root, "/OCProperties")
    default = entry(layers, "/D")
    off = entry(layers, "/OCGs") if entry(default, "/BaseState") == "/OFF" else None
    return any(True for array in (off, entry(default, "/OFF")) for _ in elements(array))


def _orphans(revision: JudgedRevision) -> Iterator[generic.PdfObject]:
    """Objects to which nothing refers."""
    found = _REFERENCE.findall(b" ".join(_texts(revision)))
    trailer = (number for number, _ in references(revision.trailer_view))
    referred = {*map(int, found), *trailer}
    for (number, _), (ref, _) in revision.reader.outline.places(revision.revision).items():
        if number not in referred:
            yield revision(ref)


def _texts(revision: JudgedRevision) -> Iterator[bytes]:
    """Where references may stand: all objects without their streams, and object streams."""
    reader = revision.reader
    data = reader.stream.getvalue()
    for _, place in reader.outline.places(revision.revision).values():
        if isinstance(place, int):
            end = _END.search(data, place)
            yield data[place : end.start() if end else len(data)]
    for number in range(revision.revision + 1):
        for ref in reader.xrefs.object_streams_used_in(number):
            yield revision(ref).data


def _is_showable(value: generic.PdfObject) -> bool:
    kind = entry(value, "/Type")
    if isinstance(value, generic.StreamObject):
        is_hint = isinstance(entry(value, "/S"), generic.NumberObject)  # ISO 32000-2, F.4
        return kind not in _MECHANICS and not is_hint
    return kind in _PARTS
