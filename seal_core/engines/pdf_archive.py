"""Keeps PDF seals provable for years: validation data (B-LT) and document time stamps (B-LTA).

ETSI EN 319 142-1, 5.4 and 5.5. Each step is one incremental update; what was signed stays.
Renew the time stamp before the last one's certificate ends, with its revocation list added first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.engines.pdf_containers import MAX_TIMESTAMP
from seal_core.engines.pdf_evidence import Proof, stamped_until
from seal_core.engines.pdf_writer import (
    Fields,
    SealWriter,
    SignatureDictionary,
    add_unseen_field,
    digest_revision,
)
from seal_core.errors import DocumentRefused, MalformedData
from seal_core.formats.pdf_bytes import guarded, open_pdf, signature_fields
from seal_core.formats.pdf_objects import elements, entry, pointers
from seal_core.formats.pdf_page import Pages
from seal_core.ports import TimeStamper

MAX_PAGES = 5_000


def archive(document: bytes, proof: Proof, timestamper: TimeStamper) -> bytes:
    """Keep what of *proof* concerns the document in it, and stamp the whole: B-LTA, or its renewal.

    Raises DocumentRefused.
    """
    reader = _opened(document)
    with guarded("pdf"):
        needed = proof.needed_by(reader)
    kept = add_validation_data(document, needed.certificates, needed.crls, needed.ocsp)
    return add_document_timestamp(kept, timestamper)


def protected_until(document: bytes) -> datetime | None:
    """Until when the document's own time stamp proves all that is in it; None without one.

    Raises DocumentRefused for what cannot be read, MalformedData for what is no PDF signature.
    """
    with guarded("pdf"):
        return stamped_until(_opened(document))


def add_validation_data(
    document: bytes,
    certificates: Sequence[bytes],
    crls: Sequence[bytes],
    ocsp: Sequence[bytes] = (),
) -> bytes:
    """Put certificates, revocation lists and OCSP responses (DER) into the document security
    store.

    What is there already is not added again. Raises DocumentRefused if it cannot be read.
    """
    reader = _opened(document)
    with guarded("pdf"):
        writer: IncrementalPdfFileWriter = SealWriter(reader.stream, prev=reader)
        store = _security_store(writer)
        added = _extend(writer, store, "/Certs", certificates)
        added += _extend(writer, store, "/CRLs", crls)
        added += _extend(writer, store, "/OCSPs", ocsp)
        if not added:
            return document
        writer.write_in_place()
        reader.stream.seek(0)
        return bytes(reader.stream.read())


def add_document_timestamp(document: bytes, timestamper: TimeStamper) -> bytes:
    """A time stamp over all that stands in the document, store and earlier stamps included.

    Raises DocumentRefused if the document cannot be read.
    """
    reader = _opened(document)
    with guarded("pdf"):
        writer: IncrementalPdfFileWriter = SealWriter(reader.stream, prev=reader)
        value = SignatureDictionary(
            "/Adobe.PPKLite", "/ETSI.RFC3161", MAX_TIMESTAMP, None, "/DocTimeStamp"
        )
        page = Pages(reader, MAX_PAGES)[0]
        fields = Fields(writer, writer.add_object(value), signature_fields(reader))
        add_unseen_field(writer, fields, page)
        gap = digest_revision(writer, value, "sm3")
    data = gap.value()
    return gap.fill(timestamper.stamp(data[: gap.start] + data[gap.end :]))


def _opened(document: bytes) -> PdfFileReader:
    try:
        return open_pdf(document)
    except MalformedData as exc:
        raise DocumentRefused("broken_signed", str(exc)) from exc


def _security_store(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    """The /DSS of the catalog (ISO 32000-2, 12.8.4.3), made if there is none."""
    root = writer.root
    store = entry(root, "/DSS")
    if isinstance(store, generic.DictionaryObject):
        writer.update_container(store)
        return store
    store = generic.DictionaryObject({pdf_name("/Type"): pdf_name("/DSS")})
    root["/DSS"] = writer.add_object(store)
    writer.update_root()
    return store


def _extend(
    writer: IncrementalPdfFileWriter,
    store: generic.DictionaryObject,
    key: str,
    values: Sequence[bytes],
) -> int:
    """Append what the array of *key* lacks; the number of additions."""
    known = {bytes(stream.data) for stream in elements(entry(store, key))}
    missing = [value for value in dict.fromkeys(values) if value not in known]
    if missing:
        streams = (writer.add_object(generic.StreamObject(stream_data=v)) for v in missing)
        store[key] = generic.ArrayObject([*pointers(entry(store, key)), *streams])
    return len(missing)
