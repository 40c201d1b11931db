"""The graphic objects of OFD as SVG: texts, paths, pictures, composites (clauses 8 to 13)."""

from __future__ import annotations

import math

from seal_core.errors import MalformedData, PreviewRefused
from seal_core.formats.ofd_package import Element, child, children, local_name, text_of
from seal_core.previews.budget import MAX_DEPTH
from seal_core.previews.canvas import Canvas, Matrix, moved, number, transform
from seal_core.previews.fonts import StandIns
from seal_core.previews.ofd_paint import BLACK, NOTHING, Painter
from seal_core.previews.ofd_paths import svg_path
from seal_core.previews.ofd_resources import Resources
from seal_core.previews.ofd_source import Source
from seal_core.previews.ofd_style import DEFAULT_LINE_WIDTH, Style
from seal_core.previews.ofd_text import Typesetter
from seal_core.previews.ofd_values import IDENTITY, box, matrix, real, yes
from seal_core.previews.pictures import data_uri

_THINNEST = 0.5  # pixels
_MAX_CLIPS = 32
_FAKE_BOLD = 0.03  # of the em, added to the outline


class ObjectDrawer:
    """Draws the objects of one page, its templates and annotations onto the canvas."""

    def __init__(
        self, canvas: Canvas, source: Source, resources: Resources, stand_ins: StandIns
    ) -> None:
        self._canvas = canvas
        self._source = source
        self._resources = resources
        self._typesetter = Typesetter(canvas, source, resources, stand_ins)
        self._painter = Painter(canvas, resources, lambda cell: self.block(cell, Style()))
        self._depth = 0

    def layer(self, layer: Element) -> None:
        """A Layer with its drawing parameters."""
        self.block(layer, Style().of(layer, self._resources))

    def block(self, block: Element, style: Style) -> None:
        """Everything in a block, in order. Raises PreviewRefused beyond the limits."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PreviewRefused("too_much", "nesting")
        for element in block:
            self._object(element, style)
        self._depth -= 1

    def _object(self, element: Element, style: Style) -> None:
        kind = local_name(element)
        if not kind or kind in ("Actions", "Clips"):
            return
        self._canvas.budget.spend_object()
        alpha = min(max(real(element.get("Alpha"), 255), 0), 255) / 255
        if not yes(element.get("Visible"), True) or alpha == 0:
            return
        match kind:
            case "PageBlock" | "Layer":
                self.block(element, style)
            case "PathObject" | "TextObject" | "ImageObject" | "CompositeObject":
                self._unit(kind, element, style.of(element, self._resources), alpha)
            case _:
                self._canvas.note(f"{kind[:40]} is not drawn")

    def _unit(self, kind: str, element: Element, style: Style, alpha: float) -> None:
        """One graphic unit in its own space: clipped, moved to its Boundary, turned by its CTM."""
        x, y, _, _ = box(element.get("Boundary"))
        faint = f' opacity="{number(alpha)}"' if alpha < 1 else ""
        ctm = matrix(element.get("CTM"))
        outer, inner = self._clips(element)
        if not outer and not inner:
            with self._canvas.group(transform(moved(ctm, x, y)) + faint):
                self._drawn(kind, element, style, ctm)
            return
        with self._canvas.group(transform(moved(IDENTITY, x, y)) + faint):
            for clip in outer:
                self._canvas.add(f'<g clip-path="url(#{clip})">')
            with self._canvas.group(transform(ctm)):
                for clip in inner:
                    self._canvas.add(f'<g clip-path="url(#{clip})">')
                self._drawn(kind, element, style, ctm)
                self._canvas.add("</g>" * len(inner))
            self._canvas.add("</g>" * len(outer))

    def _drawn(self, kind: str, element: Element, style: Style, ctm: Matrix) -> None:
        match kind:
            case "PathObject":
                self._path(element, style, ctm)
            case "TextObject":
                self._text(element, style)
            case "ImageObject":
                self._image(element, ctm)
            case _:
                self._composite(element, style)

    # --- paths ----------------------------------------------------------------------

    def _path(self, element: Element, style: Style, ctm: Matrix) -> None:
        figure = svg_path(text_of(child(element, "AbbreviatedData")))
        fill = stroke = NOTHING
        if yes(element.get("Fill"), False):
            fill = self._painter.paint(style.child("FillColor"), NOTHING)
        if yes(element.get("Stroke"), True):
            stroke = self._painter.paint(style.child("StrokeColor"), BLACK)
        if not figure or fill is stroke is NOTHING:
            return
        rule = ' fill-rule="evenodd"' if element.get("Rule") == "Even-Odd" else ""
        line = style.line(self._thinnest(ctm)) if stroke is not NOTHING else ""
        colours = fill.attributes("fill") + stroke.attributes("stroke")
        self._canvas.add(f'<path d="{figure}"{colours}{rule}{line}/>')

    def _thinnest(self, ctm: Matrix) -> float:
        """The width of the finest line that is seen, in the space of *ctm*."""
        scale = math.sqrt(abs(ctm[0] * ctm[3] - ctm[1] * ctm[2])) or 1.0
        return _THINNEST / self._canvas.pixels_per_mm / scale

    # --- texts ----------------------------------------------------------------------

    def _text(self, element: Element, style: Style) -> None:
        placed = [*self._typesetter.placed(element)]
        if not placed:
            return
        fill = stroke = NOTHING
        if yes(element.get("Fill"), True):
            fill = self._painter.paint(style.child("FillColor"), BLACK)
        a, b = placed[0].matrix[:2]
        scale = math.hypot(a, b) or 1.0  # strokes are scaled with the outlines
        width = real(style.get("LineWidth"), DEFAULT_LINE_WIDTH)
        if yes(element.get("Stroke"), False):
            stroke = self._painter.paint(style.child("StrokeColor"), NOTHING)
        elif self._typesetter.is_thickened(element):
            stroke, width = fill, real(element.get("Size")) * _FAKE_BOLD
        line = ""
        if stroke is not NOTHING:
            line = f'{stroke.attributes("stroke")} stroke-width="{number(width / scale)}"'
        with self._canvas.group(fill.attributes("fill") + line):
            for glyph in placed:
                self._canvas.add(f'<use href="#{glyph.glyph}"{transform(glyph.matrix)}/>')

    # --- pictures -------------------------------------------------------------------

    def _image(self, element: Element, ctm: Matrix) -> None:
        key = ("image", element.get("ResourceID"), element.get("ImageMask"))
        name = self._canvas.defined(key)
        if name is None:
            name = self._define_image(element, ctm, key)
        if name:
            self._canvas.add(f'<use href="#{name}"/>')

    def _define_image(self, element: Element, ctm: Matrix, key: object) -> str:
        try:
            picture = self._media(element.get("ResourceID"))
            mask = element.get("ImageMask")
            fine = self._canvas.pixels_per_mm
            shown = math.hypot(ctm[0], ctm[1]) * fine, math.hypot(ctm[2], ctm[3]) * fine
            uri = data_uri(picture, self._canvas.budget, shown, self._media(mask) if mask else None)
        except MalformedData as exc:
            self._canvas.note(f"picture {element.get('ResourceID')} is not drawn: {exc}")
            return self._canvas.give_up(key)
        return self._canvas.define(image(uri), key)

    def _media(self, key: str | None) -> bytes:
        """The bytes of a MultiMedia resource. Raises MalformedData."""
        found = self._resources.find("MultiMedia", key)
        if found is None or found.file is None:
            raise MalformedData("picture", "missing")
        return self._source.package.read(found.file)

    # --- composites -----------------------------------------------------------------

    def _composite(self, element: Element, style: Style) -> None:
        """A vector picture kept among the resources (clause 13)."""
        found = self._resources.find("CompositeGraphicUnit", element.get("ResourceID"))
        content = child(found.element, "Content") if found else None
        if content is None:
            self._canvas.note(f"composite {element.get('ResourceID')} missing")
            return
        self.block(content, style.inherited())

    # --- clips ----------------------------------------------------------------------

    def _clips(self, element: Element) -> tuple[list[str], list[str]]:
        """Ids of clip paths: those in the Boundary's space, and those that the CTM turns too.

        Every Clip narrows further; the Areas of one Clip add up (clause 8.4).
        """
        outer: list[str] = []
        inner: list[str] = []
        for group in children(element, "Clips"):
            kept = inner if yes(group.get("TransFlag"), True) else outer
            for clip in [*children(group, "Clip")][:_MAX_CLIPS]:
                shapes = "".join(self._area(area) for area in children(clip, "Area"))
                kept.append(self._canvas.define(f'<clipPath id="{{id}}">{shapes}</clipPath>'))
        return outer, inner

    def _area(self, area: Element) -> str:
        """The shapes of one Area; an unreadable one lets nothing through."""
        around = matrix(area.get("CTM"))
        shapes: list[str] = []
        for shape in area:
            self._canvas.budget.spend_object()
            x, y, _, _ = box(shape.get("Boundary"))
            placed = _after(moved(matrix(shape.get("CTM")), x, y), around)
            if local_name(shape) in ("Path", "PathObject"):
                figure = svg_path(text_of(child(shape, "AbbreviatedData")))
                rule = ' clip-rule="evenodd"' if shape.get("Rule") == "Even-Odd" else ""
                shapes.append(f'<path d="{figure}"{transform(placed)}{rule}/>')
            elif local_name(shape) in ("Text", "TextObject"):
                shapes.extend(
                    f'<use href="#{glyph.glyph}"{transform(_after(glyph.matrix, placed))}/>'
                    for glyph in self._typesetter.placed(shape)
                )
        return "".join(shapes)


def image(uri: str) -> str:
    """A picture over the unit square, as OFD's image space has it; ``{id}`` is left open.

    It has about the pixels that are shown, so the quicker of the good filters will do.
    """
    fit = 'width="1" height="1" preserveAspectRatio="none" style="image-rendering:smooth"'
    return f'<image id="{{id}}" {fit} href="{uri}"/>'


def _after(first: Matrix, second: Matrix) -> Matrix:
    """*first* applied, then *second*."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (
        g * a + i * b,
        h * a + j * b,
        g * c + i * d,
        h * c + j * d,
        g * e + i * f + k,
        h * e + j * f + m,
    )
