"""Adds a seal's annotations and its signature dictionary to a PDF, in one incremental update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_date, pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import ensure_sig_flags
from pyhanko.sign.signers.pdf_byterange import PdfByteRangeDigest

from seal_core.engines.pdf_codes import Code, add_code
from seal_core.engines.pdf_picture import Entries, Window, add_picture, add_window, numbers
from seal_core.engines.placement import Impression, Rect
from seal_core.engines.protocol import SealMaterial
from seal_core.formats.pdf_bytes import SignatureField, signature_fields
from seal_core.formats.pdf_objects import elements, entry, pointers, reference
from seal_core.formats.pdf_page import Box, Page
from seal_core.formats.pdf_seal import CODE_ENTRY, PLACES_ENTRY, SEAL_ENTRY

# ISO 32000-2, table 167: Print, NoZoom stays off; a stamp is also ReadOnly, Locked, LockedContents
WIDGET_FLAGS = 4 | 128
_DIGESTED_AT_ONCE = 128 * 1024  # octets; fits the cache, and Python is asked seldom
STAMP_FLAGS = 4 | 64 | 128 | 512


class SealWriter(IncrementalPdfFileWriter):
    """Appends one revision and leaves the document's own metadata alone."""

    def _update_meta(self) -> None:
        """pyHanko would put its name into /Producer; a seal is not the document's producer."""


class SignatureDictionary(PdfByteRangeDigest):
    """/Sig with a gap for /Contents (ISO 32000-2, table 255)."""

    def __init__(
        self, filter_name: str, subfilter: str, room: int, at: datetime | None, kind: str = "/Sig"
    ) -> None:
        super().__init__(bytes_reserved=2 * room)  # hexadecimal
        self["/Type"] = pdf_name(kind)
        self["/Filter"] = pdf_name(filter_name)
        self["/SubFilter"] = pdf_name(subfilter)
        if at is not None:
            self["/M"] = pdf_date(at)


@dataclass(frozen=True, slots=True)
class Gap:
    """A finished revision whose /Contents is still zeros; *start* and *end* include < and >."""

    document: BinaryIO
    digest: bytes
    start: int
    end: int

    def fill(self, contents: bytes) -> bytes:
        """Write *contents* in hexadecimal and return the document."""
        self.put(contents)
        return self.value()

    def value(self) -> bytes:
        """The whole document as it stands."""
        if isinstance(self.document, BytesIO):
            return self.document.getvalue()
        self.document.seek(0)
        return self.document.read()

    def put(self, contents: bytes) -> None:
        """Write *contents* in hexadecimal where the document lies."""
        if 2 * len(contents) > self.end - self.start - 2:
            raise ValueError(f"{len(contents)} octets do not fit into the gap")
        self.document.seek(self.start + 1)
        self.document.write(contents.hex().upper().encode("ascii"))


def write_revision(
    reader: PdfFileReader,
    pages: Sequence[Page],
    material: SealMaterial,
    impressions: Sequence[Impression],
    signature: SignatureDictionary,
    *,
    beside: bool,
    digest: str = "sm3",
    code: Code | None = None,
) -> Gap:
    """Append the revision that shows *impressions* and digest everything but the gap.

    *beside*: the SESeal goes into the document, because /Contents has no place for it. Without
    impressions the signature is invisible; *code* is shown beside them.
    """
    writer: IncrementalPdfFileWriter = SealWriter(reader.stream, prev=reader)
    taken = signature_fields(reader)
    extra: Entries = {}
    if beside:
        seal = writer.add_object(generic.StreamObject(stream_data=material.seal))
        signature[SEAL_ENTRY] = seal
        extra = private_data(seal, signature["/M"])
    fields = Fields(writer, writer.add_object(signature), taken)
    if impressions:
        signature[PLACES_ENTRY] = _show(writer, fields, pages, material, impressions, extra)
        if code is not None:
            _show_code(writer, fields, pages[code.page - 1], code, material.link)
    else:
        add_unseen_field(writer, fields, pages[0])
    ensure_sig_flags(writer, lock_sig_flags=True)
    return digest_revision(writer, signature, digest)


def _show(
    writer: IncrementalPdfFileWriter,
    fields: Fields,
    pages: Sequence[Page],
    material: SealMaterial,
    impressions: Sequence[Impression],
    extra: Entries,
) -> generic.ArrayObject:
    """The annotations of all impressions, the signature's own field first."""
    shown = _Appearances(writer, material, extra)
    annotations = generic.ArrayObject()
    own_fields_first = sorted(impressions, key=lambda impression: impression.field is None)
    for index, impression in enumerate(own_fields_first):
        page = pages[impression.page - 1]
        appearance = shown.annotation(page, impression)
        # Facts of other readers decide: a new stamp breaks an earlier signature, so there
        # every impression is a field of its own that shares the one signature value.
        if impression.field is not None:
            annotations.append(fields.fill(impression.field, appearance))
            continue
        if index == 0 or fields.earlier:
            annotation = fields.add(appearance)
        else:
            annotation = _add_stamp(writer, appearance, f"{fields.first}-{index}")
        add_to_page(writer, page, annotation)
        annotations.append(annotation)
    return annotations


def _show_code(
    writer: IncrementalPdfFileWriter, fields: Fields, page: Page, code: Code, link: str
) -> None:
    """The QR code as an annotation of its own, for later signatures a field as all others are."""
    box = Box(code.box.x, code.box.y, code.box.width, code.box.height)
    shown = _annotation(writer, page, box, add_code(writer, code, page))
    shown[pdf_name(CODE_ENTRY)] = generic.BooleanObject(True)
    shown[pdf_name("/Contents")] = pdf_string(link)
    if fields.earlier:
        annotation = fields.add(shown)
    else:
        annotation = _add_stamp(writer, shown, f"{fields.first}-code")
    add_to_page(writer, page, annotation)


def _annotation(
    writer: IncrementalPdfFileWriter, page: Page, box: Box, appearance: generic.IndirectObject
) -> generic.DictionaryObject:
    """Where and what: the entries that widget and stamp have in common."""
    pointer = generic.IndirectObject(page.ref.idnum, page.ref.generation, writer)
    return generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Rect"): numbers(*page.view.rect(box)),
            pdf_name("/P"): pointer,
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): appearance}),
        }
    )


def add_unseen_field(writer: IncrementalPdfFileWriter, fields: Fields, page: Page) -> None:
    """A signature field that shows nothing (ISO 32000-2, 12.7.5.5): its rectangle is empty."""
    nowhere = generic.DictionaryObject(
        {pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Rect"): numbers(0, 0, 0, 0)}
    )
    add_to_page(writer, page, fields.add(nowhere))


def private_data(seal: generic.IndirectObject, modified: generic.PdfObject) -> Entries:
    """The SESeal as data of our own in the appearance (ISO 32000-2, 14.5 and table 93).

    pyHanko lets a later revision add what a new appearance leads to, but not what a new
    signature dictionary leads to; without this an earlier signature would look harmed to it.
    """
    own = {pdf_name("/LastModified"): modified, pdf_name("/Private"): seal}
    pieces = generic.DictionaryObject({pdf_name("/ZhangYin"): generic.DictionaryObject(own)})
    return {pdf_name("/PieceInfo"): pieces, pdf_name("/LastModified"): modified}


class _Appearances:
    """One image for all impressions, one window for all that look alike."""

    def __init__(
        self, writer: IncrementalPdfFileWriter, material: SealMaterial, extra: Entries
    ) -> None:
        self._writer = writer
        self._extra = extra
        self._image = add_picture(writer, material.picture)
        self._windows: dict[Window, generic.IndirectObject] = {}

    def annotation(self, page: Page, impression: Impression) -> generic.DictionaryObject:
        """The impression's window on the picture, on its page."""
        whole = impression.box
        clip = impression.clip or Rect(0, 0, whole.width, whole.height)
        shown = Box(whole.x + clip.x, whole.y + clip.y, clip.width, clip.height)
        return _annotation(self._writer, page, shown, self._form(_window(page, whole, clip)))

    def _form(self, window: Window) -> generic.IndirectObject:
        if window not in self._windows:
            self._windows[window] = add_window(self._writer, self._image, window, self._extra)
        return self._windows[window]


def _window(page: Page, whole: Rect, clip: Rect) -> Window:
    """The part *clip* of the picture in user units; y turns round."""
    scale = page.view.units_per_mm
    return Window(
        width=round(clip.width * scale, 4),
        height=round(clip.height * scale, 4),
        picture_x=round(-clip.x * scale, 4),
        picture_y=round((clip.y + clip.height - whole.height) * scale, 4),
        picture_width=round(whole.width * scale, 4),
        picture_height=round(whole.height * scale, 4),
        upright=page.view.upright,
    )


class Fields:
    """Adds signature fields that share one value to the document's form."""

    def __init__(
        self,
        writer: IncrementalPdfFileWriter,
        value: generic.IndirectObject,
        taken: Sequence[SignatureField],
    ) -> None:
        self._writer = writer
        self._value = value
        self._taken = {field.name: field for field in taken}
        self._fields = _form_fields(writer)
        self._names = _names_in(self._fields)
        self.earlier = any(field.value is not None for field in taken)
        self.first = self._free_name()

    def add(self, annotation: generic.DictionaryObject) -> generic.IndirectObject:
        """Make the annotation a signature field (ISO 32000-2, 12.7.5.5) and list it."""
        name = self._free_name()
        self._names.add(name)
        annotation.update(
            {
                pdf_name("/Subtype"): pdf_name("/Widget"),
                pdf_name("/F"): generic.NumberObject(WIDGET_FLAGS),
                pdf_name("/FT"): pdf_name("/Sig"),
                pdf_name("/T"): pdf_string(name),
                pdf_name("/V"): self._value,
            }
        )
        pointer = self._writer.add_object(annotation)
        self._fields.append(pointer)
        self._writer.update_container(self._fields)
        return pointer

    def fill(self, name: str, appearance: generic.DictionaryObject) -> generic.IndirectObject:
        """Sign in the empty field *name*; of its widget only appearance and flags change."""
        field = self._taken[name]
        signed = self._writer.get_object(field.ref)
        signed["/V"] = self._value
        self._writer.mark_update(field.ref)
        kids = pointers(entry(signed, "/Kids"))
        ref = kids[0].reference if kids else field.ref
        widget = self._writer.get_object(ref)
        widget["/AP"] = appearance["/AP"]
        widget["/F"] = generic.NumberObject(WIDGET_FLAGS)
        self._writer.mark_update(ref)
        return generic.IndirectObject(ref.idnum, ref.generation, self._writer)

    def _free_name(self) -> str:
        number = len(self._names) + 1
        while f"Seal{number}" in self._names:
            number += 1
        return f"Seal{number}"


def _form_fields(writer: IncrementalPdfFileWriter) -> generic.ArrayObject:
    """The /Fields of the document's form, which is made if it has none."""
    root = writer.root
    form = entry(root, "/AcroForm")
    if form is None:
        form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()})
        root["/AcroForm"] = writer.add_object(form)
        writer.update_root()
    if entry(form, "/Fields") is None:
        form["/Fields"] = generic.ArrayObject()
        writer.update_container(form)
    fields: generic.ArrayObject = form["/Fields"]
    return fields


def _names_in(fields: generic.ArrayObject) -> set[str]:
    return {str(entry(field, "/T")) for field in elements(fields)}


def _add_stamp(
    writer: IncrementalPdfFileWriter, annotation: generic.DictionaryObject, name: str
) -> generic.IndirectObject:
    annotation.update(
        {
            pdf_name("/Subtype"): pdf_name("/Stamp"),
            pdf_name("/F"): generic.NumberObject(STAMP_FLAGS),
            pdf_name("/NM"): pdf_string(name),
        }
    )
    return writer.add_object(annotation)


def add_to_page(
    writer: IncrementalPdfFileWriter, page: Page, annotation: generic.IndirectObject
) -> None:
    """List the annotation on its page, rewriting as little as can be."""
    dictionary = writer.get_object(page.ref)
    annotations = entry(dictionary, "/Annots")
    if annotations is None:
        annotations = dictionary["/Annots"] = generic.ArrayObject()
    annotations.append(annotation)
    writer.mark_update(reference(dictionary, "/Annots") or page.ref)


def digest_revision(
    writer: IncrementalPdfFileWriter, signature: SignatureDictionary, digest: str
) -> Gap:
    """Append in place: the document's own bytes are neither copied nor touched."""
    prepared, output = next(
        signature.fill(writer, digest, in_place=True, chunk_size=_DIGESTED_AT_ONCE)
    )
    return Gap(
        output,
        prepared.document_digest,
        prepared.reserved_region_start,
        prepared.reserved_region_end,
    )
