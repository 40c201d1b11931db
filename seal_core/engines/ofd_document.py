"""An OFD document that could be sealed: its pages, its texts, the signatures it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import overload

from seal_core.engines.ofd_text import Glyph, find_text, page_glyphs
from seal_core.engines.placement import Impression
from seal_core.engines.protocol import Found, PageSize
from seal_core.errors import DocumentRefused, MalformedData, PackageRefused
from seal_core.formats.ofd_model import Body, OfdModel, Page, page_size_mm, read_model
from seal_core.formats.ofd_package import ROOT, OfdPackage, children
from seal_core.formats.ofd_signatures import (
    SignatureFile,
    SignatureList,
    read_signature,
    read_signature_list,
)

INTEGRITY_LIST = "/OFDEntries.xml"  # GM/T 0099, annex D: names every file, so none may be added

_REFUSALS = {
    "too_large": "too_complex",
    "too_many_entries": "too_many_pages",
    "too_many_pages": "too_many_pages",
    "encrypted": "encrypted",
}


class Signed:
    """The signatures a document has already."""

    def __init__(self, package: OfdPackage, path: str) -> None:
        self.list: SignatureList = read_signature_list(package, path)
        self.files: list[SignatureFile] = []
        for listed in self.list.signatures:
            if listed.path is None:
                raise MalformedData("signatures", f"{listed.id} leads out of the package")
            self.files.append(read_signature(package, listed.path))

    def covers(self, path: str) -> bool:
        """Whether one of them protects the file."""
        folded = path.casefold()
        return any(
            reference.path is not None and reference.path.casefold() == folded
            for file in self.files
            for reference in file.references
        )

    @property
    def ids(self) -> Iterator[str]:
        """Every id in use; signatures and stamps share one counter."""
        yield from self.list.max_ids
        yield from (listed.id for listed in self.list.signatures)
        yield from (stamp.id for file in self.files for stamp in file.stamps)


class OfdDocument:
    """A document that could be sealed."""

    def __init__(self, document: bytes) -> None:
        if not document:
            raise DocumentRefused("empty")
        try:
            self.package = OfdPackage(document)
            self.model: OfdModel = read_model(self.package)
        except PackageRefused as exc:
            reason = _REFUSALS.get(exc.reason, "not_a_document")
            raise DocumentRefused(reason, str(exc)) from exc
        except MalformedData as exc:
            raise DocumentRefused("not_a_document", str(exc)) from exc
        broken = {fault.path for fault in self.model.faults}
        if any(body.document is None or body.document in broken for body in self.model.bodies):
            raise DocumentRefused("not_a_document", "a document's root cannot be read")
        if not self.model.pages:
            raise DocumentRefused("empty", "no page")
        if any(page.path is None for page in self.model.pages):
            raise DocumentRefused("not_a_document", "a page's file is missing")
        self._templates: dict[str, list[Glyph]] = {}
        self.signed = self._read_signed()
        self.sizes = _Sizes(self.package, self.model)

    def refuse_closed(self, bodies: Sequence[Body]) -> None:
        """Raise DocumentRefused where a new signature in *bodies* would break an earlier one."""
        if INTEGRITY_LIST in self.package:
            raise DocumentRefused("closed", INTEGRITY_LIST)
        changed = {body.signatures for body in bodies if body.signatures}
        if any(body.signatures is None for body in bodies):
            changed.add(f"/{ROOT}")
        for path in sorted(changed):
            if any(signed.covers(path) for signed in self.signed.values()):
                raise DocumentRefused("closed", path)

    def refuse_all_closed(self) -> None:
        """Raise DocumentRefused where no document of the package can be signed any more."""
        refusals = []
        for body in self.model.bodies:
            try:
                self.refuse_closed([body])
            except DocumentRefused as exc:
                refusals.append(exc)
        if len(refusals) == len(self.model.bodies):
            raise refusals[0]

    def sort_out(
        self, impressions: Sequence[Impression]
    ) -> list[tuple[Body, list[tuple[Page, Impression]]]]:
        """The impressions by document, in the order of the package."""
        by_page: dict[int, list[Impression]] = {}
        for impression in impressions:
            by_page.setdefault(impression.page, []).append(impression)
        sorted_out = []
        for body in self.model.bodies:
            stamped = [(page, one) for page in body.pages for one in by_page.get(page.number, ())]
            if stamped:
                sorted_out.append((body, stamped))
        return sorted_out

    def find_text(self, wanted: str | re.Pattern[str]) -> list[Found]:
        """Every place of a text, template texts included, in the order of the pages."""
        return [
            Found(page.number, x, y)
            for body in self.model.bodies
            for page in body.pages
            for x, y in self._find_on(body, page, wanted)
        ]

    def _find_on(
        self, body: Body, page: Page, wanted: str | re.Pattern[str]
    ) -> list[tuple[float, float]]:
        first = wanted.strip()[:1] if isinstance(wanted, str) else ""
        paths = [path for path in (page.path, *body.templates.values()) if path]
        try:
            if not any(self.package.may_show(path, first) for path in paths):
                return []
            return find_text(self._glyphs_of(body, page.path or ""), wanted)
        except PackageRefused as exc:
            raise DocumentRefused("too_complex", str(exc)) from exc
        except MalformedData as exc:
            raise DocumentRefused("not_a_document", str(exc)) from exc

    def _glyphs_of(self, body: Body, path: str) -> list[Glyph]:
        """The texts of a page, those of its templates first, as they are drawn."""
        root = self.package.drawn(path)
        templates = [
            body.templates.get(e.get("TemplateID", "")) for e in children(root, "Template")
        ]
        below = [glyph for template in templates if template for glyph in self._template(template)]
        return below + page_glyphs(root)

    def _template(self, path: str) -> list[Glyph]:
        if path not in self._templates:
            self._templates[path] = page_glyphs(self.package.drawn(path))
        return self._templates[path]

    def _read_signed(self) -> dict[str, Signed]:
        lists = [body.signatures for body in self.model.bodies if body.signatures]
        try:
            # A list that is named but absent holds no signature (some invoices).
            return {path: Signed(self.package, path) for path in lists if path in self.package}
        except MalformedData as exc:
            raise DocumentRefused("broken_signed", str(exc)) from exc


class _Sizes(Sequence[PageSize]):
    """Page sizes, read from a page only when asked for."""

    def __init__(self, package: OfdPackage, model: OfdModel) -> None:
        self._package = package
        self._pages = [(body, page) for body in model.bodies for page in body.pages]

    def __len__(self) -> int:
        return len(self._pages)

    @overload
    def __getitem__(self, index: int) -> PageSize: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PageSize]: ...

    def __getitem__(self, index: int | slice) -> PageSize | Sequence[PageSize]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        body, page = self._pages[index]
        return PageSize(*page_size_mm(self._package, body, page))
