"""Opening a PDF and finding its signature fields, for the sealer and the judge alike.

pyHanko reads the bytes. What it throws at broken input is of every kind (ValueError, TypeError,
AssertionError, ...), so every entrance here is guarded and speaks MalformedData only.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler

from seal_core.errors import MalformedData, SealError
from seal_core.formats import pdf_hex, pdf_names
from seal_core.formats.pdf_objects import elements, entry, pointers, reference

Octets = bytes | mmap.mmap

MEDIA_TYPE = "application/pdf"
HEADER_WITHIN = 1024  # readers accept the header anywhere in the first KiB
MAX_FIELDS = 20_000
MAX_FIELD_DEPTH = 32
SIGNED_MARK = re.compile(rb"/ByteRange\b")


class PasswordNeeded(MalformedData):
    """The document opens with a password only."""

    def __init__(self) -> None:
        super().__init__("pdf", "a password is needed to open it")


def is_pdf(data: Octets) -> bool:
    """Whether the bytes claim to be PDF."""
    return b"%PDF-" in data[:HEADER_WITHIN]


def looks_signed(data: Octets) -> bool:
    """Whether a signature dictionary may be inside, however broken the rest is.

    /ByteRange is filled in after writing, so it always stands in the clear.
    """
    return SIGNED_MARK.search(data) is not None


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Turn whatever a library throws at hostile bytes into MalformedData."""
    try:
        yield
    except (SealError, MemoryError):
        raise
    except Exception as exc:
        raise MalformedData(what, f"{type(exc).__name__}: {exc}"[:200]) from exc


pdf_hex.hasten()
pdf_names.hasten()


class TolerantReader(PdfFileReader):
    """Strict in everything but one point: a reference to nothing is null (ISO 32000-2, 7.3.10).

    Many programs leave such references behind.
    """

    def _read_object(self, ref: generic.Reference, marker: Any, *args: Any, **named: Any) -> Any:
        if marker is not None:
            return super()._read_object(ref, marker, *args, **named)
        nothing = generic.NullObject()
        nothing.container_ref = ref
        return nothing


def open_pdf(data: bytes | BinaryIO, kind: type[TolerantReader] = TolerantReader) -> PdfFileReader:
    """Read cross references and trailer, strictly, and decrypt where no password is needed.

    Raises PasswordNeeded or MalformedData.
    """
    with guarded("pdf"):
        stream = BytesIO(data) if isinstance(data, bytes) else data
        reader = kind(stream, strict=True)
        if reader.encrypted and reader.decrypt("").status == AuthStatus.FAILED:
            raise PasswordNeeded
        if not isinstance(reader.root, generic.DictionaryObject):
            raise MalformedData("pdf", "no catalog")
        return reader


@dataclass(frozen=True, slots=True)
class SignatureField:
    """A terminal field of type /Sig; *value_ref* is None if empty (or its value is direct)."""

    name: str
    ref: generic.Reference
    dictionary: generic.DictionaryObject
    value: generic.DictionaryObject | None
    value_ref: generic.Reference | None

    @property
    def widgets(self) -> tuple[generic.DictionaryObject, ...]:
        """The field's annotations: itself, or its kids."""
        kids = entry(self.dictionary, "/Kids")
        widgets = [kid for kid in elements(kids) if isinstance(kid, generic.DictionaryObject)]
        return tuple(widgets) or (self.dictionary,)


def signature_fields(handler: PdfHandler) -> tuple[SignatureField, ...]:
    """Every signature field, empty ones too, in the order of the form.

    Raises MalformedData when the field tree is no tree.
    """
    with guarded("pdf form"):
        fields = entry(entry(handler.root, "/AcroForm"), "/Fields")
        return tuple(_terminal_signature_fields(fields))


def _terminal_signature_fields(fields: object) -> Iterator[SignatureField]:
    """Walk without recursion; a field met twice is a loop."""
    seen: set[generic.Reference] = set()
    top = pointers(fields)
    if len(top) > MAX_FIELDS:  # before any of them is read
        raise MalformedData("pdf form", f"more than {MAX_FIELDS} fields")
    stack: list[tuple[generic.IndirectObject, str, object, int]] = [
        (pointer, "", None, 0) for pointer in reversed(top)
    ]
    while stack:
        pointer, parent, kind, depth = stack.pop()
        if pointer.reference in seen or depth > MAX_FIELD_DEPTH or len(seen) > MAX_FIELDS:
            raise MalformedData("pdf form", "the field tree is no tree")
        seen.add(pointer.reference)
        field = pointer.get_object()
        if not isinstance(field, generic.DictionaryObject):
            continue  # a dangling entry shows nothing
        kind = entry(field, "/FT", kind)
        name = ".".join(filter(None, (parent, str(entry(field, "/T", "")))))
        children = [kid for kid in pointers(entry(field, "/Kids")) if _is_field(kid)]
        if children:
            stack += [(kid, name, kind, depth + 1) for kid in reversed(children)]
        elif kind == "/Sig":
            yield _signature_field(name, pointer.reference, field)


def _is_field(pointer: generic.IndirectObject) -> bool:
    """A kid with a name is a field; without it is one of its parent's widgets."""
    return entry(pointer.get_object(), "/T") is not None


def _signature_field(
    name: str, ref: generic.Reference, field: generic.DictionaryObject
) -> SignatureField:
    value = entry(field, "/V")
    if value is not None and not isinstance(value, generic.DictionaryObject):
        raise MalformedData("pdf form", f"the value of {name} is no signature")
    return SignatureField(name, ref, field, value, reference(field, "/V") if value else None)
