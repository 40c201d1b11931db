"""Finds the place of a signature field somebody left empty for the seal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyhanko.pdf_utils import generic

from seal_core.engines.placement import Rect
from seal_core.errors import UnknownPlace
from seal_core.formats.pdf_bytes import SignatureField
from seal_core.formats.pdf_objects import entry, pointers, reference
from seal_core.formats.pdf_page import Page, Pages, read_rect


def place_of_field(fields: Sequence[SignatureField], pages: Pages, name: str) -> tuple[int, Rect]:
    """The page (from 1) and the box in mm of the empty, visible signature field *name*.

    Raises UnknownPlace: no such field, signed already, not shown in one place, or it makes
    conditions (a lock or seed value, ISO 32000-2, 12.7.5.5) that a seal does not meet; or
    field and widget are two objects and something is signed already.
    """
    named = [field for field in fields if field.name == name]
    if len(named) != 1 or named[0].value is not None:
        raise UnknownPlace(name)
    field = named[0]
    if entry(field.dictionary, "/Lock") is not None or entry(field.dictionary, "/SV") is not None:
        raise UnknownPlace(f"{name}: the field makes conditions")
    kids = pointers(entry(field.dictionary, "/Kids"))
    if kids and any(other.value is not None for other in fields):
        # pyHanko allows a freshly signed field a new appearance, but not a widget of its own
        raise UnknownPlace(f"{name}: to sign it would look like a change to earlier signers")
    widget = field.widgets[0]
    page = _page_of(kids[0].reference if kids else field.ref, widget, pages)
    rect = read_rect(entry(widget, "/Rect"))
    if len(field.widgets) != 1 or page is None or rect is None:
        raise UnknownPlace(f"{name}: the field is not shown in one place")
    box = page.view.box(rect)
    return page.number, Rect(box.x_mm, box.y_mm, box.w_mm, box.h_mm)


def _page_of(ref: generic.Reference, widget: generic.DictionaryObject, pages: Pages) -> Page | None:
    """The page that lists the widget; its /P is a hint that may be missing."""
    hint = reference(widget, "/P")
    named = pages.at(hint) if hint is not None else None
    candidates: Iterable[Page] = pages if named is None else (named,)
    return next((page for page in candidates if _lists(page, ref)), None)


def _lists(page: Page, ref: generic.Reference) -> bool:
    annotations = entry(page.ref.get_object(), "/Annots")
    return ref in {pointer.reference for pointer in pointers(annotations)}
