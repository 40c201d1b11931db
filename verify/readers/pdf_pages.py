"""Which pages of a PDF look different after a revision.

A page looks different where something it leads to was written anew, or where its boxes are
others. What stands above the pages (optional content, the form) belongs to no page by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from seal_core.formats.pdf_objects import entry
from seal_core.formats.pdf_page import MAX_DEPTH, Page, Pages
from verify.report import ChangedPage

# To other pages, not to what this one shows (ISO 32000-2, tables 31 and 166).
_ELSEWHERE = frozenset({"/Parent", "/P", "/Dest", "/A", "/AA", "/B", "/PieceInfo"})


def changed_pages(
    before: HistoricalResolver, after: HistoricalResolver, max_pages: int
) -> Iterator[ChangedPage]:
    """The pages that changed, came or went, in the order of their numbers afterwards.

    Raises MalformedData for what is no page tree, and whatever pyHanko makes of the rest.
    """
    old, new = Pages(before, max_pages), Pages(after, max_pages)
    touched = _Touched(after)
    for page in new:
        known = old.at(page.ref)
        if known is None:
            yield ChangedPage(None, page.number)
        elif known.view != page.view or touched.by(page):
            yield ChangedPage(known.number, page.number)
    for page in old:
        if new.at(page.ref) is None:
            yield ChangedPage(page.number, None)


class _Touched:
    """Looks for objects of one revision below its pages."""

    def __init__(self, after: HistoricalResolver) -> None:
        self._after = after
        self._written = after.explicit_refs_in_revision()
        self._clean: set[generic.Reference] = set()  # nothing below them was written

    def by(self, page: Page) -> bool:
        """Whether anything the page shows was written in the revision."""
        if page.ref in self._written:
            return True
        node = self._after.get_object(page.ref)
        seen: set[generic.Reference] = {page.ref}
        stack: list[object] = [node, *self._inherited(node)]
        while stack:
            value = stack.pop()
            if isinstance(value, generic.IndirectObject):
                ref = value.reference
                if ref in self._written:
                    return True
                if ref in seen or ref in self._clean:
                    continue
                seen.add(ref)
                value = self._after.get_object(ref)
                if entry(value, "/Type") in {"/Page", "/Pages", "/Catalog"}:
                    continue
            if isinstance(value, generic.DictionaryObject):
                stack += [raw for key, raw in value.items() if key not in _ELSEWHERE]
            elif isinstance(value, generic.ArrayObject):
                stack += [value.raw_get(index) for index in range(len(value))]
        self._clean |= seen
        return False

    def _inherited(self, node: object) -> Iterator[object]:
        """The resources of the branches above."""
        for _ in range(MAX_DEPTH):
            node = entry(node, "/Parent")
            if not isinstance(node, generic.DictionaryObject):
                return
            if "/Resources" in node:
                yield node.raw_get("/Resources")
