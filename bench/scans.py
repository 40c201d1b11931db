"""Synthetic application forms with known seals: printed, stamped, scanned, all by code.

Inks swallow light by factors (they are transparent), prints are uneven, scanners blur, add
grain and compress. Every form follows from its condition and seed.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.provinces import load_province
from portal.application_form import blank_form
from seal_core.faces import FaceKind, FaceSpec, draw
from seal_core.impressions import FindingCode, Outline, Wanted

A4 = (210.0, 297.0)
FONT = Path(__file__).parent.parent / "seal_core/faces/fonts/NotoSerifSC-Bold-subset.ttf"
NAMES = (
    "太原示例数字科技有限公司",
    "山西示例新材料（集团）股份有限公司",
    "晋中书局",
    "江西示例农业科技开发有限责任公司南昌分公司",
)
CODE = "1401050123456"
RED = np.array([205, 34, 44], np.float32) / 255
BLACK = np.array([38, 36, 38], np.float32) / 255

Picture = NDArray[Any]

rl_config.useA85 = 0  # two thirds of the time, for nothing


@dataclass(frozen=True)
class Condition:
    """How forms of one row of the table are made. Angles in degrees, gaps too."""

    name: str
    solvable: bool = True
    dpi: int = 300
    quality: int = 60
    noise: float = 6.0
    blur_mm: float = 0.05
    ink: float = 1.0
    heavy: bool = False
    skew: float = 1.3
    quarter: int = 0
    tilt: float = 8.0
    paper: tuple[int, int, int] = (252, 250, 243)
    shade: float = 0.06
    text: str = "lines"  # none, lines (away from the seals), across, pen
    gap: float = 0.0
    rule: bool = False
    overlap: bool = False
    red_around: bool = False
    folds: bool = False
    photo: float = 0.0
    grey: bool = False
    pasted: bool = False
    clipped: bool = False
    chroma: bool = True
    cleaned: bool = False
    print_scale: float = 1.0
    own_form: bool = False
    shrink: float = 1.0  # of the seals against the size chosen
    kinds: tuple[str, ...] = ("company42", "finance38", "invoice", "square20")
    expects: FindingCode | None = None
    seeds: int = 7


@dataclass(frozen=True)
class Truth:
    """One seal as it was stamped: *mask* its ink upright at 600 dpi, *black* what lies on it."""

    wanted: int
    x: float
    y: float
    width: float
    height: float
    angle: float
    step: float  # degrees after which it looks the same
    mask: NDArray[np.bool_]
    black: NDArray[np.bool_]
    name: str  # on the ring


@dataclass(frozen=True)
class Scan:
    """A form and what is known about it."""

    pdf: bytes
    wanted: tuple[Wanted, ...]
    truths: tuple[Truth, ...]
    size_known: bool = True


@dataclass
class _Sheet:
    """A page while it is made, in densities of its inks."""

    per_mm: float
    red: Picture
    black: Picture
    truths: list[dict[str, Any]] = field(default_factory=list)


SEALS: dict[str, tuple[FaceKind, float, float, Outline]] = {
    "company42": (FaceKind.COMPANY, 42, 42, Outline.ROUND),
    "company40": (FaceKind.COMPANY, 40, 40, Outline.ROUND),
    "company38": (FaceKind.COMPANY, 38, 38, Outline.ROUND),
    "oval45": (FaceKind.COMPANY, 45, 30, Outline.OVAL),
    "contract38": (FaceKind.CONTRACT, 38, 38, Outline.ROUND),
    "finance38": (FaceKind.FINANCE, 38, 38, Outline.ROUND),
    "finance22": (FaceKind.FINANCE, 22, 22, Outline.RECTANGLE),
    "invoice": (FaceKind.INVOICE, 40, 30, Outline.OVAL),
    "square20": (FaceKind.LEGAL_REPRESENTATIVE, 20, 20, Outline.RECTANGLE),
    "square18": (FaceKind.LEGAL_REPRESENTATIVE, 18, 18, Outline.RECTANGLE),
    "oblong20": (FaceKind.PERSONAL, 20, 10, Outline.RECTANGLE),
}
CENTRES = ((60.0, 122.0), (148.0, 120.0), (60.0, 192.0), (148.0, 192.0), (60.0, 248.0))


OWN_CENTRES = ((61.5, 121.0), (148.5, 121.0), (61.5, 175.0), (148.5, 175.0), (150.0, 228.0))
"""Inside the boxes of our form; the last by the signature."""
OWN_TYPES = ("statutory_name", "contract", "finance", "legal_representative")


def wanted_of(kind: str) -> Wanted:
    _, width, height, outline = SEALS[kind]
    return Wanted(kind, outline, width, height)


@lru_cache(maxsize=64)
def face_alpha(kind: str, name: str) -> Picture:
    """The face at 600 dpi, 0 … 1."""
    face, width, height, _ = SEALS[kind]
    personal = face in {FaceKind.LEGAL_REPRESENTATIVE, FaceKind.PERSONAL}
    code = "91140105MA0ABCDE0X" if face is FaceKind.INVOICE else ("" if personal else CODE)
    code = "" if kind == "finance22" else code
    spec = FaceSpec(face, "张三丰" if personal else name, width, height, code=code)
    with Image.open(io.BytesIO(draw(spec).png(600))) as picture:
        return np.asarray(picture.convert("RGBA"))[..., 3].astype(np.float32) / 255


def make(condition: Condition, seed: int) -> Scan:
    """The form of *condition* number *seed*."""
    chance = np.random.default_rng([seed, *condition.name.encode()])
    sheet = _printed(condition, chance)
    _stamp_all(sheet, condition, chance)
    if condition.rule:
        _red_rules(sheet)
    return _scanned(sheet, condition, chance)


# --- printing ---------------------------------------------------------------------------


def _printed(condition: Condition, chance: np.random.Generator) -> _Sheet:
    per_mm = condition.dpi / 25.4
    size = (round(A4[0] * per_mm), round(A4[1] * per_mm))
    if condition.own_form:
        black = _own_form(condition, size)
        return _Sheet(per_mm, np.zeros_like(black), black)
    page = Image.new("L", size, 0)
    pen = ImageDraw.Draw(page)

    def font(mm: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(FONT), int(mm * per_mm))

    def px(*mm: float) -> Any:
        return [v * per_mm for v in mm]

    pen.text(px(105, 20), "电子印章备案（采集）申请表", font=font(7), fill=255, anchor="mm")
    for k, row in enumerate(ROWS):
        y = 32.0 + k * 9
        pen.rectangle(px(18, y, 192, y + 9), outline=230, width=max(int(0.25 * per_mm), 1))
        pen.text(px(22, y + 4.5), row, font=font(4), fill=245, anchor="lm")
    pen.rectangle(px(18, 82, 192, 285), outline=230, width=max(int(0.3 * per_mm), 1))
    pen.text(px(22, 86), "印模一（公章）", font=font(3.5), fill=245)
    if condition.text == "across":
        for k in range(22):
            pen.text(px(24, 95 + k * 8), PROMISE, font=font(3.6), fill=240)
    if condition.text == "pen":
        for x, y in CENTRES[:4]:
            pen.line(px(x - 30, y + 5, x + 30, y + 3), fill=240, width=int(0.4 * per_mm))
            wave = [
                v
                for t in range(60)
                for v in px(x - 22 + t * 0.75, y - 2 + 6 * math.sin(t / 3) * math.cos(t / 11))
            ]
            pen.line(wave, fill=235, width=int(0.6 * per_mm), joint="curve")
    black = np.asarray(page, np.float32) / 255
    red = np.zeros_like(black)
    if condition.red_around:
        red = _red_things(size, per_mm, font, px)
    return _Sheet(per_mm, red, black)


ROWS = (
    "单位名称：太原示例数字科技有限公司",
    "统一社会信用代码：91140105MA0ABCDE0X",
    "法定代表人：张三丰    联系电话：138****0000",
    "经办人：李四    身份证号：140105********0012",
    "申请印章：公章、财务专用章、发票专用章、法定代表人名章",
)
PROMISE = "本单位承诺所提交材料真实合法有效，并对其承担相应的法律责任。本单位承诺"


def _red_things(size: tuple[int, int], per_mm: float, font: Any, px: Any) -> Picture:
    """Red letterhead, a red tick, a red number, a red frame."""
    page = Image.new("L", size, 0)
    pen = ImageDraw.Draw(page)
    pen.text(px(105, 9), "山西省某某有限公司文件", font=font(9), fill=235, anchor="mm")
    pen.line(px(18, 15, 192, 15), fill=235, width=int(0.6 * per_mm))
    pen.line(px(100, 155, 104, 160, 112, 146), fill=225, width=int(0.8 * per_mm))
    pen.text(px(120, 262), "编号 №0012345", font=font(5), fill=230)
    pen.rectangle(px(24, 262, 60, 280), outline=225, width=int(0.5 * per_mm))
    pen.ellipse(px(150, 266, 166, 280), outline=225, width=int(0.5 * per_mm))
    return np.asarray(page, np.float32) / 255


def _own_form(condition: Condition, size: tuple[int, int]) -> Picture:
    """Our own paper, printed at *print_scale* about the middle of the sheet."""
    document = pypdfium2.PdfDocument(_own_paper())
    bitmap = document[0].render(scale=condition.dpi / 72, grayscale=True)
    page = 1 - bitmap.to_numpy().reshape(bitmap.height, bitmap.width).astype(np.float32) / 255
    bitmap.close()
    document.close()
    page = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    matrix = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), 0, condition.print_scale)
    return np.asarray(cv2.warpAffine(page, matrix, size, flags=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=1)
def _own_paper() -> bytes:
    return blank_form(load_province("shanxi"))


# --- stamping ---------------------------------------------------------------------------


def _stamp_all(sheet: _Sheet, condition: Condition, chance: np.random.Generator) -> None:
    for index, kind in enumerate(condition.kinds):
        x, y = OWN_CENTRES[index] if condition.own_form else CENTRES[index]
        x, y = x + chance.uniform(-3, 3), y + chance.uniform(-3, 3)
        if condition.overlap and index in (1, 3):
            x0, y0 = sheet.truths[-1]["x"], sheet.truths[-1]["y"]
            apart = (_side(condition.kinds[index - 1]) + _side(kind)) / 2 - 10
            x, y = x0 + apart, y0 + chance.uniform(-2, 2)
        if condition.clipped and index == 0:
            x = 17.0
        if condition.clipped and index == 1:
            x = A4[0] - 14.0
        _stamp(sheet, condition, chance, index, kind, x, y)


def _side(kind: str) -> float:
    return SEALS[kind][1]


def _stamp(
    sheet: _Sheet,
    condition: Condition,
    chance: np.random.Generator,
    index: int,
    kind: str,
    x: float,
    y: float,
) -> None:
    _, width, height, outline = SEALS[kind]
    name = NAMES[int(chance.integers(len(NAMES)))]
    alpha = face_alpha(kind, name).copy()
    if condition.gap:
        alpha *= _without_gap(alpha.shape, condition.gap, chance)
    angle = float(chance.uniform(-condition.tilt, condition.tilt))
    scale = sheet.per_mm * 25.4 / 600 * condition.shrink
    wear = np.ones_like(alpha) if condition.pasted else _wear(alpha.shape, chance, condition)
    inked = _ink_of(alpha * wear * condition.ink, 0.5 / scale if scale < 1 else 0.0)
    c, s = math.cos(math.radians(angle)) * scale, math.sin(math.radians(angle)) * scale
    middle = (np.array(alpha.shape[::-1]) - 1) / 2
    place = np.array([x, y]) * sheet.per_mm - 0.5
    linear = np.array([[c, -s], [s, c]])
    matrix = np.column_stack([linear, place - linear @ middle])
    shape = (sheet.red.shape[1], sheet.red.shape[0])
    sheet.red = np.maximum(0, sheet.red + cv2.warpAffine(inked, matrix, shape))
    sheet.truths.append(
        {
            "wanted": index,
            "x": x,
            "y": y,
            "width": width * condition.shrink,
            "height": height * condition.shrink,
            "angle": angle,
            "step": 360.0 if outline is not Outline.RECTANGLE else 180.0 - 90.0 * (width == height),
            "mask": (alpha > 0.5) & (wear > 0.4),
            "matrix": matrix,
            "name": name,
        }
    )


def _ink_of(alpha: Picture, sigma: float) -> Picture:
    return alpha if sigma == 0 else np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), np.float32)


def _wear(shape: tuple[int, ...], chance: np.random.Generator, condition: Condition) -> Picture:
    """Grain of the ink, pressure that differs from side to side, and small voids."""
    fine = cv2.GaussianBlur(chance.random(shape).astype(np.float32), (0, 0), 2.0)
    fine = (fine - fine.mean()) / fine.std()
    small = chance.random((10, 10)).astype(np.float32)
    wide = cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC)
    wide = np.clip((wide - wide.min()) / (wide.max() - wide.min()), 0, 1)
    low = 0.85 if condition.heavy else 0.62
    wear = np.clip(0.88 + 0.10 * fine, 0, 1.1) * (low + (1 - low) * wide)
    wear[fine < -2.4] *= 0.25
    return np.asarray(wear * (1.25 if condition.heavy else 1.0), np.float32)


def _without_gap(shape: tuple[int, ...], gap: float, chance: np.random.Generator) -> Picture:
    """White where the seal did not touch: a sector of the border and what lies near it."""
    towards = chance.uniform(0, 2 * math.pi)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x, y = x - shape[1] / 2, y - shape[0] / 2
    off = np.abs((np.arctan2(y, x) - towards + math.pi) % (2 * math.pi) - math.pi)
    far = np.hypot(x / shape[1], y / shape[0]) * 2 > 0.55
    return np.asarray(np.where((off < math.radians(gap / 2)) & far, 0, 1), np.float32)


def _red_rules(sheet: _Sheet) -> None:
    for truth in sheet.truths:
        y = round(truth["y"] * sheet.per_mm + 2.5 * sheet.per_mm)
        left, right = round(18 * sheet.per_mm), round(192 * sheet.per_mm)
        thick = max(round(0.5 * sheet.per_mm), 1)
        band = sheet.red[y : y + thick, left:right]
        sheet.red[y : y + thick, left:right] = np.maximum(band, 0.9)


# --- scanning ---------------------------------------------------------------------------


def _scanned(sheet: _Sheet, condition: Condition, chance: np.random.Generator) -> Scan:
    rgb = _light(sheet, condition, chance)
    size = (rgb.shape[1], rgb.shape[0])
    if condition.photo:
        rgb, matrix = _photographed(rgb, condition, chance)
    else:
        matrix = np.eye(3)
        matrix[:2] = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), -condition.skew, 1)
        rgb = cv2.warpAffine(rgb, matrix[:2], size, borderMode=cv2.BORDER_REPLICATE)
    sigma = condition.blur_mm * sheet.per_mm
    if sigma > 0.3 and not condition.pasted:
        rgb = cv2.GaussianBlur(rgb, (0, 0), sigma)
    if condition.pasted:
        rgb = _with_noise_but(rgb, sheet, condition, chance)
    else:
        rgb = rgb + condition.noise * chance.standard_normal(rgb.shape, np.float32)
    if condition.cleaned:
        rgb = np.where(rgb.min(axis=2, keepdims=True) > 232, 255, rgb)
    if condition.grey:
        rgb = np.repeat(rgb @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, axis=2)
    pixels = np.clip(np.round(rgb), 0, 255).astype(np.uint8)
    for _ in range(condition.quarter):
        pixels, matrix = _quarter(pixels, matrix)
    pdf, per_mm = _pdf(pixels, condition)
    truths = tuple(_truth(t, matrix, per_mm, sheet, condition) for t in sheet.truths)
    wanted = tuple(wanted_of(kind) for kind in condition.kinds)
    if condition.own_form:
        wanted = tuple(replace(w, type=t) for w, t in zip(wanted, OWN_TYPES, strict=False))
    return Scan(pdf, wanted, truths, size_known=not condition.photo or condition.own_form)


def _light(sheet: _Sheet, condition: Condition, chance: np.random.Generator) -> Picture:
    """What the paper sends back: shade, folds, and both inks as factors."""
    rows, columns = sheet.red.shape
    paper = np.array(condition.paper, np.float32)
    shade = 1 - condition.shade * np.linspace(0, 1, columns, dtype=np.float32)[None, :]
    shade = shade * (1 - 0.04 * np.linspace(0, 1, rows, dtype=np.float32)[:, None])
    if condition.folds:
        y = np.arange(rows, dtype=np.float32)
        for at in (0.42 * rows, 0.66 * rows):
            shade *= (1 - 0.25 * np.exp(-(((y - at) / (0.5 * sheet.per_mm)) ** 2)))[:, None]
    red, black = np.log(RED), np.log(BLACK)
    planes = [
        paper[c] * shade * np.exp(sheet.red * red[c] + np.minimum(sheet.black, 1) * black[c])
        for c in range(3)
    ]
    return np.asarray(np.stack(planes, axis=2), np.float32)


def _photographed(
    rgb: Picture, condition: Condition, chance: np.random.Generator
) -> tuple[Picture, NDArray[np.float64]]:
    """A phone held aslant over a table: perspective, shade, a dark surround."""
    rows, columns = rgb.shape[:2]
    lean = condition.photo
    margin = 0.04 * columns
    flat = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    push = chance.uniform(-0.4, 0.4, (4, 2)).astype(np.float32) * lean * columns
    seen = flat * (1 - 2 * 0.04) + margin
    seen += push + np.array([[lean, 0], [-lean, lean * 0.4], [0, 0], [0, 0]]) * columns
    matrix = cv2.getPerspectiveTransform(flat, seen.astype(np.float32))
    rgb = cv2.warpPerspective(
        rgb, matrix, (columns, rows), flags=cv2.INTER_AREA, borderValue=(96, 84, 72)
    )
    fall = np.linspace(1.0, 0.72, columns, dtype=np.float32)[None, :, None]
    return np.asarray(rgb * fall, np.float32), np.asarray(matrix, np.float64)


def _with_noise_but(
    rgb: Picture, sheet: _Sheet, condition: Condition, chance: np.random.Generator
) -> Picture:
    """Grain everywhere except where a clean picture of a seal was pasted."""
    noise = condition.noise * chance.standard_normal(rgb.shape, np.float32)
    for truth in sheet.truths:
        reach = truth["width"] / 2 + 3
        y0, y1 = ((truth["y"] + d) * sheet.per_mm for d in (-reach, reach))
        x0, x1 = ((truth["x"] + d) * sheet.per_mm for d in (-reach, reach))
        noise[int(y0) : int(y1), int(x0) : int(x1)] = 0
    return np.asarray(rgb + noise, np.float32)


def _quarter(
    pixels: NDArray[np.uint8], matrix: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A quarter turn clockwise."""
    turn = np.array([[0, -1, pixels.shape[0]], [1, 0, 0], [0, 0, 1.0]])
    return np.ascontiguousarray(np.rot90(pixels, -1)), turn @ matrix


def _pdf(pixels: NDArray[np.uint8], condition: Condition) -> tuple[bytes, float]:
    """One page around the JPEG; photographs fill the width of an A4 page."""
    jpeg = io.BytesIO()
    subsampling = 2 if condition.chroma else 0
    Image.fromarray(pixels).save(jpeg, "JPEG", quality=condition.quality, subsampling=subsampling)
    rows, columns = pixels.shape[:2]
    per_mm = columns / A4[0] if condition.photo else condition.dpi / 25.4
    width, height = columns / per_mm * 72 / 25.4, rows / per_mm * 72 / 25.4
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(jpeg.getvalue())), 0, 0, width, height)
    canvas.save()
    return out.getvalue(), per_mm


def _truth(
    stamped: dict[str, Any],
    matrix: NDArray[np.float64],
    per_mm: float,
    sheet: _Sheet,
    condition: Condition,
) -> Truth:
    at = np.array([stamped["x"] * sheet.per_mm, stamped["y"] * sheet.per_mm, 1.0])
    x, y, w = matrix @ at
    beside = matrix @ (at + np.array([0.0, -10.0 * sheet.per_mm, 0.0]))
    up = beside[:2] / beside[2] - np.array([x, y]) / w
    turned = math.degrees(math.atan2(up[0], -up[1]))
    mask = stamped["mask"]
    black = cv2.warpAffine(
        sheet.black,
        stamped["matrix"],
        mask.shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return Truth(
        wanted=stamped["wanted"],
        x=x / w / per_mm,
        y=y / w / per_mm,
        width=stamped["width"],
        height=stamped["height"],
        angle=stamped["angle"] + turned,
        step=stamped["step"],
        mask=mask,
        black=np.asarray(black > 0.6),
        name=stamped["name"],
    )


# --- the table --------------------------------------------------------------------------

_C = FindingCode
MIXED = ("company40", "contract38", "oval45", "finance22", "square18")
OWN = ("company40", "contract38", "finance38", "square20", "company40")
BASE = Condition("base")

CONDITIONS: Sequence[Condition] = (
    replace(BASE, seeds=10),
    Condition("other seals", kinds=MIXED, seeds=8),
    Condition("one seal", kinds=("company40",)),
    Condition("q30 noise14", quality=30, noise=14),
    Condition("ink 35 %", ink=0.35, expects=_C.FAINT),
    Condition("ink 20 %", ink=0.2, expects=_C.FAINT),
    Condition("ink 35 %, q30, noise14", ink=0.35, quality=30, noise=14, expects=_C.FAINT),
    Condition("heavy ink, text, q50", heavy=True, quality=50, text="across",
              expects=_C.TEXT_ACROSS),
    Condition("200 dpi", dpi=200, expects=_C.DPI_LOW),
    Condition("150 dpi", dpi=150, expects=_C.DPI_TOO_LOW),
    Condition("150 dpi q40", dpi=150, quality=40, expects=_C.DPI_TOO_LOW),
    Condition("600 dpi", dpi=600, seeds=4),
    Condition("600 dpi, text across", dpi=600, text="across", seeds=3, expects=_C.TEXT_ACROSS),
    Condition("skew 4°", skew=4.0),
    Condition("skew 15°", skew=15.0, kinds=("company40", "finance38", "invoice", "square20")),
    Condition("upside down", quarter=2),
    Condition("quarter turn", quarter=1),
    Condition("seals tilted ±40°", tilt=40.0),
    Condition("yellow paper", paper=(238, 222, 190)),
    Condition("shade", shade=0.4),
    Condition("fold lines", folds=True),
    Condition("scanner cleans paper", cleaned=True),
    Condition("text across", text="across", expects=_C.TEXT_ACROSS, seeds=8),
    Condition("pen and rule across", text="pen", expects=_C.TEXT_ACROSS),
    Condition("text across, 200 dpi", text="across", dpi=200, expects=_C.TEXT_ACROSS),
    Condition("gap 20°", gap=20.0),
    Condition("gap 45°", gap=45.0),
    Condition("gap 90°", gap=90.0, expects=_C.RING_BROKEN),
    Condition("gap 140°", solvable=False, gap=140.0, expects=_C.RING_BROKEN),
    Condition("red rule through", rule=True, expects=_C.RED_ACROSS),
    Condition("overlap 10 mm", overlap=True, expects=_C.RED_ACROSS),
    Condition("red head, tick, number", red_around=True),
    Condition("full chroma q90", chroma=False, quality=90),
    Condition("38 mm for 40", kinds=("company40",), shrink=38 / 40, expects=_C.SIZE_DIFFERS),
    Condition("own form", own_form=True, kinds=OWN),
    Condition("own form printed at 95 %", own_form=True, kinds=OWN, print_scale=0.95,
              expects=_C.PRINT_SCALED),
    Condition("own form, upside down", own_form=True, kinds=OWN, quarter=2),
    Condition("own form, quarter turn", own_form=True, kinds=OWN, quarter=3),
    Condition("own form, skew 7°, 200 dpi", own_form=True, kinds=OWN, skew=7.0, dpi=200),
    Condition("own form, photographed", own_form=True, kinds=OWN, photo=0.05, noise=5, dpi=350),
    Condition("out of focus", solvable=False, blur_mm=0.45, expects=_C.BLURRED),
    Condition("clipped at the edge", solvable=False, clipped=True, expects=_C.CLIPPED,
              kinds=("company42", "finance38")),
    Condition("photo of another form", solvable=False, photo=0.06, noise=5, expects=_C.PERSPECTIVE),
    Condition("pasted screenshot", solvable=False, pasted=True, quality=92, expects=_C.PASTED),
    Condition("grey scan", solvable=False, grey=True, expects=_C.GREY_SCAN),
)  # fmt: skip
