"""Whether the text on a ring can be the registered name: character by character, without OCR.

The ring is unrolled; where the name's characters have to stand each one is compared with the
expected glyph and with other characters. The fonts of real seals differ from ours, so likeness
as such says little; that no other character is more alike says much. A doubt goes to the
reviewer, who sees the unrolled ring beside the name; nothing is refused for it.
"""

from __future__ import annotations

import functools
import io
import math
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from seal_core.impressions.inks import Map
from seal_core.impressions.model import FindingCode
from seal_core.impressions.redraw import INK, PER_MM

FONT = Path(__file__).parent.parent / "faces" / "fonts" / "NotoSerifSC-Bold-subset.ttf"

DECOYS = (
    "北京上海天津重庆河南湖江苏浙安徽福建广东四川云贵州陕甘青辽吉林黑龙内蒙宁夏新疆西藏"
    "省市县区镇村中华国民人大学院厅局委部处科技发展商贸实业投资建筑工程设备机械电子信息网络"
    "医药食品农林牧渔水利交通运输物流文化传媒教育咨询服务管理物业环保能源化材料金属制造"
    "股份有限责任公司集团分厂店社会合作联盟基协第一二三四五六七八九十号东南永安和平明德"
)
"""Frequent in names of enterprises; what another unit's name is made of."""

Points = NDArray[np.float64]

MATCHED = 0.06  # of the decoys may be more alike than a character that is there
UNLIKE = 0.15  # of the decoys: with more, the character is doubted by itself
DIFFERS = 0.6  # of the characters matched: below, it is another name

_STRIP_PER_MM = 10.0
_BORDER_MM, _DEEPEST_MM = 1.45, 8.2
_TEXT_MM = 2.1  # half of a character
_DEPTHS = ((3.8, 5.5), (3.5, 4.1), (5.0, 6.6))
"""mm at which there may be only the name: below the number along the lower edge, above the
purpose, which on an oval comes near. The one that reads best counts."""
_BRACKETS = frozenset("（）()〔〕")
_CELL = 32
_STRETCHES = (-0.3, -0.15, 0.0, 0.15, 0.3)  # of a pitch
_WIDEST_SPAN = 0.93  # of the ring


@dataclass(frozen=True, slots=True)
class RingText:
    """*matched* is the share of the name's characters that are where they belong, None where
    nothing could be told; *unlike* are their positions from 1. *strip* is the unrolled ring, PNG.
    """

    matched: float | None
    unlike: tuple[int, ...]
    strip: bytes


def read_ring(opacity: Map, name: str) -> RingText:
    """The ring of a round or oval seal that stands upright, held against *name*."""
    strip = unrolled(opacity)
    picture = _png(strip)
    characters = [c for c in name if not c.isspace()]
    best: tuple[float, list[float]] = (-1.0, [])
    bracketed = bool(_BRACKETS.intersection(characters))
    spans = [_span(strip, len(characters), depth) for depth in _DEPTHS]
    for span in dict.fromkeys(span for span in spans if span is not None):
        rows = _rows(strip, span)
        pitch = (span[1] - span[0]) / len(characters)
        for left, right, narrow in product(_STRETCHES, _STRETCHES, (1.0, 0.55)[: 1 + bracketed]):
            ends = span[0] + left * pitch, span[1] + right * pitch
            ranks = _ranks(strip, rows, _cells(ends, characters, narrow), characters)
            score = float(np.mean([1 - rank for rank in ranks]))
            if score > best[0]:
                best = score, ranks
    if not best[1]:
        return RingText(None, (), picture)
    unlike = tuple(n for n, rank in enumerate(best[1], 1) if rank > UNLIKE)
    matched = float(np.mean([rank <= MATCHED for rank in best[1]]))
    return RingText(matched, unlike, picture)


def ring_doubts(ring: RingText) -> list[tuple[FindingCode, str]]:
    """What a reviewer should look at; which characters, counted in the name."""
    if ring.matched is None:
        return [(FindingCode.RING_UNREAD, "")]
    if ring.matched < DIFFERS:
        return [(FindingCode.RING_DIFFERS, "")]
    if ring.unlike:
        return [(FindingCode.RING_UNLIKE, "、".join(str(n) for n in ring.unlike))]
    return []


def unrolled(opacity: Map) -> Map:
    """The belt below the border, from the bottom clockwise, the edge above; 10 pixels a mm."""
    rows, columns = opacity.shape
    a, b = columns / 2 / PER_MM, rows / 2 / PER_MM
    around = np.linspace(0, 2 * math.pi, 2881) + math.pi / 2  # from the bottom, clockwise
    edge, out = _edge(a, b, around)
    track = edge - out * (_BORDER_MM + _TEXT_MM)  # characters stand evenly on this line
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(track), axis=0))])
    length = round(float(lengths[-1]) * _STRIP_PER_MM)
    even = np.interp(np.arange(length) / length * lengths[-1], lengths, around)
    edge, out = _edge(a, b, even)
    depth = np.arange(_BORDER_MM, _DEEPEST_MM, 1 / _STRIP_PER_MM)[:, None]
    at_x = (edge[0] - depth * out[0] + a) * PER_MM - 0.5
    at_y = (edge[1] - depth * out[1] + b) * PER_MM - 0.5
    soft = cv2.GaussianBlur(opacity, (0, 0), PER_MM / _STRIP_PER_MM / 2)
    strip = cv2.remap(
        soft, at_x.astype(np.float32), at_y.astype(np.float32), cv2.INTER_LINEAR, borderValue=0
    )
    return np.asarray(strip, np.float32)


def _edge(a: float, b: float, around: Points) -> tuple[Points, Points]:
    """Points of the ellipse, and the directions straight out of it."""
    edge = np.stack([a * np.cos(around), b * np.sin(around)])
    out = np.stack([b * np.cos(around), a * np.sin(around)])
    return edge, out / np.linalg.norm(out, axis=0)


def _span(strip: Map, count: int, depth: tuple[float, float]) -> tuple[float, float] | None:
    """Where the name begins and ends: what the gap at the bottom leaves, seen at *depth*."""
    top, bottom = (round((mm - _BORDER_MM) * _STRIP_PER_MM) for mm in depth)
    inner = strip[top:bottom]
    inked = np.flatnonzero((inner > 0.5).sum(axis=0) > 1)  # not a speck
    if count < 2 or inked.size < 20:
        return None
    start, end = float(inked[0]), float(inked[-1] + 1)
    # the strip begins at the bottom, where names leave a gap
    return (start, end) if end - start < _WIDEST_SPAN * strip.shape[1] else None


def _rows(strip: Map, span: tuple[float, float]) -> tuple[int, int]:
    """The rows the characters stand in: to the first empty one, seen over the whole name."""
    profile = (strip[:, int(span[0]) : int(span[1])] > 0.5).mean(axis=1)
    inked = profile > 0.04
    first = int(np.argmax(inked))
    empty = np.flatnonzero(~inked[first + 15 :])  # no name is lower than 1.5 mm
    last = first + 15 + int(empty[0]) if empty.size else strip.shape[0]
    return first, last


def _cells(
    ends: tuple[float, float], characters: list[str], narrow: float
) -> list[tuple[float, float]]:
    """Where each character stands, evenly but for brackets of *narrow* width."""
    widths = np.array([narrow if c in _BRACKETS else 1.0 for c in characters])
    borders = ends[0] + np.concatenate([[0.0], np.cumsum(widths)]) * (
        (ends[1] - ends[0]) / widths.sum()
    )
    return list(pairwise(borders.tolist()))


def _ranks(
    strip: Map,
    rows: tuple[int, int],
    cells: list[tuple[float, float]],
    characters: list[str],
) -> list[float]:
    """For each character the share of decoys that are more alike than it."""
    found = []
    for (left, right), character in zip(cells, characters, strict=True):
        cell = strip[rows[0] : rows[1], max(round(left), 0) : round(right)]
        seen = _normal(cell)
        if seen is None:
            found.append(1.0)
            continue
        own = float((seen * _glyph(character)).mean())
        found.append(float(np.mean(_decoys() @ seen.reshape(-1) / seen.size > own)))
    return found


def _normal(cell: Map) -> Map | None:
    """A character's ink brought to one size, softened, with mean 0 and deviation 1."""
    inked = cell > 0.4
    if np.count_nonzero(inked) < 12:
        return None
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    ink = cell[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    even = cv2.resize(ink, (_CELL, _CELL), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(even, (0, 0), 1.3)
    spread = float(soft.std())
    if spread < 1e-3:
        return None
    return np.asarray((soft - soft.mean()) / spread, np.float32)


@functools.lru_cache(maxsize=4096)
def _glyph(character: str) -> Map:
    """The expected character in our font."""
    font = ImageFont.truetype(str(FONT), 64)
    picture = Image.new("L", (96, 96))
    ImageDraw.Draw(picture).text((16, 8), character, 255, font)
    normal = _normal(np.asarray(picture, np.float32) / 255)
    return np.zeros((_CELL, _CELL), np.float32) if normal is None else normal


@functools.cache
def _decoys() -> NDArray[np.float32]:
    return np.stack([_glyph(c).reshape(-1) for c in dict.fromkeys(DECOYS)])


def _png(strip: Map) -> bytes:
    alpha = np.round(np.clip(strip, 0, 1) * 255).astype(np.uint8)
    white = np.full((*alpha.shape, 3), 255.0)
    share = alpha[..., None] / 255
    rgb = white * (1 - share) + np.asarray(INK, float) * share
    out = io.BytesIO()
    Image.fromarray(rgb.astype(np.uint8)).save(out, "PNG", compress_level=6)
    return out.getvalue()
