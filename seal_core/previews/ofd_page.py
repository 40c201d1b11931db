"""An OFD page whole: templates, layers, annotations, and the seals above all."""

from __future__ import annotations

from collections.abc import Iterator

from seal_core.errors import MalformedData
from seal_core.formats.ofd_model import Body, Page, page_size_mm
from seal_core.formats.ofd_package import Element, child, children, text_of
from seal_core.previews.canvas import Canvas, moved, transform
from seal_core.previews.fonts import StandIns
from seal_core.previews.ofd_objects import ObjectDrawer
from seal_core.previews.ofd_resources import resources_of
from seal_core.previews.ofd_source import Source
from seal_core.previews.ofd_style import Style
from seal_core.previews.ofd_values import IDENTITY, box, yes

_ORDER = {"Background": 0, "Body": 1, "Foreground": 2}
_MAX_TEMPLATES = 16


class PageDrawer:
    """Draws one page's own content; ``ofd_stamps`` adds the seals."""

    def __init__(
        self, canvas: Canvas, source: Source, body: Body, page: Page, stand_ins: StandIns
    ) -> None:
        self._canvas = canvas
        self._source = source
        self._body = body
        self._page = page
        self._document = source.root(body.document) if body.document else None
        resources = resources_of(source, body, page)
        for fault in resources.faults:
            canvas.note(fault)
        self._objects = ObjectDrawer(canvas, source, resources, stand_ins)

    @property
    def size_mm(self) -> tuple[float, float]:
        return page_size_mm(self._source.package, self._body, self._page)

    def draw(self) -> None:
        """Everything but seals. Raises MalformedData only if the page itself is unreadable."""
        if self._page.path is None:
            self._canvas.note("the page's file is missing")
            return
        root = self._source.root(self._page.path)
        own = [(_ORDER.get(layer.get("Type", "Body"), 1), 1, layer) for layer in _layers(root)]
        for _, _, layer in sorted([*self._templates(root), *own], key=lambda each: each[:2]):
            self._objects.layer(layer)
        self._annotations()

    def _templates(self, root: Element) -> Iterator[tuple[int, int, Element]]:
        """Layers of the page's templates; below the page's own where the order is the same."""
        declared = self._declared_orders()
        for element in [*children(root, "Template")][:_MAX_TEMPLATES]:
            key = element.get("TemplateID", "")
            order = element.get("ZOrder") or declared.get(key) or "Background"
            path = self._body.templates.get(key)
            try:
                layers = _layers(self._source.root(path)) if path else None
            except MalformedData:
                layers = None
            if layers is None:
                self._canvas.note(f"template {key} missing or unreadable")
                continue
            yield from ((_ORDER.get(order, 0), 0, layer) for layer in layers)

    def _declared_orders(self) -> dict[str, str]:
        if self._document is None:
            return {}
        found = self._document.iter("{*}TemplatePage")
        return {t.get("ID", ""): t.get("ZOrder", "") for t in found}

    def _annotations(self) -> None:
        """Appearances of the annotations that are to be seen (clause 15)."""
        for path in self._annotation_files():
            try:
                root = self._source.root(path)
            except MalformedData:
                self._canvas.note(f"annotations {path} unreadable")
                continue
            for annotation in children(root, "Annot"):
                if yes(annotation.get("Visible"), True):
                    for appearance in children(annotation, "Appearance"):
                        self._appearance(appearance)

    def _appearance(self, appearance: Element) -> None:
        x, y, _, _ = box(appearance.get("Boundary"))
        with self._canvas.group(transform(moved(IDENTITY, x, y))):
            self._objects.block(appearance, Style())

    def _annotation_files(self) -> Iterator[str]:
        if self._document is None or self._body.document is None:
            return
        for element in children(self._document, "Annotations"):
            listing = self._source.locate(text_of(element), self._body.document)
            if listing is None:
                continue
            try:
                root = self._source.root(listing)
            except MalformedData:
                self._canvas.note("list of annotations unreadable")
                continue
            for entry in children(root, "Page"):
                if entry.get("PageID") == self._page.id:
                    found = self._source.locate(text_of(child(entry, "FileLoc")), listing)
                    if found:
                        yield found


def _layers(root: Element) -> list[Element]:
    return [layer for content in children(root, "Content") for layer in children(content, "Layer")]
