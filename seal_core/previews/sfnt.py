"""Glyph outlines of TrueType and OpenType files, as many as a page shows and no more.

Embedded fonts come from strangers and are often cut in ways full font libraries refuse; a
page also needs a few dozen glyphs of a font with thirty thousand. So the few tables that
matter (OpenType 1.9: head, maxp, hhea, hmtx, loca, glyf, cmap) are read here in place;
charstrings of CFF are left to fontTools.
"""

from __future__ import annotations

import bisect
import io
import struct
from collections.abc import Callable, Sequence
from mmap import mmap
from typing import Any

from fontTools.cffLib import CFFFontSet
from fontTools.pens.svgPathPen import SVGPathPen

from seal_core.errors import MalformedData

MAX_POINTS = 20_000  # of one glyph; the densest Han characters have some 400
_MAX_NESTING = 6  # composite glyphs in composite glyphs
_MAX_COMPONENTS = 64

# What cffLib raises for bytes that are no font; it has no exception of its own for most.
_CFF_FAULTS = (
    struct.error,
    AssertionError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
)

Point = tuple[float, float]
_Contour = list[tuple[float, float, bool]]  # x, y, on the curve
Outline = tuple[str, float]  # path data in font units with y up, advance in font units


class Font:
    """One font. Raises MalformedData if it cannot be read; a single bad glyph is empty."""

    def __init__(self, data: bytes | mmap, family_ending: str = "") -> None:
        self._data = data
        self._outlines: dict[int, Outline] = {}
        try:
            if data[:3] == b"\x01\x00\x04":  # a bare CFF table
                self._open_bare(bytes(data))
            else:
                self._open(family_ending)
        except (struct.error, IndexError, KeyError, OverflowError) as exc:
            raise MalformedData("font", str(exc)[:100]) from exc

    def _open_bare(self, data: bytes) -> None:
        self._tables: dict[str, tuple[int, int]] = {}
        self.units_per_em = 1000
        self._lookup: Callable[[int], int] = _nothing
        self._advances: Sequence[int] = ()
        self._cff: Any = _open_cff(data)
        self.glyph_count = len(self._cff.charset)

    def _open(self, family_ending: str) -> None:
        self._tables = self._directory(self._member(family_ending))
        head = self._tables["head"][0]
        self.units_per_em = max(1, self._u16(head + 18))
        self._long_offsets = self._u16(head + 50) == 1
        self._lookup = self._characters()
        self._cff = None
        self.glyph_count = self._u16(self._tables["maxp"][0] + 4)
        if "glyf" not in self._tables:
            start, length = self._tables["CFF "]
            self._cff = _open_cff(bytes(self._data[start : start + length]))
        self._advances = self._read_advances()

    def glyph_of(self, character: str) -> int:
        """The glyph's number; 0 if the font has none."""
        return self._lookup(ord(character))

    def outline(self, glyph: int) -> Outline:
        """What the glyph looks like; empty for one that is not there or cannot be read."""
        if glyph not in self._outlines:
            self._outlines[glyph] = self._read_outline(glyph)
        return self._outlines[glyph]

    def _read_outline(self, glyph: int) -> Outline:
        if not 0 <= glyph < self.glyph_count:
            return "", float(self.units_per_em)
        if self._cff is not None:
            return self._cff_outline(glyph)
        try:
            contours = self._contours(glyph, 0)
        except (struct.error, IndexError, KeyError):
            contours = []
        return "".join(map(_as_path, contours)), float(self._advance(glyph))

    # --- tables ---------------------------------------------------------------------

    def _u16(self, at: int) -> int:
        return int(struct.unpack_from(">H", self._data, at)[0])

    def _u32(self, at: int) -> int:
        return int(struct.unpack_from(">L", self._data, at)[0])

    def _member(self, family_ending: str) -> int:
        """Where the table directory starts; of a collection, that of the wanted family."""
        if self._data[:4] != b"ttcf":
            return 0
        starts = [self._u32(12 + 4 * n) for n in range(min(self._u32(8), 64))]
        return next((at for at in starts if self._family(at).endswith(family_ending)), starts[0])

    def _family(self, start: int) -> str:
        at = self._directory(start)["name"][0]
        strings = at + self._u16(at + 4)
        for record in range(at + 6, at + 6 + 12 * self._u16(at + 2), 12):
            platform, _, _, kind, length, offset = struct.unpack_from(">6H", self._data, record)
            if platform == 3 and kind == 1:
                raw = bytes(self._data[strings + offset : strings + offset + length])
                return raw.decode("utf-16-be", errors="replace")
        return ""

    def _directory(self, start: int) -> dict[str, tuple[int, int]]:
        tables = {}
        for record in range(start + 12, start + 12 + 16 * self._u16(start + 4), 16):
            tag, _, offset, length = struct.unpack_from(">4s3L", self._data, record)
            tables[tag.decode("latin-1")] = offset, length
        return tables

    def _read_advances(self) -> Sequence[int]:
        if "hhea" not in self._tables or "hmtx" not in self._tables:
            return ()
        count = self._u16(self._tables["hhea"][0] + 34)
        start, length = self._tables["hmtx"]
        count = min(count, length // 4, (len(self._data) - start) // 4)
        return struct.unpack_from(f">{2 * max(count, 0)}H", self._data, start)[::2]

    def _advance(self, glyph: int) -> int:
        if not self._advances:
            return self.units_per_em
        return self._advances[min(glyph, len(self._advances) - 1)]

    # --- cmap -----------------------------------------------------------------------

    def _characters(self) -> Callable[[int], int]:
        """Look up a code point in the best of the font's tables; Unicode before the others."""
        if "cmap" not in self._tables:
            return _nothing
        start = self._tables["cmap"][0]
        found: list[tuple[int, Callable[[int], int]]] = []
        for record in range(start + 4, start + 4 + 8 * self._u16(start + 2), 8):
            platform, encoding, offset = struct.unpack_from(">2HL", self._data, record)
            rank = _RANKS.get((platform, encoding), 3 if platform == 0 else 0)
            lookup = self._subtable(start + offset) if rank else None
            if lookup is not None:
                found.append((rank, _symbols(lookup) if (platform, encoding) == (3, 0) else lookup))
        found.sort(key=lambda each: -each[0])
        lookups = [lookup for _, lookup in found]
        return lambda code: next((glyph for find in lookups if (glyph := find(code))), 0)

    def _subtable(self, at: int) -> Callable[[int], int] | None:
        match self._u16(at):
            case 0:
                codes = bytes(self._data[at + 6 : at + 262])
                return lambda code: codes[code] if code < len(codes) else 0
            case 4:
                return self._segments(at)
            case 6:
                first, count = self._u16(at + 6), self._u16(at + 8)
                glyphs = struct.unpack_from(f">{count}H", self._data, at + 10)
                return lambda code: glyphs[code - first] if 0 <= code - first < count else 0
            case 12:
                return self._groups(at)
        return None

    def _segments(self, at: int) -> Callable[[int], int]:
        """Format 4, of the basic plane."""
        count = self._u16(at + 6) // 2
        row = f">{count}H"
        ends = struct.unpack_from(row, self._data, at + 14)
        starts_at = at + 16 + 2 * count
        starts = struct.unpack_from(row, self._data, starts_at)
        deltas = struct.unpack_from(row, self._data, starts_at + 2 * count)
        ranges_at = starts_at + 4 * count
        ranges = struct.unpack_from(row, self._data, ranges_at)

        def find(code: int) -> int:
            n = bisect.bisect_left(ends, code)
            if n >= count or starts[n] > code:
                return 0
            if ranges[n] == 0:
                return int(code + deltas[n]) & 0xFFFF
            place = ranges_at + 2 * n + ranges[n] + 2 * (code - starts[n])
            if place + 2 > len(self._data):
                return 0
            glyph = self._u16(place)
            return (glyph + deltas[n]) & 0xFFFF if glyph else 0

        return find

    def _groups(self, at: int) -> Callable[[int], int]:
        """Format 12, of all planes."""
        count = min(self._u32(at + 12), (len(self._data) - at) // 12)
        flat = struct.unpack_from(f">{3 * count}L", self._data, at + 16)
        starts, ends, glyphs = flat[::3], flat[1::3], flat[2::3]

        def find(code: int) -> int:
            n = bisect.bisect_left(ends, code)
            return int(glyphs[n]) + code - starts[n] if n < count and starts[n] <= code else 0

        return find

    # --- glyf -----------------------------------------------------------------------

    def _contours(self, glyph: int, depth: int) -> list[_Contour]:
        loca, glyf = self._tables["loca"][0], self._tables["glyf"][0]
        if self._long_offsets:
            start, end = self._u32(loca + 4 * glyph), self._u32(loca + 4 * glyph + 4)
        else:
            start, end = (
                2 * self._u16(loca + 2 * glyph),
                2 * self._u16(loca + 2 * glyph + 2),
            )
        if end <= start or depth > _MAX_NESTING:
            return []
        at = glyf + start
        count = struct.unpack_from(">h", self._data, at)[0]
        if count >= 0:
            return self._simple(at + 10, count)
        return self._composite(at + 10, depth)

    def _simple(self, at: int, count: int) -> list[_Contour]:
        if count == 0:
            return []
        ends = struct.unpack_from(f">{count}H", self._data, at)
        total = ends[-1] + 1
        if total > MAX_POINTS:
            return []
        at += 2 * count
        at += 2 + self._u16(at)  # skip the instructions
        flags: list[int] = []
        while len(flags) < total:
            flag = self._data[at]
            at += 1
            flags.append(flag)
            if flag & 8:
                flags.extend([flag] * self._data[at])
                at += 1
        xs, at = self._coordinates(at, flags[:total], 0x02, 0x10)
        ys, _ = self._coordinates(at, flags[:total], 0x04, 0x20)
        points: _Contour = [(x, y, bool(f & 1)) for x, y, f in zip(xs, ys, flags, strict=False)]
        starts = (0, *(end + 1 for end in ends[:-1]))
        return [points[a : b + 1] for a, b in zip(starts, ends, strict=True)]

    def _coordinates(
        self, at: int, flags: Sequence[int], short: int, same: int
    ) -> tuple[list[int], int]:
        data, values, value = self._data, [], 0
        for flag in flags:
            if flag & short:
                value += data[at] if flag & same else -data[at]
                at += 1
            elif not flag & same:
                step = data[at] << 8 | data[at + 1]
                value += step - 0x10000 if step & 0x8000 else step
                at += 2
            values.append(value)
        return values, at

    def _composite(self, at: int, depth: int) -> list[_Contour]:
        contours: list[_Contour] = []
        for _ in range(_MAX_COMPONENTS):
            flags, glyph = struct.unpack_from(">2H", self._data, at)
            at += 4
            words = ">2h" if flags & 1 else ">2b"
            dx, dy = struct.unpack_from(words, self._data, at) if flags & 2 else (0, 0)
            at += 4 if flags & 1 else 2
            scale, at = self._scale(at, flags)
            a, b, c, d = scale
            contours += [
                [(a * x + c * y + dx, b * x + d * y + dy, on) for x, y, on in contour]
                for contour in self._contours(glyph, depth + 1)
            ]
            if not flags & 0x20 or sum(map(len, contours)) > MAX_POINTS:
                break
        return contours

    def _scale(self, at: int, flags: int) -> tuple[tuple[float, float, float, float], int]:
        if flags & 0x08:
            s = struct.unpack_from(">h", self._data, at)[0] / 16384
            return (s, 0, 0, s), at + 2
        if flags & 0x40:
            sx, sy = struct.unpack_from(">2h", self._data, at)
            return (sx / 16384, 0, 0, sy / 16384), at + 4
        if flags & 0x80:
            a, b, c, d = (v / 16384 for v in struct.unpack_from(">4h", self._data, at))
            return (a, b, c, d), at + 8
        return (1, 0, 0, 1), at

    # --- CFF ------------------------------------------------------------------------

    def _cff_outline(self, glyph: int) -> Outline:
        """The charstring's path; its width only where no table of widths was given."""
        pen = SVGPathPen(None, ntos=lambda value: f"{value:.6g}")
        try:
            charstring = self._cff.CharStrings[self._cff.charset[glyph]]
            charstring.draw(pen)
        except _CFF_FAULTS:
            return "", float(self.units_per_em)
        advance = self._advance(glyph) if self._advances else charstring.width
        return pen.getCommands(), float(advance)


_RANKS = {(3, 10): 6, (0, 4): 6, (0, 6): 6, (3, 1): 5, (0, 3): 5, (3, 0): 2, (1, 0): 1}


def _open_cff(data: bytes) -> Any:
    fonts = CFFFontSet()
    try:
        fonts.decompile(io.BytesIO(data), None)
        top = fonts[0]
        _ = top.CharStrings, top.charset
    except _CFF_FAULTS as exc:
        raise MalformedData("font", f"CFF: {str(exc)[:100]}") from exc
    return top


def _nothing(_code: int) -> int:
    return 0


def _symbols(lookup: Callable[[int], int]) -> Callable[[int], int]:
    """Symbol fonts keep their characters at U+F000 onwards."""
    return lambda code: lookup(code) or (lookup(0xF000 + code) if code < 0x100 else 0)


def _as_path(contour: _Contour) -> str:
    """Quadratic curves; between two points off the curve lies one on it."""
    if len(contour) < 2:
        return ""
    first = next((n for n, point in enumerate(contour) if point[2]), None)
    if first is None:
        (x0, y0, _), (x1, y1, _) = contour[-1], contour[0]
        contour = [((x0 + x1) / 2, (y0 + y1) / 2, True), *contour]
        first = 0
    ordered = [*contour[first + 1 :], *contour[: first + 1]]
    x, y, _ = contour[first]
    parts = [f"M{x} {y}"]
    control: Point | None = None
    for x, y, on in ordered:
        if on and control is None:
            parts.append(f"L{x} {y}")
        elif on and control is not None:
            parts.append(f"Q{control[0]} {control[1]} {x} {y}")
            control = None
        else:
            if control is not None:
                middle = (control[0] + x) / 2, (control[1] + y) / 2
                parts.append(f"Q{control[0]} {control[1]} {middle[0]} {middle[1]}")
            control = (x, y)
    return "".join(parts) + "Z"
