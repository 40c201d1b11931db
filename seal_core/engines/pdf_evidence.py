"""Which certificates and lists a PDF will be judged by one day, and how long its stamp holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core import der
from seal_core.errors import MalformedData, SealError
from seal_core.formats import cms, ses, timestamps
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.crls import Crl, parse_crl
from seal_core.formats.pdf_bytes import SignatureField, signature_fields
from seal_core.formats.pdf_objects import entry
from seal_core.formats.pdf_seal import SEAL_ENTRY


@dataclass(frozen=True, slots=True)
class Proof:
    """Certificates, revocation lists and OCSP responses, DER."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp: tuple[bytes, ...] = field(default=(), repr=False)

    def needed_by(self, reader: PdfFileReader) -> Proof:
        """What of this says something of the signers, makers and time-stamp authorities in the
        document, and of the issuers above them. OCSP responses are all kept: they are few.

        A list that is younger than the end of all certificates it could name is left out: it
        need not name them any more (RFC 5280, 3.3), and readers take it for the newest word.
        """
        needed = {*_mentioned(reader)}
        pool = {*self.certificates}
        while above := {each for each in pool - needed if _issued_one_of(each, needed)}:
            needed |= above
        lists = (crl for crl in self.crls if _says_something(parse_crl(crl), needed))
        return Proof(tuple(sorted(needed)), tuple(lists), self.ocsp)


def _says_something(crl: Crl, certificates: Iterable[bytes]) -> bool:
    return any(
        each.issuer_name.der == crl.issuer.der
        and crl.this_update <= each.not_after
        and not each.is_self_issued
        for each in map(parse_certificate, certificates)
    )


def _issued_one_of(candidate: bytes, below: Iterable[bytes]) -> bool:
    name = parse_certificate(candidate).subject_name.der
    return any(parse_certificate(each).issuer_name.der == name for each in below)


def stamped_until(reader: PdfFileReader) -> datetime | None:
    """When the certificate behind the document time stamp that covers everything ends.

    None where nothing, or no stamp, was the last to sign. Raises MalformedData.
    """
    fields = [each for each in signature_fields(reader) if each.value is not None]
    if not fields:
        return None
    last = max(fields, key=lambda each: reader.xrefs.get_last_change(each.value_ref or each.ref))
    if entry(last.value, "/Type") != "/DocTimeStamp":
        return None
    stamp = timestamps.parse_token(_contents(last)).signed_data
    ends = [
        parse_certificate(each).not_after
        for each in stamp.certificates
        if stamp.signers[0].names(parse_certificate(each))
    ]
    return min(ends, default=None)


def _mentioned(reader: PdfFileReader) -> Iterator[bytes]:
    """Every certificate in the signatures; what cannot be read helps nobody and is left out."""
    for each in signature_fields(reader):
        if each.value is None:
            continue
        for found in (_in_contents(each), _in_seal(each)):
            yield from _readable(found)


def _in_contents(signed: SignatureField) -> Sequence[bytes]:
    try:
        contents = _contents(signed)
    except MalformedData:
        return ()
    try:
        data = cms.parse_signed_data(contents)
    except SealError:
        return _in_ses(contents)
    tokens = [
        token for info in data.signers for token in info.unsigned_values(cms.TIME_STAMP_TOKEN)
    ]
    return (*data.certificates, *_in_stamps(tokens))


def _in_ses(contents: bytes) -> Sequence[bytes]:
    try:
        value = ses.parse_signature(contents)
    except SealError:
        return ()
    stamps = [value.timestamp] if value.timestamp else []
    return (value.certificate, value.seal.maker_certificate, *_in_stamps(stamps))


def _in_stamps(tokens: Iterable[bytes]) -> Iterator[bytes]:
    for token in tokens:
        try:
            yield from timestamps.parse_token(token).signed_data.certificates
        except SealError:
            continue


def _in_seal(signed: SignatureField) -> Sequence[bytes]:
    """The maker of the seal beside the signature."""
    stream = entry(signed.value, SEAL_ENTRY)
    if not isinstance(stream, generic.StreamObject):
        return ()
    try:
        return (ses.parse_seal(bytes(stream.data)).maker_certificate,)
    except SealError:
        return ()


def _contents(signed: SignatureField) -> bytes:
    value = entry(signed.value, "/Contents")
    if not isinstance(value, generic.ByteStringObject | generic.TextStringObject):
        raise MalformedData("contents", "no string")
    return der.unpadded(value.original_bytes, "contents")


def _readable(found: Iterable[bytes]) -> Iterator[bytes]:
    for each in found:
        try:
            parse_certificate(each)
        except MalformedData:
            continue
        yield each
