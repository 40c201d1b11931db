"""Paths, colours, clips, layers: what stands where on a drawn OFD page."""

from __future__ import annotations

import pytest

from seal_core.previews import draw_page, draw_svg
from seal_core.previews.ofd_paths import svg_path
from tests.support.pages import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    at,
    drawn,
    layer,
    opened,
    package,
    path,
    square,
    xml,
)


def test_page_is_as_large_as_its_box_says() -> None:
    """The page's own area counts before the document's; pixels follow from dpi."""
    area = "<ofd:Area><ofd:PhysicalBox>0 0 50.8 25.4</ofd:PhysicalBox></ofd:Area>"
    preview = draw_page(package(layer(""), extra=area), 1, 100)
    assert (preview.width, preview.height) == (200, 100)
    assert (preview.width_mm, preview.height_mm) == (50.8, 25.4)
    assert (preview.page, preview.pages, preview.notes) == (1, 1, ())


def test_boundary_moves_and_ctm_turns() -> None:
    """A point goes through the CTM and is then moved by the Boundary's corner."""
    turned = square(10, 10, 5, "255 0 0", 'CTM="0 2 -1 0 5 0"')  # 5 wide, 10 high
    picture = drawn(package(layer(turned)))
    assert at(picture, 12, 18) == RED
    assert at(picture, 17, 12) == WHITE
    assert at(picture, 12, 22) == WHITE


@pytest.mark.parametrize(
    ("figure", "inside", "outside"),
    [
        ("S 0 0 L 10 0 L 10 10 L 0 10 C", (5, 5), (15, 5)),
        ("M 0 10 Q 0 0 10 0 L 10 10 C", (8, 8), (1, 1)),
        ("M 0 10 B 0 0 0 0 10 0 L 10 10 C", (8, 8), (1, 1)),
        ("M 0 5 A 5 5 0 0 1 10 5 A 5 5 0 0 1 0 5 C", (5, 5), (0.5, 0.5)),
        ("M 5 0 A 5 2.5 90 0 1 5 10 C", (6.5, 5), (9, 5)),
        ("L 10 0 L 10 10 C", (8, 3), (2, 8)),
    ],
    ids=["move", "quadratic", "cubic", "arc", "turned_arc", "no_start"],
)
def test_figures(figure: str, inside: tuple[float, float], outside: tuple[float, float]) -> None:
    """Every operator of AbbreviatedData draws what clause 9.1 says."""
    picture = drawn(package(layer(path(figure, 10, 10, "255 0 0"))))
    assert at(picture, 10 + inside[0], 10 + inside[1]) == RED
    assert at(picture, 10 + outside[0], 10 + outside[1]) == WHITE


@pytest.mark.parametrize("evil", ['M 0 0"/><script/>', "M 0 0 L <", "M 1 nan L inf 2", "A A A"])
def test_path_data_cannot_break_out_of_its_attribute(evil: str) -> None:
    """Only operators and numbers reach the SVG."""
    assert not set(svg_path(evil)) & set("\"<>&'")


def test_fill_rules() -> None:
    """A hole is a hole by Even-Odd, and is filled by NonZero if it turns the same way."""
    ring = "M 0 0 L 15 0 L 15 15 L 0 15 C M 5 5 L 10 5 L 10 10 L 5 10 C"
    content = path(ring, 0, 0, "255 0 0") + path(ring, 20, 0, "255 0 0", 'Rule="Even-Odd"')
    picture = drawn(package(layer(content)))
    assert at(picture, 7, 7) == RED
    assert at(picture, 27, 7) == WHITE


def test_strokes() -> None:
    """Lines are drawn unless Stroke is false, as wide as said, dashed as said."""
    line = "<ofd:AbbreviatedData>M 0 0 L 36 0</ofd:AbbreviatedData></ofd:PathObject>"
    start = '<ofd:PathObject Boundary="2 {} 36 1" LineWidth="2"'
    content = (
        f"{start.format(5)}>{line}"
        f'{start.format(15)} DashPattern="4 4" DashOffset="4">{line}'
        f'{start.format(25)} Stroke="false">{line}'
        f'{start.format(35)} Cap="Square">{line}'
    )
    picture = drawn(package(layer(content)))
    assert at(picture, 20, 5.5) == BLACK
    assert at(picture, 20, 6.5) == WHITE
    assert (at(picture, 4, 15), at(picture, 8, 15)) == (WHITE, BLACK)
    assert at(picture, 20, 25) == WHITE
    assert (at(picture, 1.2, 5), at(picture, 1.2, 35)) == (WHITE, BLACK)


def test_hairlines_stay_visible() -> None:
    """A line of no width is still a line on the screen."""
    line = (
        '<ofd:PathObject Boundary="2 10.05 36 1" LineWidth="0"><ofd:AbbreviatedData>M 0 0 L 36 0'
        "</ofd:AbbreviatedData></ofd:PathObject>"
    )
    assert at(drawn(package(layer(line))), 20, 10)[0] < 200


def test_drawing_parameters_are_inherited() -> None:
    """Own attributes before the DrawParam, before its Relative, before the layer's."""
    resources = (
        "<ofd:DrawParams>"
        '<ofd:DrawParam ID="1" LineWidth="6"><ofd:StrokeColor Value="255 0 0"/></ofd:DrawParam>'
        '<ofd:DrawParam ID="2" Relative="1" LineWidth="2"/>'
        '<ofd:DrawParam ID="3" Relative="4"/><ofd:DrawParam ID="4" Relative="3"/>'
        "</ofd:DrawParams>"
    )
    line = "<ofd:AbbreviatedData>M 0 0 L 36 0</ofd:AbbreviatedData></ofd:PathObject>"
    content = (
        f'<ofd:PathObject Boundary="2 5 36 1">{line}'
        f'<ofd:PathObject Boundary="2 15 36 1" DrawParam="2">{line}'
        f'<ofd:PathObject Boundary="2 25 36 1" LineWidth="2"><ofd:StrokeColor Value="0 0 255"/>'
        f"{line}"
        f'<ofd:PathObject Boundary="2 35 36 1" DrawParam="3">{line}'
    )
    picture = drawn(package(layer(content, 'DrawParam="1"'), resources=resources))
    assert at(picture, 20, 7.5) == RED
    assert (at(picture, 20, 15.5), at(picture, 20, 17)) == (RED, WHITE)
    assert (at(picture, 20, 25.5), at(picture, 20, 27)) == (BLUE, WHITE)


def test_colours() -> None:
    """RGB, grey, CMYK, hexadecimal components, palettes, opacity."""
    resources = (
        '<ofd:ColorSpaces><ofd:ColorSpace ID="7" Type="RGB"><ofd:Palette><ofd:CV>0 0 255</ofd:CV>'
        "</ofd:Palette></ofd:ColorSpace></ofd:ColorSpaces>"
    )
    values = ("255 0 0", "128", "0 255 255 0", "#ff #00 #00")
    content = "".join(square(n * 10, 0, 8, value) for n, value in enumerate(values))
    content += square(0, 10, 8, "").replace('Value=""', 'ColorSpace="7" Index="0"')
    content += square(10, 10, 8, "255 0 0").replace("0 0", '0 0" Alpha="51', 1)
    content += square(20, 10, 8, "255 0 0", 'Alpha="51"') + square(30, 10, 8, "0 0 0", 'Alpha="0"')
    content += square(0, 20, 8, "0 0 0", 'Visible="false"')
    picture = drawn(package(layer(content), resources=resources))
    assert [at(picture, x, 4) for x in (4, 14, 24, 34)] == [RED, (128,) * 3, RED, RED]
    assert [at(picture, x, 14) for x in (4, 14, 24, 34)] == [
        BLUE,
        (255, 204, 204),
        (255, 204, 204),
        WHITE,
    ]
    assert at(picture, 4, 24) == WHITE


def test_shadings() -> None:
    """Axial and radial shadings run, end where not extended, and others become one colour."""

    def shaded(x: float, y: float, shading: str) -> str:
        return square(x, y, 16, "0 0 0").replace(
            'Value="0 0 0"/>', f'Value="0 0 0">{shading}</ofd:FillColor>'
        )

    stops = (
        '<ofd:Segment Position="0"><ofd:Color Value="255 0 0"/></ofd:Segment>'
        '<ofd:Segment Position="1"><ofd:Color Value="0 0 255"/></ofd:Segment>'
    )
    axial = '<ofd:AxialShd StartPoint="4 0" EndPoint="12 0"{}>' + stops + "</ofd:AxialShd>"
    radial = '<ofd:RadialShd StartPoint="8 8" EndPoint="8 8" EndRadius="8" Extend="3">'
    triangles = "<ofd:GouraudShd>" + 3 * (
        '<ofd:Point X="0" Y="0"><ofd:Color Value="0 255 0"/></ofd:Point>'
    )
    content = (
        shaded(0, 0, axial.format(' Extend="3"'))
        + shaded(20, 0, axial.format(""))
        + shaded(0, 20, radial + stops + "</ofd:RadialShd>")
        + shaded(20, 20, triangles + "</ofd:GouraudShd>")
    )
    data = package(layer(content))
    picture = drawn(data)
    assert (at(picture, 1, 8), at(picture, 15, 8)) == (RED, BLUE)
    assert (at(picture, 21, 8), at(picture, 35, 8)) == (WHITE, WHITE)
    middle = at(picture, 28, 8)
    assert 100 < middle[0] < 160
    assert 100 < middle[2] < 160
    assert at(picture, 8, 28)[0] > 240
    assert at(picture, 1, 21) == BLUE
    assert at(picture, 28, 28) == GREEN
    assert draw_page(data).notes == ("a shading over triangles is drawn in one colour",)


def test_patterns_repeat_their_cell() -> None:
    """A cell of 4 mm with a square of 2 mm in it."""
    pattern = (
        f'<ofd:Pattern Width="4" Height="4"><ofd:CellContent>{square(0, 0, 2, "255 0 0")}'
        "</ofd:CellContent></ofd:Pattern>"
    )
    content = square(10, 10, 20, "0 0 0").replace("/>", f">{pattern}</ofd:FillColor>", 1)
    picture = drawn(package(layer(content)))
    assert [at(picture, x, 11) for x in (11, 13, 15, 17)] == [RED, WHITE, RED, WHITE]
    assert at(picture, 9, 11) == WHITE


def test_clips() -> None:
    """Areas of a Clip add up, Clips narrow, TransFlag tells whose space they are in."""

    def area(x: float, side: float) -> str:
        return (
            f'<ofd:Area><ofd:Path Boundary="{x} 0 40 40" Fill="true"><ofd:AbbreviatedData>'
            f"M 0 0 L {side} 0 L {side} 40 L 0 40 C</ofd:AbbreviatedData></ofd:Path></ofd:Area>"
        )

    def clipped(y: float, clips: str, flag: str = "false") -> str:
        return path(
            "M 0 0 L 18 0 L 18 4 L 0 4 C",
            0,
            y,
            "255 0 0",
            'CTM="2 0 0 2 0 0"',
            f'<ofd:Clips TransFlag="{flag}">{clips}</ofd:Clips>',
        )

    content = (
        clipped(0, f"<ofd:Clip>{area(0, 5)}{area(20, 5)}</ofd:Clip>")
        + clipped(10, f"<ofd:Clip>{area(0, 20)}</ofd:Clip><ofd:Clip>{area(10, 20)}</ofd:Clip>")
        + clipped(20, f"<ofd:Clip>{area(0, 5)}</ofd:Clip>", "true")
        + clipped(30, "<ofd:Clip></ofd:Clip>")
    )
    picture = drawn(package(layer(content)))
    rows = {y: [at(picture, x, y + 4) == RED for x in (2, 8, 15, 22, 30)] for y in range(0, 40, 10)}
    assert rows == {
        0: [True, False, False, True, False],
        10: [False, False, True, False, False],
        20: [True, True, False, False, False],
        30: [False] * 5,
    }


def test_layers_and_templates_are_drawn_in_their_order() -> None:
    """Background before body before foreground; a template below the page in the same order."""
    templates = {
        "Doc_0/Below.xml": xml(
            "Page", f"<ofd:Content>{layer(square(0, 0, 20, '0 0 255'))}</ofd:Content>"
        ),
        "Doc_0/Above.xml": xml(
            "Page", f"<ofd:Content>{layer(square(15, 0, 10, '0 255 0'))}</ofd:Content>"
        ),
    }
    common = (
        '<ofd:TemplatePage ID="8" BaseLoc="Below.xml"/>'
        '<ofd:TemplatePage ID="9" BaseLoc="Above.xml" ZOrder="Foreground"/>'
    )
    extra = '<ofd:Template TemplateID="9"/><ofd:Template TemplateID="8"/>'
    own = layer(square(10, 0, 10, "255 0 0")) + layer(square(0, 0, 5, "0 0 0"), 'Type="Background"')
    data = package(own, common=common, extra=extra, files=templates)
    picture = drawn(data)
    assert [at(picture, x, 2) for x in (2, 7, 12, 17)] == [BLACK, BLUE, RED, GREEN]
    missing = package(own, extra='<ofd:Template TemplateID="99"/>')
    assert draw_page(missing).notes == ("template 99 missing or unreadable",)


def test_annotations_are_drawn_where_visible() -> None:
    """The appearance of an annotation of this page, unless it is hidden."""
    appearance = '<ofd:Appearance Boundary="10 10 20 20">{}</ofd:Appearance>'
    notes = (
        f'<ofd:Annot Type="Stamp">{appearance.format(square(0, 0, 5, "255 0 0"))}</ofd:Annot>'
        '<ofd:Annot Type="Stamp" Visible="false">'
        f"{appearance.format(square(10, 0, 5, '255 0 0'))}</ofd:Annot>"
    )
    files = {
        "Doc_0/Annots.xml": xml(
            "Annotations",
            '<ofd:Page PageID="1"><ofd:FileLoc>Annot.xml</ofd:FileLoc></ofd:Page>'
            '<ofd:Page PageID="2"><ofd:FileLoc>Other.xml</ofd:FileLoc></ofd:Page>',
        ),
        "Doc_0/Annot.xml": xml("PageAnnot", notes),
        "Doc_0/Other.xml": xml("PageAnnot", notes.replace("10 10", "0 30")),
    }
    listed = "<ofd:Annotations>Annots.xml</ofd:Annotations>"
    picture = drawn(package(layer(""), document=listed, files=files))
    assert [at(picture, *place) for place in ((12, 12), (22, 12), (2, 32))] == [RED, WHITE, WHITE]


def test_composites_are_drawn_from_the_resources() -> None:
    """A vector picture, scaled by the object's CTM, with its opacity."""
    resources = (
        '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5" Width="10" Height="10">'
        f"<ofd:Content>{square(0, 0, 10, '255 0 0')}</ofd:Content>"
        "</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
    )
    content = (
        '<ofd:CompositeObject ResourceID="5" Boundary="10 10 20 20" CTM="2 0 0 2 0 0"/>'
        '<ofd:CompositeObject ResourceID="6" Boundary="0 0 20 20"/>'
    )
    data = package(layer(content), resources=resources)
    picture = drawn(data)
    assert (at(picture, 28, 28), at(picture, 5, 5)) == (RED, WHITE)
    assert draw_page(data).notes == ("composite 6 missing",)


def test_unknown_things_are_skipped_and_told() -> None:
    """What cannot be drawn is named; the rest of the page is there."""
    content = '<ofd:VideoObject Boundary="0 0 9 9"/>' + square(10, 10, 10, "255 0 0")
    preview = draw_page(package(layer(content)), 1, 127)
    assert preview.notes == ("VideoObject is not drawn",)
    assert at(opened(preview.png), 15, 15) == RED


def test_svg_stands_alone() -> None:
    """The SVG on request needs no font and no file, and is as large as the page."""
    drawing = draw_svg(package(layer(square(0, 0, 5, "255 0 0"))))
    assert drawing.svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="40mm"')
    assert "<text" not in drawing.svg
    assert (drawing.width_mm, drawing.height_mm, drawing.pages) == (40, 40, 1)
