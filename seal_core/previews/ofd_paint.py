"""What shapes are filled and drawn with: colours, shadings, patterns (clause 8.3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from seal_core.formats.ofd_package import Element, child, children, local_name, text_of
from seal_core.previews.canvas import Canvas, number, transform
from seal_core.previews.ofd_resources import Resources
from seal_core.previews.ofd_values import matrix, point, real, whole, words

DrawInto = Callable[[Element], None]  # draws the cell of a pattern

_MAX_STOPS = 256
_SPREADS = {"Repeat": "repeat", "Reflect": "reflect"}


@dataclass(frozen=True, slots=True)
class Paint:
    """A value for fill or stroke, and its opacity."""

    value: str
    opacity: float = 1.0

    def attributes(self, kind: str) -> str:
        """*kind* is ``fill`` or ``stroke``."""
        faint = f' {kind}-opacity="{number(self.opacity)}"' if self.opacity < 1 else ""
        return f' {kind}="{self.value}"{faint}'


NOTHING = Paint("none")
BLACK = Paint("#000")


class Painter:
    """Turns colour elements into paints, defining on the canvas what they need."""

    def __init__(self, canvas: Canvas, resources: Resources, draw_cell: DrawInto) -> None:
        self._canvas = canvas
        self._resources = resources
        self._draw_cell = draw_cell

    def paint(self, colour: Element | None, default: Paint) -> Paint:
        """The paint of a FillColor or StrokeColor; *default* where there is none."""
        if colour is None:
            return default
        opacity = _opacity(colour)
        for inner in colour:
            match local_name(inner):
                case "AxialShd":
                    return Paint(self._axial(inner), opacity)
                case "RadialShd":
                    return Paint(self._radial(inner), opacity)
                case "Pattern":
                    return Paint(self._pattern(inner), opacity)
                case "GouraudShd" | "LaGourandShd" | "LaGouraudShd":
                    self._canvas.note("a shading over triangles is drawn in one colour")
                    return Paint(self._average(inner), opacity)
        value = self._colour(colour)
        return Paint(value, opacity) if value else default

    def _colour(self, element: Element) -> str | None:
        """``#rrggbb`` of a CT_Color; None if it says nothing."""
        space = self._space(element.get("ColorSpace") or self._resources.default_colour_space)
        values = [_component(word) for word in words(element.get("Value"))]
        if not values and space is not None and element.get("Index"):
            values = _from_palette(space, whole(element.get("Index"), 0))
        bits = whole(space.get("BitsPerComponent"), 8) if space is not None else 8
        most = 2 ** min(max(bits, 1), 16) - 1
        shares = [min(max(value / most, 0.0), 1.0) for value in values]
        return _rgb(shares)

    def _space(self, key: str) -> Element | None:
        found = self._resources.find("ColorSpace", key)
        return found.element if found else None

    # --- shadings -------------------------------------------------------------------

    def _axial(self, shading: Element) -> str:
        start, end = point(shading.get("StartPoint")), point(shading.get("EndPoint"))
        if start is None or end is None:
            return self._average(shading)
        if shading.get("MapType") in _SPREADS and shading.get("MapUnit"):
            end = _along(start, end, real(shading.get("MapUnit")))
        places = zip(("x1", "y1", "x2", "y2"), (*start, *end), strict=True)
        return self._gradient("linearGradient", shading, places)

    def _radial(self, shading: Element) -> str:
        start, end = point(shading.get("StartPoint")), point(shading.get("EndPoint"))
        radius = real(shading.get("EndRadius"))
        if end is None or radius <= 0:
            return self._average(shading)
        if real(shading.get("Eccentricity")) != 0:
            self._canvas.note("an elliptic shading is drawn round")
        focus = start or end
        inner = max(0.0, real(shading.get("StartRadius")))
        names = ("cx", "cy", "r", "fx", "fy", "fr")
        places = zip(names, (*end, radius, *focus, inner), strict=True)
        return self._gradient("radialGradient", shading, places)

    def _gradient(self, name: str, shading: Element, places: zip[tuple[str, float]]) -> str:
        stops = self._stops(shading)
        if not stops:
            return "none"
        extend = whole(shading.get("Extend"), 0)  # bit 0: beyond the start, bit 1: the end
        spread = _SPREADS.get(shading.get("MapType", ""), "")
        if not spread and not extend & 1:
            stops.insert(0, _clear("0", stops[0]))
        if not spread and not extend & 2:
            stops.append(_clear("1", stops[-1]))
        where = "".join(f' {key}="{number(value)}"' for key, value in places)
        method = f' spreadMethod="{spread}"' if spread else ""
        markup = (
            f'<{name} id="{{id}}" gradientUnits="userSpaceOnUse"{where}{method}>'
            f"{''.join(stops)}</{name}>"
        )
        return f"url(#{self._canvas.define(markup)})"

    def _stops(self, shading: Element) -> list[str]:
        segments = [*children(shading, "Segment")][:_MAX_STOPS]
        stops = []
        for index, segment in enumerate(segments):
            inner = child(segment, "Color")
            colour = self._colour(inner) if inner is not None else None
            offset = real(segment.get("Position"), index / max(1, len(segments) - 1))
            faint = _opacity(inner) if inner is not None else 1.0
            stops.append(
                f'<stop offset="{number(offset)}" stop-color="{colour or "#000"}"'
                f' stop-opacity="{number(faint)}"/>'
            )
        return stops

    def _average(self, shading: Element) -> str:
        """One colour for what SVG has no shading for."""
        found = [self._colour(e) for e in shading.iter("{*}Color", "{*}BackColor")][:_MAX_STOPS]
        known = [value for value in found if value]
        if not known:
            return "none"
        sums = [sum(int(value[at : at + 2], 16) for value in known) for at in (1, 3, 5)]
        return "#" + "".join(f"{total // len(known):02x}" for total in sums)

    # --- patterns -------------------------------------------------------------------

    def _pattern(self, pattern: Element) -> str:
        """A cell repeated (clause 8.3.3)."""
        width, height = real(pattern.get("Width")), real(pattern.get("Height"))
        x_step = abs(real(pattern.get("XStep"), width)) or width
        y_step = abs(real(pattern.get("YStep"), height)) or height
        cell = child(pattern, "CellContent")
        if cell is None or min(width, height, x_step, y_step) < 0.01:
            return "none"
        if pattern.get("ReflectMethod", "Normal") != "Normal":
            self._canvas.note("a mirrored pattern is drawn unmirrored")
        with self._canvas.aside() as drawn:
            self._draw_cell(cell)
        placed = transform(matrix(pattern.get("CTM"))).replace("transform=", "patternTransform=")
        markup = (
            f'<pattern id="{{id}}" patternUnits="userSpaceOnUse" width="{number(x_step)}"'
            f' height="{number(y_step)}"{placed}>{"".join(drawn)}</pattern>'
        )
        return f"url(#{self._canvas.define(markup)})"


def _opacity(colour: Element) -> float:
    return min(max(real(colour.get("Alpha"), 255), 0), 255) / 255


def _component(word: str) -> float:
    """Decimal, or hexadecimal after a number sign."""
    if word.startswith("#"):
        try:
            return float(int(word[1:5], 16))
        except ValueError:
            return 0.0
    return real(word)


def _from_palette(space: Element, index: int) -> list[float]:
    palette = child(space, "Palette")
    entries = [*children(palette, "CV")] if palette is not None else []
    if not 0 <= index < len(entries):
        return []
    return [_component(word) for word in words(text_of(entries[index]))]


def _rgb(shares: list[float]) -> str | None:
    """Grey, RGB or CMYK by the number of components, as writers mix them up in names."""
    match shares:
        case [grey]:
            red = green = blue = grey
        case [red, green, blue]:
            pass
        case [cyan, magenta, yellow, black]:
            red, green, blue = ((1 - ink) * (1 - black) for ink in (cyan, magenta, yellow))
        case _:
            return None
    return "#" + "".join(f"{round(share * 255):02x}" for share in (red, green, blue))


def _clear(offset: str, beside: str) -> str:
    """An invisible stop of its neighbour's colour: the shading ends there."""
    colour = beside.split('stop-color="', 1)[1][:7]
    return f'<stop offset="{offset}" stop-color="{colour}" stop-opacity="0"/>'


def _along(
    start: tuple[float, float], end: tuple[float, float], length: float
) -> tuple[float, float]:
    """The point *length* from start towards end."""
    whole_length = math.dist(start, end)
    if whole_length == 0 or length <= 0:
        return end
    share = length / whole_length
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
