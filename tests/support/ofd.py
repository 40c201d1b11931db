"""Small OFD packages for tests: a dict of files, so that a test can change any of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

OFD_NS = "http://www.ofdspec.org/2016"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

A4 = (210.0, 297.0)


def text_object(text: str, x: float, y: float, size: float = 5.0, number: int = 100) -> str:
    """One line of full-width text whose box starts at (x, y)."""
    step = f"g {max(len(text) - 1, 1)} {size}"
    return (
        f'<ofd:TextObject ID="{number}" Font="3" Size="{size}" '
        f'Boundary="{x} {y} {size * len(text)} {size * 1.4}">'
        f'<ofd:TextCode X="0" Y="{size}" DeltaX="{step}">{text}</ofd:TextCode></ofd:TextObject>'
    )


def page_xml(content: str = "", size: tuple[float, float] | None = None, extra: str = "") -> str:
    """A Content.xml; *extra* goes between the area and the content."""
    area = ""
    if size:
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {size[0]} {size[1]}</ofd:PhysicalBox></ofd:Area>"
    return (
        f'{_HEAD}<ofd:Page xmlns:ofd="{OFD_NS}">{area}{extra}'
        f'<ofd:Content><ofd:Layer ID="50">{content}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def ofd_files(
    pages: int | Sequence[str] = 1,
    *,
    sizes: Sequence[tuple[float, float]] | None = None,
    folder: str = "Doc_0",
    namespace: str = OFD_NS,
) -> dict[str, bytes]:
    """The files of a document with a template, fonts, a picture, annotations, an attachment
    and tags; *pages* is a count or the drawn content of each."""
    contents = (
        [text_object(f"第{n}页", 20, 20) for n in range(1, pages + 1)]
        if isinstance(pages, int)
        else list(pages)
    )
    sizes = sizes or [A4] * len(contents)
    files = {
        "OFD.xml": root_xml(f"{folder}/Document.xml"),
        f"{folder}/Document.xml": document_xml(len(contents)),
        f"{folder}/PublicRes.xml": _public_resources(),
        f"{folder}/DocumentRes.xml": _document_resources(),
        f"{folder}/Tpls/Tpl_0/Content.xml": page_xml(text_object("模板文字", 20, 280)),
        f"{folder}/Annots/Annotations.xml": _list("Annotations", "Page", "Page_0/Annot.xml"),
        f"{folder}/Annots/Page_0/Annot.xml": f'{_HEAD}<ofd:PageAnnot xmlns:ofd="{OFD_NS}"/>',
        f"{folder}/Attachs/Attachments.xml": _list("Attachments", "Attachment", "data.xml"),
        f"{folder}/Attachs/data.xml": "<data>原始数据</data>",
        f"{folder}/Tags/CustomTags.xml": _list("CustomTags", "CustomTag", "Tag.xml"),
        f"{folder}/Tags/Tag.xml": "<tags/>",
        f"{folder}/Res/font.ttf": "not really a font",
        f"{folder}/Res/logo.png": "not really a picture",
    }
    for number, (content, size) in enumerate(zip(contents, sizes, strict=True)):
        template = '<ofd:Template TemplateID="2" ZOrder="Background"/>'
        files[f"{folder}/Pages/Page_{number}/Content.xml"] = page_xml(content, size, template)
    return {name: content.replace(OFD_NS, namespace).encode() for name, content in files.items()}


def root_xml(*documents: str, extra: str = "") -> str:
    """OFD.xml with one DocBody per document."""
    bodies = "".join(
        f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>{n:032x}</ofd:DocID></ofd:DocInfo>"
        f"<ofd:DocRoot>{path}</ofd:DocRoot>{extra}</ofd:DocBody>"
        for n, path in enumerate(documents, 1)
    )
    return f'{_HEAD}<ofd:OFD xmlns:ofd="{OFD_NS}" DocType="OFD" Version="1.0">{bodies}</ofd:OFD>'


def document_xml(pages: int, first_id: int = 10) -> str:
    """A Document.xml; page number n has the id *first_id* + n - 1."""
    listed = "".join(
        f'<ofd:Page ID="{first_id + n}" BaseLoc="Pages/Page_{n}/Content.xml"/>'
        for n in range(pages)
    )
    return (
        f'{_HEAD}<ofd:Document xmlns:ofd="{OFD_NS}"><ofd:CommonData>'
        "<ofd:MaxUnitID>900</ofd:MaxUnitID>"
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
        '<ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData>'
        f"<ofd:Pages>{listed}</ofd:Pages>"
        "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
        "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
        "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags></ofd:Document>"
    )


def pack(files: Mapping[str, bytes]) -> bytes:
    """The package as a ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a package, by the standard library's reader."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def ofd(pages: int | Sequence[str] = 1, **wishes: object) -> bytes:
    """A whole package; see ofd_files."""
    return pack(ofd_files(pages, **wishes))  # type: ignore[arg-type]


def _public_resources() -> str:
    return (
        f'{_HEAD}<ofd:Res xmlns:ofd="{OFD_NS}" BaseLoc="Res"><ofd:Fonts>'
        '<ofd:Font ID="3" FontName="宋体"><ofd:FontFile>font.ttf</ofd:FontFile></ofd:Font>'
        "</ofd:Fonts></ofd:Res>"
    )


def _document_resources() -> str:
    return (
        f'{_HEAD}<ofd:Res xmlns:ofd="{OFD_NS}" BaseLoc="Res"><ofd:MultiMedias>'
        '<ofd:MultiMedia ID="4" Type="Image"><ofd:MediaFile>logo.png</ofd:MediaFile>'
        "</ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"
    )


def _list(name: str, item: str, location: str) -> str:
    return (
        f'{_HEAD}<ofd:{name} xmlns:ofd="{OFD_NS}"><ofd:{item}>'
        f"<ofd:FileLoc>{location}</ofd:FileLoc></ofd:{item}></ofd:{name}>"
    )
