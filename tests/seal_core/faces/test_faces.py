from __future__ import annotations

import io
import itertools
import math
import re
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from seal_core.errors import FaceRefused, MissingGlyph
from seal_core.faces import FaceKind, FaceSpec, default_layout, draw, nested_ofd, packaged_fonts
from seal_core.faces.blocks import BlockFace
from seal_core.faces.drawing import drawing
from seal_core.faces.layouts import INVOICE, RingLayout
from seal_core.faces.paths import Path, Point
from seal_core.faces.rings import RingFace
from seal_core.faces.setting import Cell

NAME = "太原示例数字科技有限公司"
CODE = "1401050123456"
TAX_NUMBER = "91140105MA0ABCDE0X"

EVERY_SIZE = [
    FaceSpec(FaceKind.COMPANY, NAME, 38, 38, code=CODE),
    FaceSpec(FaceKind.COMPANY, NAME, 40, 40, code=CODE),
    FaceSpec(FaceKind.COMPANY, NAME, 42, 42, code=CODE),
    FaceSpec(FaceKind.COMPANY, NAME, 45, 30, second_line="EXAMPLE TECH CO., LTD."),
    FaceSpec(FaceKind.DEPARTMENT, NAME, 40, 40, centre_text="人力资源部"),
    FaceSpec(FaceKind.CONTRACT, NAME, 38, 38, code=CODE, number="（1）"),
    FaceSpec(FaceKind.FINANCE, NAME, 38, 38, code=CODE),
    FaceSpec(FaceKind.FINANCE, NAME, 22, 22),
    FaceSpec(FaceKind.INVOICE, NAME, 40, 30, code=TAX_NUMBER, number="（2）"),
    FaceSpec(FaceKind.SPECIAL, NAME, 40, 40, centre_text="行政审批专用章"),
    FaceSpec(FaceKind.LEGAL_REPRESENTATIVE, "张三丰", 20, 20, suffix="印"),
    FaceSpec(FaceKind.PERSONAL, "李四", 18, 18, suffix="之印"),
    FaceSpec(FaceKind.PERSONAL, "诸葛亮", 16, 16),
    FaceSpec(FaceKind.PERSONAL, "张三丰", 20, 10),
]


def parts(spec: FaceSpec) -> RingFace | BlockFace:
    return drawing(spec, default_layout(spec), packaged_fonts())


def hull(points: list[Point]) -> list[Point]:
    """The convex hull of *points* (Andrew's monotone chain)."""
    found: list[Point] = []
    ordered = sorted(set(points))
    for run in (ordered, ordered[::-1]):
        start = len(found)
        for x, y in run:
            while len(found) - start >= 2:
                (ax, ay), (bx, by) = found[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                found.pop()
            found.append((x, y))
        found.pop()
    return found


def apart(a: list[Point], b: list[Point]) -> bool:
    """Whether a line separates two convex figures."""
    for shape in (a, b):
        for (x0, y0), (x1, y1) in zip(shape, shape[1:] + shape[:1], strict=True):
            nx, ny = y1 - y0, x0 - x1
            ours = [x * nx + y * ny for x, y in a]
            theirs = [x * nx + y * ny for x, y in b]
            if max(ours) < min(theirs) or max(theirs) < min(ours):
                return True
    return False


def ink_points(cells: list[Cell]) -> list[list[Point]]:
    return [points for cell in cells if (points := cell.path().outline_points())]


def assert_nothing_touches(spec: FaceSpec) -> None:
    """The ink of no character reaches the border or the hull of another character."""
    face, layout = parts(spec), default_layout(spec)
    shapes = ink_points(face.cells())
    half_w, half_h = spec.width_mm / 2 - layout.border, spec.height_mm / 2 - layout.border
    for x, y in itertools.chain.from_iterable(shapes):
        u, v = abs(x - spec.width_mm / 2) / half_w, abs(y - spec.height_mm / 2) / half_h
        assert (math.hypot(u, v) if isinstance(layout, RingLayout) else max(u, v)) < 1
    for a, b in itertools.combinations(map(hull, shapes), 2):
        assert apart(a, b)


@pytest.mark.parametrize("spec", EVERY_SIZE, ids=lambda s: f"{s.kind}-{s.width_mm}x{s.height_mm}")
def test_a_face_has_its_true_size_and_stays_inside(spec: FaceSpec) -> None:
    """The outer edge of the border touches all four sides, to a thousandth of a millimetre."""
    face = draw(spec)
    assert face.path.box() == pytest.approx((0, 0, spec.width_mm, spec.height_mm), abs=1e-3)
    size = f'width="{spec.width_mm}mm" height="{spec.height_mm}mm"'
    assert size in face.svg
    assert "<text" not in face.svg
    assert_nothing_touches(spec)


@pytest.mark.parametrize(("side", "border"), [(38, 1.0), (40, 1.0), (42, 1.2)])
def test_the_border_is_as_thick_as_the_rule_says(side: float, border: float) -> None:
    """1.0 mm up to 40 mm, 1.2 mm on 42 mm, measured on the printed pixels."""
    face = draw(FaceSpec(FaceKind.COMPANY, "晋中书局", side, side))
    with Image.open(io.BytesIO(face.png(1200))) as picture:
        alpha = picture.convert("RGBA").getchannel("A")
    middle = alpha.crop((0, alpha.height // 2, alpha.width // 12, alpha.height // 2 + 1))
    thickness = sum(middle.tobytes()) / 255 / 1200 * 25.4
    assert thickness == pytest.approx(border, abs=0.02)


def test_the_invoice_seal_keeps_every_measure_of_the_announcement() -> None:
    """国家税务总局公告2011年第7号: figures 3.7 × 26 wide, 发票专用章 4.2 below, name 210–260°."""
    spec = FaceSpec(FaceKind.INVOICE, NAME, 40, 30, code=TAX_NUMBER, number="（2）")
    face = parts(spec)
    cells = face.cells()
    name, purpose = cells[: len(NAME)], cells[len(NAME) : len(NAME) + 5]
    number, tax = cells[len(NAME) + 5 : -18], cells[-18:]
    left, right = tax[0].corners()[0][0], tax[-1].corners()[1][0]
    assert right - left == pytest.approx(26.0, abs=0.01)
    assert {(c.width, c.height) for c in tax} == {(1.3, 3.7)}
    figures = [p[1] for points in ink_points(tax[:8]) for p in points]
    assert max(figures) - min(figures) == pytest.approx(3.7, abs=0.15)
    assert {round(c.stand.at[1] - 2.3 - 15, 6) for c in purpose} == {4.2}
    assert {(round(c.width, 3), round(c.height, 3)) for c in purpose} == {(3.0, 4.6)}
    assert {round(c.stand.at[1] - 1.1 - 15, 6) for c in number} == {10.0}
    assert {c.height for c in name} == {4.2}
    edges = [name[0].corners()[::3], name[-1].corners()[1:3]]  # first and last, at half height
    ends = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in edges]
    span = sum(math.degrees(math.atan2(abs(x - 20), 15 - y)) for x, y in ends)
    assert 209 <= span <= 261
    assert INVOICE.border == 1.0
    with pytest.raises(FaceRefused):
        draw(FaceSpec(FaceKind.INVOICE, NAME, 45, 30, code=TAX_NUMBER))


@pytest.mark.parametrize("name", ["晋中书局", NAME, NAME * 3 + "分公司"])
def test_ring_text_is_spread_evenly_even_on_an_oval(name: str) -> None:
    """The way from each character to the next is the same all along the edge."""
    cells = parts(FaceSpec(FaceKind.COMPANY, name, 45, 30)).cells()
    steps = [math.dist(a.stand.at, b.stand.at) for a, b in itertools.pairwise(cells)]
    assert max(steps) / min(steps) < 1.03  # chords of equal arcs differ a little
    turns = [c.stand.turn for c in cells]
    assert math.sin(turns[0]) == pytest.approx(-math.sin(turns[-1]), abs=1e-6)


@pytest.mark.parametrize("length", range(4, 41, 4))
def test_names_of_4_to_40_characters_fit_every_company_seal(length: int) -> None:
    """Spacing is given up first, then width, then height; never legibility."""
    name = (NAME * 4)[:length]
    for side in (38, 40, 42):
        spec = FaceSpec(FaceKind.COMPANY, name, side, side, code=CODE)
        assert min(c.height for c in parts(spec).cells()[:length]) >= 2.4
        assert_nothing_touches(spec)


common = st.sampled_from(
    "".join(bytes((r, c)).decode("gb2312") for r in range(0xB0, 0xD7) for c in range(0xA1, 0xFA))
)
company_names = st.text(common | st.sampled_from("（）"), min_size=4, max_size=40)


@settings(max_examples=25, deadline=None)
@given(company_names, st.sampled_from(EVERY_SIZE[:9]))
def test_no_character_touches_the_border_or_another(name: str, like: FaceSpec) -> None:
    """Whatever the name is."""
    spec = FaceSpec(
        like.kind,
        name,
        like.width_mm,
        like.height_mm,
        centre_text=like.centre_text,
        code=like.code,
        number=like.number,
    )
    assert_nothing_touches(spec)


@settings(max_examples=25, deadline=None)
@given(
    st.text(common, min_size=2, max_size=4) | st.text(common, min_size=2, max_size=9),
    st.sampled_from([(20, 20), (18, 18), (16, 16), (20, 10)]),
    st.sampled_from(["", "印", "之印"]),
)
def test_name_seals_hold_any_name(name: str, size: tuple[int, int], suffix: str) -> None:
    """Square and oblong, with and without 印."""
    assert_nothing_touches(FaceSpec(FaceKind.PERSONAL, name, *size, suffix=suffix))


@pytest.mark.parametrize(
    ("name", "suffix", "columns"),
    [
        ("张三丰", "印", ["张三", "丰印"]),
        ("张三丰", "", ["张", "三丰"]),
        ("诸葛亮", "", ["诸葛", "亮"]),
        ("李四", "之印", ["李四", "之印"]),
        ("李四", "印", ["李四", "印"]),
        ("李四", "", ["李", "四"]),
        ("欧阳修文", "之印", ["欧阳修", "文之印"]),
    ],
)
def test_name_seals_read_in_columns_from_the_right(
    name: str, suffix: str, columns: list[str]
) -> None:
    """A family name of two characters stays together, and so does a name before its 印."""
    fonts = packaged_fonts()
    cells = parts(FaceSpec(FaceKind.PERSONAL, name, 20, 20, suffix=suffix)).cells()
    drawn = {id(fonts.text(c)): c for c in name + suffix}
    xs = sorted({round(c.stand.at[0], 3) for c in cells}, reverse=True)
    found = [
        "".join(drawn[id(c.body.glyph)] for c in cells if round(c.stand.at[0], 3) == x) for x in xs
    ]
    assert found == columns


@pytest.mark.parametrize("bracketed", ["示例（集团）有限公司", "示例(集团)有限公司"])
def test_brackets_on_a_ring_take_their_own_width(bracketed: str) -> None:
    """Half-width brackets are drawn as the registered full-width ones; both are narrow."""
    cells = parts(FaceSpec(FaceKind.COMPANY, bracketed, 40, 40)).cells()
    assert cells[2].width < cells[0].width * 0.6
    assert (
        draw(FaceSpec(FaceKind.COMPANY, bracketed, 40, 40)).svg
        == draw(FaceSpec(FaceKind.COMPANY, "示例（集团）有限公司", 40, 40)).svg
    )


def test_a_missing_character_is_refused_never_left_out() -> None:
    """The refusal names the character."""
    with pytest.raises(MissingGlyph) as refused:
        draw(FaceSpec(FaceKind.COMPANY, "太原\U0002a6a5科技有限公司", 40, 40))
    assert refused.value.character == "\U0002a6a5"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "name_length"),
        ({"name": "　 "}, "name_length"),
        ({"name": "长" * 41}, "name_length"),
        ({"name": "太原\n科技"}, "character"),
        ({"name": "太原\u200b科技"}, "character"),
        ({"second_line": "ئۇيغۇر"}, "script"),
        ({"second_line": "བོད་"}, "script"),
        ({"code": "14010-5"}, "code"),
        ({"code": "1" * 21}, "code"),
        ({"colour": "red"}, "colour"),
        ({"colour": '#E60012"/>'}, "colour"),
        ({"width_mm": 101.0}, "size"),
        ({"height_mm": 0.0}, "size"),
        ({"width_mm": math.nan}, "size"),
    ],
)
def test_what_no_seal_can_show_is_refused(changes: dict[str, str], reason: str) -> None:
    """Before anything is drawn, with a reason that words can be found for."""
    wish = {"kind": FaceKind.COMPANY, "name": NAME, "width_mm": 40, "height_mm": 40} | changes
    with pytest.raises(FaceRefused) as refused:
        FaceSpec(**wish)  # type: ignore[arg-type]
    assert refused.value.reason == reason


@pytest.mark.parametrize("spec", EVERY_SIZE[:10:3], ids=lambda s: s.kind)
def test_the_picture_carries_its_size_and_only_ink(spec: FaceSpec) -> None:
    """600 dpi in pHYs, pixels to match, transparent paper, one colour, a small file."""
    data = draw(spec).png()
    at = data.index(b"pHYs")
    assert struct.unpack(">IIB", data[at + 4 : at + 13]) == (23622, 23622, 1)
    assert len(data) < 60_000
    with Image.open(io.BytesIO(data)) as picture:
        pixels = picture.convert("RGBA")
    assert pixels.size == (
        round(spec.width_mm / 25.4 * 600),
        round(spec.height_mm / 25.4 * 600),
    )
    assert pixels.getchannel("A").getextrema() == (0, 255)
    colours = pixels.convert("RGB").getcolors()
    assert colours is not None
    assert [c for _, c in colours] == [(0xE6, 0x00, 0x12)]


def test_the_same_face_is_the_same_bytes() -> None:
    """SVG, PNG and nested OFD do not depend on the run."""
    spec = EVERY_SIZE[5]
    first = draw(spec)
    again = drawing(spec, default_layout(spec), packaged_fonts()).path()
    assert again == first.path
    assert nested_ofd(first) == nested_ofd(first)
    assert first.png(300) == first.png(300)
    assert first.png(300) != first.png(600)


def test_a_nested_ofd_is_a_whole_package_with_the_same_outlines() -> None:
    """One page of the seal's size, one filled path, names resolvable from OFD.xml."""
    face = draw(EVERY_SIZE[1])
    with zipfile.ZipFile(io.BytesIO(nested_ofd(face))) as package:
        assert "<ofd:DocRoot>Doc_0/Document.xml" in package.read("OFD.xml").decode()
        page = package.read("Doc_0/Pages/Page_0/Content.xml").decode()
    assert "<ofd:PhysicalBox>0 0 40 40</ofd:PhysicalBox>" in page
    found = re.search("<ofd:AbbreviatedData>(.*)</ofd:AbbreviatedData>", page)
    assert found is not None
    commands = re.findall("[A-Z]", found[1])
    assert set(commands) == {"M", "L", "Q", "B", "C"}
    assert commands.count("M") == commands.count("C") == face.svg.count("M")


def test_an_empty_path_has_no_box() -> None:
    """Nothing drawn is a mistake of the caller, not a seal of size 0."""
    with pytest.raises(ValueError, match="empty"):
        Path().box()
