"""Laid-out pages as OFD (GB/T 33190-2016), written as plain XML into a ZIP."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from fontTools import subset
from fontTools.ttLib import TTFont

from sandbox.papers.type import A4, POINT, Page, Rule, Run, Typeface

_NAMESPACE = "http://www.ofdspec.org/2016"
_FONT_ID = 1
_FIRST_PAGE_ID = 10
_OBJECTS_PER_PAGE = 1000  # identifiers set aside for each page


def as_ofd(pages: Sequence[Page], face: Typeface, *, title: str) -> bytes:
    """A package of OFD.xml, one document, its font and its pages."""
    box = f"0 0 {_number(A4[0])} {_number(A4[1])}"
    files: dict[str, bytes] = {
        "OFD.xml": _root(title, len(pages)),
        "Doc_0/Document.xml": _document(len(pages), box),
        "Doc_0/PublicRes.xml": _resources(face),
    }
    if face.path:
        files["Doc_0/Res/body.ttf"] = _font_file(face, pages)
    for number, page in enumerate(pages):
        files[f"Doc_0/Pages/Page_{number}/Content.xml"] = _content(page, face, number, box)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name, data)
    return out.getvalue()


def _xml(name: str, inner: str, attributes: str = "") -> bytes:
    text = f'<ofd:{name} xmlns:ofd="{_NAMESPACE}"{attributes}>{inner}</ofd:{name}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _root(title: str, count: int) -> bytes:
    identity = hashlib.md5(f"{title}/{count}".encode(), usedforsecurity=False).hexdigest()
    info = (
        f"<ofd:DocID>{identity}</ofd:DocID><ofd:Title>{escape(title)}</ofd:Title>"
        "<ofd:CreationDate>2026-11-20</ofd:CreationDate><ofd:Creator>仿真环境</ofd:Creator>"
    )
    body = (
        f"<ofd:DocBody><ofd:DocInfo>{info}</ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
    )
    return _xml("OFD", body, ' Version="1.0" DocType="OFD"')


def _document(count: int, box: str) -> bytes:
    last = _FIRST_PAGE_ID + count * _OBJECTS_PER_PAGE
    pages = "".join(
        f'<ofd:Page ID="{_page_id(number)}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number in range(count)
    )
    common = (
        f"<ofd:MaxUnitID>{last}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>{box}"
        "</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
    )
    inner = f"<ofd:CommonData>{common}</ofd:CommonData><ofd:Pages>{pages}</ofd:Pages>"
    return _xml("Document", inner)


def _resources(face: Typeface) -> bytes:
    # The name alone serves readers that have the font; the file serves all others.
    attributes = f'ID="{_FONT_ID}" FontName="宋体" FamilyName="宋体"'
    font = f"<ofd:Font {attributes}/>"
    if face.path:
        name = quoteattr(face.path.stem)
        attributes = f'ID="{_FONT_ID}" FontName={name} FamilyName={name}'
        font = f"<ofd:Font {attributes}><ofd:FontFile>body.ttf</ofd:FontFile></ofd:Font>"
    return _xml("Res", f"<ofd:Fonts>{font}</ofd:Fonts>", ' BaseLoc="Res"')


def _font_file(face: Typeface, pages: Sequence[Page]) -> bytes:
    """Only the glyphs that are used, still found by their Unicode."""
    options = subset.Options(layout_features=[], name_IDs=[1, 2, 4, 6], notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(run.text for page in pages for run in page.runs))
    out = io.BytesIO()
    with TTFont(face.path, lazy=True) as font:
        cutter.subset(font)
        font.save(out)
    return out.getvalue()


def _content(page: Page, face: Typeface, number: int, box: str) -> bytes:
    identifiers = iter(range(_page_id(number) + 1, _page_id(number + 1)))
    layer = next(identifiers)
    objects = [_path(next(identifiers), rule) for rule in page.rules]
    objects += [_text(next(identifiers), run, face) for run in page.runs]
    area = f"<ofd:Area><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:Area>"
    inner = f'<ofd:Layer ID="{layer}" Type="Body">{"".join(objects)}</ofd:Layer>'
    return _xml("Page", f"{area}<ofd:Content>{inner}</ofd:Content>")


def _text(identifier: int, run: Run, face: Typeface) -> str:
    size = run.size * POINT
    ascent = size * 0.9
    advances = [face.width(char, run.size) for char in run.text]
    box = _numbers(run.x, run.y - ascent, sum(advances) + 0.5, size * 1.25)
    steps = f' DeltaX="{_numbers(*advances[:-1])}"' if len(advances) > 1 else ""
    code = f'<ofd:TextCode X="0" Y="{_number(ascent)}"{steps}>{escape(run.text)}</ofd:TextCode>'
    return (
        f'<ofd:TextObject ID="{identifier}" Boundary="{box}" Font="{_FONT_ID}" '
        f'Size="{_number(size)}">{code}</ofd:TextObject>'
    )


def _path(identifier: int, rule: Rule) -> str:
    width, height = rule.x2 - rule.x1, rule.y2 - rule.y1
    half = rule.weight / 2
    box = _numbers(rule.x1 - half, rule.y1 - half, width + rule.weight, height + rule.weight)
    line = f"M {_numbers(half, half)} L {_numbers(width + half, height + half)}"
    return (
        f'<ofd:PathObject ID="{identifier}" Boundary="{box}" LineWidth="{_number(rule.weight)}">'
        f"<ofd:AbbreviatedData>{line}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _page_id(number: int) -> int:
    return _FIRST_PAGE_ID + number * _OBJECTS_PER_PAGE


def _numbers(*values: float) -> str:
    return " ".join(_number(value) for value in values)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
