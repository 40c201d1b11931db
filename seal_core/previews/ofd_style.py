"""Drawing parameters: the object's own, then its DrawParam's, then the layer's (clause 8.2)."""

from __future__ import annotations

from dataclasses import dataclass

from seal_core.formats.ofd_package import Element, child
from seal_core.previews.canvas import number
from seal_core.previews.ofd_resources import Resources
from seal_core.previews.ofd_values import real, reals

_MAX_RELATIVES = 16
DEFAULT_LINE_WIDTH = 0.353  # mm, clause 8.2
_DEFAULT_MITER = 3.528
_CAPS = {"Round": "round", "Square": "square"}
_JOINS = {"Round": "round", "Bevel": "bevel"}
_SHORTEST_DASH = 0.02  # mm; finer ones look solid and cost the rasteriser dear


@dataclass(frozen=True, slots=True)
class Style:
    """Elements that may hold a parameter, the nearest first."""

    sources: tuple[Element, ...] = ()

    def of(self, element: Element, resources: Resources) -> Style:
        """The style of *element* drawn within this one."""
        return Style((element, *_parameters(element.get("DrawParam"), resources), *self.sources))

    def inherited(self) -> Style:
        """Without the element's own attributes: what its parts see of it."""
        return Style(self.sources[1:])

    def get(self, name: str) -> str | None:
        return next((s.get(name) for s in self.sources if s.get(name) is not None), None)

    def child(self, name: str) -> Element | None:
        found = (child(source, name) for source in self.sources)
        return next((element for element in found if element is not None), None)

    def line(self, thinnest: float) -> str:
        """The attributes of a stroke; never thinner than can be seen."""
        width = max(real(self.get("LineWidth"), DEFAULT_LINE_WIDTH), thinnest)
        parts = [f' stroke-width="{number(width)}"']
        if cap := _CAPS.get(self.get("Cap") or ""):
            parts.append(f' stroke-linecap="{cap}"')
        if join := _JOINS.get(self.get("Join") or ""):
            parts.append(f' stroke-linejoin="{join}"')
        else:
            limit = max(1.0, real(self.get("MiterLimit"), _DEFAULT_MITER))
            parts.append(f' stroke-miterlimit="{number(limit)}"')
        dashes = reals(self.get("DashPattern")) or []
        if dashes and min(dashes) >= 0 and sum(dashes) > _SHORTEST_DASH:
            parts.append(f' stroke-dasharray="{" ".join(map(number, dashes))}"')
            if offset := real(self.get("DashOffset")):
                parts.append(f' stroke-dashoffset="{number(offset)}"')
        return "".join(parts)


def _parameters(key: str | None, resources: Resources) -> tuple[Element, ...]:
    """A DrawParam and those it builds on."""
    chain: list[Element] = []
    while len(chain) < _MAX_RELATIVES and (found := resources.find("DrawParam", key)):
        if found.element in chain:
            break
        chain.append(found.element)
        key = found.element.get("Relative")
    return tuple(chain)
