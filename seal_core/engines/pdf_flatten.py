"""Makes the fields of a form part of its pages, for documents in which nothing is signed yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.engines.pdf_writer import SealWriter
from seal_core.errors import DocumentRefused
from seal_core.formats.pdf_bytes import signature_fields
from seal_core.formats.pdf_objects import elements, entry, reference
from seal_core.formats.pdf_page import MAX_DEPTH, NUMBERS, Page, read_rect

_UNSEEN = 2 | 32  # annotation flags Hidden and NoView (ISO 32000-2, table 167)
_INPUTS = ("/Tx", "/Ch")  # text and choice: what is in them has to be seen somewhere


def flatten(reader: PdfFileReader, pages: Sequence[Page]) -> bytes:
    """The document with one more revision, in which its form is what it looked like.

    Fields for signatures stay, and so do annotations that are no fields. Raises DocumentRefused:
    something is signed (``form_signed``), or a field has a value and no appearance to keep
    (``form_not_drawn``).
    """
    kept = signature_fields(reader)
    if any(each.value is not None for each in kept):
        raise DocumentRefused("form_signed")
    writer: IncrementalPdfFileWriter = SealWriter(reader.stream, prev=reader)
    form = entry(writer.root, "/AcroForm")
    redraw = entry(form, "/NeedAppearances")
    for page in pages:
        _flatten_page(writer, page, stale=bool(redraw))
    if isinstance(form, generic.DictionaryObject):
        _strip_form(writer, form, [each.ref for each in kept])
    writer.write_in_place()
    reader.stream.seek(0)
    return bytes(reader.stream.read())


def _strip_form(
    writer: IncrementalPdfFileWriter, form: generic.DictionaryObject, kept: list[generic.Reference]
) -> None:
    """Leave the fields for signatures alone in the form, or no form at all."""
    if not kept:
        del writer.root["/AcroForm"]
        writer.update_root()
        return
    pointers = (generic.IndirectObject(ref.idnum, ref.generation, writer) for ref in kept)
    form["/Fields"] = generic.ArrayObject(pointers)
    for key in ("/NeedAppearances", "/CO"):
        if key in form:
            del form[key]
    writer.update_container(form)


@dataclass
class _Canvas:
    """What is added to one page."""

    drawing: list[str] = field(default_factory=list)
    forms: dict[generic.NameObject, generic.PdfObject] = field(default_factory=dict)

    def add(self, matrix: Sequence[float], form: generic.PdfObject) -> None:
        name = f"/ZYField{len(self.forms)}"
        numbers = " ".join(f"{number:.5f}" for number in matrix)
        self.drawing.append(f"q {numbers} cm {name} Do Q")
        self.forms[pdf_name(name)] = form


def _flatten_page(writer: IncrementalPdfFileWriter, page: Page, *, stale: bool) -> None:
    dictionary = writer.get_object(page.ref)
    annotations = entry(dictionary, "/Annots")
    if not isinstance(annotations, generic.ArrayObject):
        return
    canvas, left, changed = _Canvas(), generic.ArrayObject(), False
    for index, annotation in enumerate(elements(annotations)):
        kind = _inherited(annotation, "/FT") if entry(annotation, "/Subtype") == "/Widget" else None
        if kind is None or kind == "/Sig":
            left.append(annotations.raw_get(index))
            continue
        changed = True
        _draw(writer, annotation, str(kind), canvas, stale=stale)
    if not changed:
        return
    dictionary["/Annots"] = left
    if canvas.drawing:
        _extend_contents(writer, dictionary, canvas)
        _extend_resources(dictionary, canvas)
    writer.mark_update(page.ref)


def _draw(
    writer: IncrementalPdfFileWriter,
    widget: generic.DictionaryObject,
    kind: str,
    canvas: _Canvas,
    *,
    stale: bool,
) -> None:
    """Put the widget's appearance where readers show it (ISO 32000-2, 12.5.5, algorithm 8)."""
    if int(entry(widget, "/F", 0)) & _UNSEEN:
        return
    appearance, pointer = _appearance(widget)
    filled = kind in _INPUTS and _text(_inherited(widget, "/V"))
    if filled and (appearance is None or stale):
        raise DocumentRefused("form_not_drawn", str(_inherited(widget, "/T")))
    rect = read_rect(entry(widget, "/Rect"))
    if appearance is None or rect is None:
        return
    box = read_rect(entry(appearance, "/BBox"))
    if box is None:
        return
    if entry(appearance, "/Subtype") != "/Form":  # some writers take it for granted here
        appearance["/Subtype"] = pdf_name("/Form")
        if pointer is not None:
            writer.mark_update(pointer)
    a, b, c, d, e, f = _matrix(appearance)
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    if not wide or not high:
        return
    across, up = (rect[2] - rect[0]) / wide, (rect[3] - rect[1]) / high
    shown = (
        writer.add_object(appearance)
        if pointer is None
        else generic.IndirectObject(pointer.idnum, pointer.generation, writer)
    )
    canvas.add((across, 0, 0, up, rect[0] - min(xs) * across, rect[1] - min(ys) * up), shown)


def _appearance(
    widget: generic.DictionaryObject,
) -> tuple[generic.StreamObject | None, generic.Reference | None]:
    """The normal appearance in the state the widget is in, and where it is written."""
    looks = entry(widget, "/AP")
    normal = entry(looks, "/N")
    if isinstance(normal, generic.StreamObject):
        return normal, reference(looks, "/N")
    state = entry(widget, "/AS")
    shown = entry(normal, str(state)) if state is not None else None
    if not isinstance(shown, generic.StreamObject):
        return None, None
    return shown, reference(normal, str(state))


def _matrix(form: generic.StreamObject) -> tuple[float, ...]:
    numbers = [each for each in elements(entry(form, "/Matrix")) if isinstance(each, NUMBERS)]
    return tuple(map(float, numbers)) if len(numbers) == 6 else (1, 0, 0, 1, 0, 0)


def _inherited(node: object, key: str) -> Any:
    """An entry of a field or its ancestors."""
    for _ in range(MAX_DEPTH):
        value = entry(node, key)
        if value is not None:
            return value
        node = entry(node, "/Parent")
    return None


def _text(value: object) -> str:
    """What a value reads as; nothing for none."""
    if isinstance(value, generic.ArrayObject):
        return "".join(map(_text, elements(value)))
    return "" if value is None else str(value).strip()


def _extend_contents(
    writer: IncrementalPdfFileWriter, page: generic.DictionaryObject, canvas: _Canvas
) -> None:
    """Draw after the page's own contents, whose state is put away first."""
    contents = entry(page, "/Contents")
    before: Iterator[generic.PdfObject] = iter(())
    if isinstance(contents, generic.ArrayObject):
        before = (contents.raw_get(index) for index in range(len(contents)))
    elif contents is not None:
        before = iter((page.raw_get("/Contents"),))
    save = writer.add_object(generic.StreamObject(stream_data=b"q\n"))
    drawing = "\nQ\n" + "\n".join(canvas.drawing) + "\n"
    draw = writer.add_object(generic.StreamObject(stream_data=drawing.encode("ascii")))
    page["/Contents"] = generic.ArrayObject([save, *before, draw])


def _extend_resources(page: generic.DictionaryObject, canvas: _Canvas) -> None:
    """The page gets resources of its own: those it had may be shared with others."""
    resources = _copy(_inherited(page, "/Resources"))
    objects = _copy(entry(resources, "/XObject"))
    objects.update(canvas.forms)
    resources["/XObject"] = objects
    page["/Resources"] = resources


def _copy(dictionary: object) -> generic.DictionaryObject:
    if not isinstance(dictionary, generic.DictionaryObject):
        return generic.DictionaryObject()
    return generic.DictionaryObject({key: dictionary.raw_get(key) for key in dictionary})
