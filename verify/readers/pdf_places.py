"""Where the seals of a PDF are shown."""

from __future__ import annotations

from functools import cached_property

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.formats.pdf_objects import entry, pointers, reference
from seal_core.formats.pdf_page import Page, Pages, read_rect
from seal_core.formats.pdf_seal import CODE_ENTRY, PLACES_ENTRY
from verify.readers.pdf_signature import SignatureValue
from verify.report import Place

_UNSEEN = 2 | 32  # annotation flags Hidden and NoView (ISO 32000-2, table 167)


class Shown:
    """The annotations of all pages; a widget that no page lists is not shown."""

    def __init__(self, reader: PdfFileReader, max_pages: int) -> None:
        self._reader = reader
        self._pages = Pages(reader, max_pages)

    def places(self, value: SignatureValue) -> tuple[Place, ...]:
        """All places of one signature, in the order of pages."""
        listed = pointers(entry(value.dictionary, PLACES_ENTRY))
        annotations = [pointer.reference for pointer in listed]
        for field in value.fields:
            kids = pointers(entry(field.dictionary, "/Kids"))
            annotations += [kid.reference for kid in kids] or [field.ref]
        found = (self._place(ref) for ref in dict.fromkeys(annotations))
        places = [place for place in found if place is not None]
        return tuple(sorted(places, key=lambda place: (place.page, place.y_mm, place.x_mm)))

    def _place(self, ref: generic.Reference) -> Place | None:
        annotation = self._reader.get_object(ref)
        rect = read_rect(entry(annotation, "/Rect"))
        if (
            rect is None
            or int(entry(annotation, "/F", 0)) & _UNSEEN
            or entry(annotation, CODE_ENTRY)
        ):
            return None
        page = self._page_of(ref, annotation)
        if page is None:
            return None
        box = page.view.box(rect)
        sizes = (round(mm, 2) for mm in (box.x_mm, box.y_mm, box.w_mm, box.h_mm))
        return Place(page.number, *sizes)

    def _page_of(self, ref: generic.Reference, annotation: generic.DictionaryObject) -> Page | None:
        """The page that lists the annotation: usually the one it names, which is asked first."""
        named = reference(annotation, "/P")
        page = self._pages.at(named) if named is not None else None
        if page is not None and ref in self._annotations(page):
            return page
        return self._by_annotation.get(ref)

    def _annotations(self, page: Page) -> list[generic.Reference]:
        listed = entry(self._reader.get_object(page.ref), "/Annots")
        return [pointer.reference for pointer in pointers(listed)]

    @cached_property
    def _by_annotation(self) -> dict[generic.Reference, Page]:
        return {ref: page for page in self._pages for ref in self._annotations(page)}
