"""One signature of a PDF: its dictionary, its bytes, the range they protect, the seal it binds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import extract_contents

from seal_core import der
from seal_core.errors import MalformedData
from seal_core.formats.pdf_bytes import SignatureField
from seal_core.formats.pdf_objects import elements, entry
from seal_core.formats.pdf_seal import (
    MAX_SEAL,
    PLACES_ENTRY,
    SEAL_ENTRY,
    binding_in,
    check_binding,
)
from verify.notices import Quirk
from verify.report import Check, Question, Reason, failed

BYTE_RANGE = "byte range"
CHINA = timezone(timedelta(hours=8))  # a /M without zone is the clock on a wall in China
_BEFORE_GAP = re.compile(rb"/Contents[\s\x00]*\Z")
_HEX = re.compile(rb"<[0-9A-Fa-f]*>\Z")
_CMS_SUBFILTERS = frozenset(
    {"adbe.pkcs7.detached", "adbe.pkcs7.sha1", "ETSI.CAdES.detached", "ETSI.RFC3161"}
)


@dataclass(frozen=True, slots=True)
class SignatureValue:
    """A signature dictionary with all fields that show it; *revision* is where it last changed."""

    dictionary: generic.DictionaryObject
    ref: generic.Reference
    fields: tuple[SignatureField, ...]
    revision: int

    @property
    def subfilter(self) -> str:
        """Without the slash of PDF names."""
        return str(entry(self.dictionary, "/SubFilter", "")).removeprefix("/")

    @property
    def is_timestamp(self) -> bool:
        return (
            entry(self.dictionary, "/Type") == "/DocTimeStamp" or self.subfilter == "ETSI.RFC3161"
        )

    @property
    def claimed_at(self) -> datetime | None:
        """/M (ISO 32000-2, table 255); None where it is missing or no date."""
        try:
            moment = generic.parse_pdf_date(str(entry(self.dictionary, "/M", "")), strict=False)
        except (ValueError, PdfReadError, OverflowError):
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """/Cert: one string, or an array of them (ISO 32000-2, table 255)."""
        given = entry(self.dictionary, "/Cert")
        found = elements(given) if isinstance(given, generic.ArrayObject) else (given,)
        strings = (generic.ByteStringObject, generic.TextStringObject)
        return tuple(one.original_bytes for one in found if isinstance(one, strings))

    def quirks(self, contents: bytes) -> tuple[str, ...]:
        """Deviations from ISO 32000 that are tolerated."""
        found = []
        if len(self.fields) > 1 and PLACES_ENTRY not in self.dictionary:
            found.append(Quirk.SHARED_SIGNATURE_VALUE)
        if any(len(field.widgets) > 1 for field in self.fields):
            found.append(Quirk.SEVERAL_WIDGETS)
        if (self.subfilter in _CMS_SUBFILTERS) != _is_content_info(contents):
            found.append(Quirk.SUBFILTER_MISMATCH)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a signature protects: all up to *end* but the gap, in which its contents stand."""

    gap_start: int
    gap_end: int
    end: int
    contents: bytes


def gather(reader: PdfFileReader, fields: Sequence[SignatureField]) -> tuple[SignatureValue, ...]:
    """Every signature value once, however many fields share it, in the order of signing."""
    sharing: dict[generic.Reference, list[SignatureField]] = {}
    for field in fields:
        if field.value is not None:
            sharing.setdefault(field.value_ref or field.ref, []).append(field)
    values = [
        SignatureValue(group[0].value, ref, tuple(group), reader.xrefs.get_last_change(ref))
        for ref, group in sharing.items()
        if group[0].value is not None
    ]
    return tuple(sorted(values, key=lambda value: value.revision))


def read_extent(data: bytes, reader: PdfFileReader, value: SignatureValue) -> Extent:
    """Check that /ByteRange leaves out the value of /Contents and not a byte more.

    Raises MalformedData("byte range", ...).
    """
    start, end_gap, end = _numbers(value.dictionary)
    if not 0 < start < end_gap < end <= len(data):
        raise MalformedData(BYTE_RANGE, "beyond the file or not in order")
    gap = data[start:end_gap]
    if not _HEX.match(gap) or len(gap) % 2:
        raise MalformedData(BYTE_RANGE, "the gap is more than one hexadecimal string")
    contents = bytes.fromhex(gap[1:-1].decode("ascii"))
    if contents != extract_contents(value.dictionary):
        raise MalformedData(BYTE_RANGE, "the gap is not the value of /Contents")
    offset = reader.xrefs.get_historical_ref(value.ref, value.revision)
    if not isinstance(offset, int) or not offset < start:
        raise MalformedData(BYTE_RANGE, "the signature dictionary is not in the range")
    if not _BEFORE_GAP.search(data[max(offset, start - 64) : start]):
        raise MalformedData(BYTE_RANGE, "the gap does not follow /Contents")
    return Extent(start, end_gap, end, _without_padding(contents))


def _without_padding(contents: bytes) -> bytes:
    """Without the zeros that fill the gap; what is no DER stays as it is for the judge to see."""
    try:
        return der.unpadded(contents, "contents")
    except MalformedData:
        return contents


def _numbers(dictionary: generic.DictionaryObject) -> tuple[int, int, int]:
    """Start and end of the gap, and the end; only the one form [0 a b c] is known."""
    array = entry(dictionary, "/ByteRange")
    if not isinstance(array, generic.ArrayObject) or len(array) != 4:
        raise MalformedData(BYTE_RANGE, "not four numbers")
    numbers = [array.raw_get(index) for index in range(4)]
    if not all(isinstance(number, generic.NumberObject) for number in numbers):
        raise MalformedData(BYTE_RANGE, "not four numbers")
    first, start, gap_end, length = (int(number) for number in numbers)
    if first != 0:
        raise MalformedData(BYTE_RANGE, "does not begin with the file")
    return start, gap_end, gap_end + length


def bound_seal(
    reader: PdfFileReader, value: SignatureValue, contents: bytes
) -> tuple[bytes | None, tuple[Check, ...]]:
    """The SESeal beside a CMS signature, if a signed attribute binds it (formats/pdf_seal.py).

    A seal that is named but not bound, or bound but missing, is a failed check.
    """
    binding = _binding(contents)
    stream = entry(_as_signed(reader, value), SEAL_ENTRY)
    if binding is None and stream is None:
        return None, ()
    if binding is None or not isinstance(stream, generic.StreamObject):
        return None, (failed(Question.SEAL_STRUCTURE, Reason.SEAL_FILE_DIFFERS),)
    seal = bytes(stream.data)
    if len(seal) > MAX_SEAL:
        return None, (failed(Question.SEAL_STRUCTURE, Reason.LIMITS),)
    try:
        check_binding(binding, seal)
    except MalformedData:
        return None, (failed(Question.SEAL_STRUCTURE, Reason.SEAL_FILE_DIFFERS),)
    return seal, ()


def _as_signed(reader: PdfFileReader, value: SignatureValue) -> object:
    """The signature dictionary with all it leads to, as of its own revision."""
    return reader.get_historical_resolver(value.revision)(value.ref)


def _binding(contents: bytes) -> bytes | None:
    """The binding in a CMS; None for other containers and for CMS without signed attributes."""
    if not _is_content_info(contents):
        return None
    try:
        return binding_in(contents)
    except MalformedData:
        return None  # the judge will say what is wrong with it


def _is_content_info(contents: bytes) -> bool:
    """SEQUENCE { OBJECT IDENTIFIER ... : a CMS; a SES_Signature begins with another SEQUENCE."""
    header = 2 + (contents[1] & 0x7F if len(contents) > 1 and contents[1] & 0x80 else 0)
    return contents[:1] == b"\x30" and contents[header : header + 1] == b"\x06"
