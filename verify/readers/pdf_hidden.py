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
_FIRST_LOOK = 512  # octets; most objects are shorter
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
    words = b" ".join(_texts(revision)).split()  # a regular expression takes ten times as long
    referred = {_trailing(words[at - 2]) for at, word in enumerate(words) if word[:1] == b"R"}
    referred |= {b"%d" % number for number, _ in references(revision.trailer_view)}
    for (number, _), (ref, _) in revision.reader.outline.places(revision.revision).items():
        if b"%d" % number not in referred:
            yield revision(ref)


def _trailing(word: bytes) -> bytes:
    """The digits at its end, as in ``[6`` and ``R6``."""
    return word[len(word.rstrip(b"0123456789")) :]


def _texts(revision: JudgedRevision) -> Iterator[bytes]:
    """Where references may stand: all objects without their streams, and object streams."""
    reader = revision.reader
    data = reader.stream.getvalue()
    for _, place in reader.outline.places(revision.revision).values():
        if isinstance(place, int):
            end = data.find(b"endobj", place, place + _FIRST_LOOK)
            inner = data.find(b"stream", place, end if end > 0 else place + _FIRST_LOOK)
            if (end := inner if inner > 0 else end) < 0:
                found = _END.search(data, place)
                end = found.start() if found else len(data)
            yield data[place:end]
    for number in range(revision.revision + 1):
        for ref in reader.xrefs.object_streams_used_in(number):
            yield revision(ref).data


def _is_showable(value: generic.PdfObject) -> bool:
    kind = entry(value, "/Type")
    if isinstance(value, generic.StreamObject):
        is_hint = isinstance(entry(value, "/S"), generic.NumberObject)  # ISO 32000-2, F.4
        return kind not in _MECHANICS and not is_hint
    return kind in _PARTS
