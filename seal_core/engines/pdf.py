"""Seals PDF documents: an SM2 signature over every byte, the seal visible at its true size.

For readers that know no SM2 there are RSA and ECDSA signatures: alone, with a picture or unseen,
or unseen after each seal (Companion).

docs/reference/pdf-seal.md describes what is written and why.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal, TypeVar, overload

from pyhanko.pdf_utils.reader import PdfFileReader

from seal_core.engines.pdf_codes import Code, beside
from seal_core.engines.pdf_containers import CmsContainer, Container, SesContainer, room_for
from seal_core.engines.pdf_fields import place_of_field
from seal_core.engines.pdf_flatten import flatten
from seal_core.engines.pdf_keywords import find_keyword
from seal_core.engines.pdf_picture import encode_picture
from seal_core.engines.pdf_source import InMemory, Source, in_file
from seal_core.engines.pdf_writer import Gap, SignatureDictionary, write_revision
from seal_core.engines.placement import Impression, Rect, place_seal
from seal_core.engines.protocol import Found, Outline, PageSize, Place, SealMaterial
from seal_core.errors import DocumentRefused, MalformedData, SealRefused
from seal_core.formats import pdf_bytes, ses
from seal_core.formats.certificates import parse_certificate
from seal_core.formats.pdf_bytes import Octets, PasswordNeeded, SignatureField, signature_fields
from seal_core.formats.pdf_objects import elements, entry
from seal_core.formats.pdf_page import Pages, TooManyPages
from seal_core.formats.suites import suite_of
from seal_core.ports import Signer, TimeStamper

MAX_SIZE = 100 * 1024 * 1024
MAX_PAGES = 5_000


@dataclass(frozen=True, slots=True)
class PdfProfile:
    """The names a signature goes by, and with them the form of its contents."""

    filter: str
    subfilter: str
    family: Literal["pkcs7", "gm"] = "pkcs7"

    def container(self, seal: bytes, certificates: tuple[bytes, ...], at: datetime) -> Container:
        """Where signature and seal go. Raises SealRefused if they do not fit each other."""
        if not seal:
            _refuse_sealless(certificates[0], at)
            return CmsContainer(b"", certificates, "pkcs7", None)
        ses.refuse_unusable(seal, certificates[0], at)
        if self.subfilter == SES_SEAL.subfilter:
            return SesContainer(seal, certificates[0], at)
        time = None if self.subfilter == PADES.subfilter else at
        return CmsContainer(seal, certificates, self.family, time)


def _refuse_sealless(certificate: bytes, at: datetime) -> None:
    """RSA and ECDSA keys sign without a seal, in their certificate's time. Raises SealRefused."""
    if suite_of(certificate).is_sm2:
        raise SealRefused("seal_missing")
    holder = parse_certificate(certificate)
    if not holder.not_before <= at <= holder.not_after:
        raise SealRefused("certificate_period")


UNSEEN = SealMaterial(b"", b"", 0, 0)
"""For signatures that show nothing, in no place."""

PADES = PdfProfile("/Adobe.PPKLite", "/ETSI.CAdES.detached")  # opens in the most readers
PKCS7 = PdfProfile("/Adobe.PPKLite", "/adbe.pkcs7.detached")
GB_T_35275 = PdfProfile("/Adobe.PPKLite", "/adbe.pkcs7.detached", "gm")
SES_SEAL = PdfProfile("/GM.PKILite", "/GM.sm2seal")  # SES_Signature as /Contents

ProfileName = Literal["pades", "pkcs7", "gb_t_35275", "ses"]
_PROFILES = {"pades": PADES, "pkcs7": PKCS7, "gb_t_35275": GB_T_35275, "ses": SES_SEAL}


def profile_named(name: ProfileName, filter_name: str = "") -> PdfProfile:
    """A profile, with *filter_name* (no slash) in place of its /Filter where one is given.

    Raises ValueError for a name of other characters than letters, digits and dots.
    """
    profile = _PROFILES[name]
    if filter_name and not re.fullmatch(r"[A-Za-z0-9.]{1,64}", filter_name):
        raise ValueError(f"{filter_name!r} is no name of a filter")
    return replace(profile, filter=f"/{filter_name}") if filter_name else profile


@dataclass(frozen=True, slots=True)
class PreparedSeal:
    """A sealed document that lacks only the signature over *to_be_signed*."""

    to_be_signed: bytes
    gap: Gap
    container: Container

    def complete(self, signature: bytes, timestamper: TimeStamper | None = None) -> bytes:
        """The sealed document. *signature*, made wherever the key lives, is DER {r, s} for SM2 and
        ECDSA, and the bare value for RSA."""
        return self.gap.fill(self.container.contents(self.gap.digest, signature, timestamper))

    def complete_in_place(self, signature: bytes, timestamper: TimeStamper | None) -> None:
        """The same where the document lies."""
        self.gap.put(self.container.contents(self.gap.digest, signature, timestamper))


@dataclass(frozen=True, slots=True)
class Companion:
    """An RSA or ECDSA key that signs whatever was sealed, for readers that know no SM2."""

    signer: Signer
    timestamper: TimeStamper | None = None


class PdfEngine:
    """Implements engines.protocol.SealEngine for PDF."""

    media_type: ClassVar[str] = pdf_bytes.MEDIA_TYPE

    def __init__(self, profile: PdfProfile = PADES, companion: Companion | None = None) -> None:
        self._profile = profile
        self._companion = companion

    def outline(self, document: bytes) -> Outline:
        """Page sizes as displayed and the number of signatures.

        Raises DocumentRefused for everything that could not be sealed.
        """
        return _on(
            InMemory(document),
            lambda opened: Outline(self.media_type, tuple(opened.sizes), opened.signatures),
        )

    def find(self, document: bytes, keyword: str) -> tuple[Found, ...]:
        """Every place of *keyword*, in reading order. Raises DocumentRefused."""
        return _on(InMemory(document), lambda opened: tuple(opened.find(keyword)))

    def flatten(self, document: bytes) -> bytes:
        """The document with its form made part of the pages, to be sealed afterwards.

        Raises DocumentRefused, also where something is signed or a field could get lost.
        """
        return _on(InMemory(document), lambda opened: flatten(opened.reader, opened.pages))

    def seal(
        self,
        document: bytes,
        material: SealMaterial,
        places: Sequence[Place],
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None = None,
    ) -> bytes:
        """Return the document with the seal at all *places* under one signature; a companion signs
        it as well.

        Raises DocumentRefused, UnknownPlace or SealRefused.
        """
        sealed = self._seal(document, material, places, signer, at, timestamper)
        if self._companion is None:
            return sealed
        key, clock = self._companion.signer, self._companion.timestamper
        return self._seal(sealed, UNSEEN, (), key, at, clock)

    def _seal(
        self,
        document: bytes,
        material: SealMaterial,
        places: Sequence[Place],
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None,
    ) -> bytes:
        prepared = self.prepare(
            document,
            material,
            places,
            (signer.certificate, *signer.chain),
            at,
            stamped=timestamper is not None,
        )
        return prepared.complete(signer.sign(prepared.to_be_signed), timestamper)

    def prepare(
        self,
        document: bytes,
        material: SealMaterial,
        places: Sequence[Place],
        certificates: tuple[bytes, ...],
        at: datetime,
        *,
        stamped: bool = False,
    ) -> PreparedSeal:
        """Everything but the signature, for keys in other hands (UKey, HSM, two parties).

        The signer's certificate stands first in *certificates*; *stamped* keeps room for a
        time-stamp token. A companion has no part in it.
        """
        return self._prepare(
            InMemory(document), material, places, certificates, at, stamped=stamped
        )

    def seal_file(
        self,
        source: Path,
        target: Path,
        material: SealMaterial,
        places: Sequence[Place],
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None = None,
    ) -> None:
        """As `seal`, from file to a new file, and never the whole of it in memory.

        Raises FileExistsError for a *target* that is there; after any refusal there is none.
        """
        target.touch(exist_ok=False)
        try:
            shutil.copyfile(source, target)  # within the kernel, where it can
            self._seal_in_place(target, material, places, signer, at, timestamper)
            if self._companion is not None:
                key, clock = self._companion.signer, self._companion.timestamper
                self._seal_in_place(target, UNSEEN, (), key, at, clock)
        except BaseException:
            target.unlink()
            raise

    def _seal_in_place(
        self,
        path: Path,
        material: SealMaterial,
        places: Sequence[Place],
        signer: Signer,
        at: datetime,
        timestamper: TimeStamper | None,
    ) -> None:
        certificates, stamped = (signer.certificate, *signer.chain), timestamper is not None
        with in_file(path) as source:
            prepared = self._prepare(source, material, places, certificates, at, stamped=stamped)
            value = signer.sign(prepared.to_be_signed)
            if prepared.gap.document is source.stream:
                prepared.complete_in_place(value, timestamper)
                return
            rewritten = prepared.complete(value, timestamper)  # it had to be repaired
            source.stream.seek(0)
            source.stream.write(rewritten)
            source.stream.truncate()

    def _prepare(
        self,
        document: Source,
        material: SealMaterial,
        places: Sequence[Place],
        certificates: tuple[bytes, ...],
        at: datetime,
        *,
        stamped: bool,
    ) -> PreparedSeal:
        if at.tzinfo is None:
            raise ValueError("the time of sealing needs a zone")
        container = self._profile.container(material.seal, certificates, at)
        if places:
            encode_picture(material.picture)  # a bad picture is not the document's fault
        room = room_for(container, stamped=stamped)
        names = self._profile if material.seal else PADES

        def work(opened: _Opened) -> Gap:
            unseen = not places and not material.seal
            impressions = (
                ()
                if unseen
                else place_seal(
                    places,
                    opened.sizes,
                    material.width_mm,
                    material.height_mm,
                    opened.find,
                    opened.find_field,
                )
            )
            shows_code = bool(impressions) and bool(material.link)
            return write_revision(
                opened.reader,
                opened.pages,
                material,
                impressions,
                SignatureDictionary(names.filter, names.subfilter, room, at),
                beside=bool(material.seal) and not container.carries_seal,
                digest=container.suite.digest,
                code=opened.code(material.link, impressions) if shows_code else None,
            )

        gap = _on(document, work)
        return PreparedSeal(container.message(gap.digest), gap, container)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document that may be sealed."""

    document: Source
    reader: PdfFileReader
    pages: Pages
    signatures: int

    @property
    def sizes(self) -> Sequence[PageSize]:
        """Read one by one, as they are asked for."""
        return _Sizes(self.pages)

    def find(self, wanted: str | re.Pattern[str]) -> list[Found]:
        """The middles of all places of a keyword or pattern, as displayed."""
        found = []
        for number, rect in find_keyword(self.document.readable, wanted):
            box = self.pages[number - 1].view.box(rect)
            found.append(Found(number, box.x_mm + box.w_mm / 2, box.y_mm + box.h_mm / 2))
        return found

    def code(self, link: str, impressions: Sequence[Impression]) -> Code | None:
        """A QR code beside the seal, where there is room."""
        return beside(self.document.readable, link, impressions, self.sizes)

    def find_field(self, name: str) -> tuple[int, Rect]:
        """Page and place of an empty signature field."""
        return place_of_field(signature_fields(self.reader), self.pages, name)


class _Sizes(Sequence[PageSize]):
    """Sizes of pages that are read when their size is asked for."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def __len__(self) -> int:
        return len(self._pages)

    @overload
    def __getitem__(self, index: int) -> PageSize: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PageSize]: ...

    def __getitem__(self, index: int | slice) -> PageSize | Sequence[PageSize]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        view = self._pages[index].view
        return PageSize(view.width_mm, view.height_mm)


T = TypeVar("T")


def _on(document: Source, work: Callable[[_Opened], T]) -> T:
    """Do *work* on the document, or on its repaired form if it is damaged and not signed.

    Raises DocumentRefused.
    """
    _check_bytes(document.octets)
    try:
        with pdf_bytes.guarded("pdf"):
            return work(_look_into(document))
    except PasswordNeeded:
        raise DocumentRefused("encrypted") from None
    except TooManyPages as exc:
        raise DocumentRefused("too_many_pages", exc.detail) from None
    except MalformedData as exc:
        if pdf_bytes.looks_signed(document.octets):
            raise DocumentRefused("broken_signed", str(exc)) from exc
    try:
        with pdf_bytes.guarded("pdf"):
            return work(_look_into(document.repaired()))
    except MalformedData as exc:
        raise DocumentRefused("not_a_document", str(exc)) from exc


def _check_bytes(document: Octets) -> None:
    if not document:
        raise DocumentRefused("empty")
    if len(document) > MAX_SIZE:
        raise DocumentRefused("too_large", f"{len(document)} bytes")
    if not pdf_bytes.is_pdf(document):
        raise DocumentRefused("not_a_document")


def _look_into(document: Source) -> _Opened:
    reader = pdf_bytes.open_pdf(document.opened())
    if reader.security_handler is not None and reader.security_handler.pdf_mac_enabled:
        raise DocumentRefused("encrypted", "ISO/TS 32004 MAC")  # a new revision would break it
    pages = Pages(reader, MAX_PAGES)
    if not pages:
        raise DocumentRefused("empty", "no page")
    fields = signature_fields(reader)
    _refuse_closed(reader, fields)
    return _Opened(document, reader, pages, _count(fields))


def _count(fields: Sequence[SignatureField]) -> int:
    """Signatures, not fields: several fields may show one signature."""
    filled = [field for field in fields if field.value is not None]
    return len({field.value_ref or field.ref for field in filled})


def _refuse_closed(reader: PdfFileReader, fields: Sequence[SignatureField]) -> None:
    """Refuse forms with scripts, and documents whose signer allowed no change any more."""
    if entry(entry(reader.root, "/AcroForm"), "/XFA") is not None:
        raise DocumentRefused("form_with_scripts")
    for field in fields:
        if field.value is not None and _closes(field):
            raise DocumentRefused("closed", field.name)


def _closes(field: SignatureField) -> bool:
    """Whether a signature forbids new visible fields.

    Every certification does (ISO 32000-2, 12.8.2.2: even P=2 allows no more than to sign
    fields that are there), and so does a lock on the whole document (table 236).
    """
    return entry(entry(field.dictionary, "/Lock"), "/P") is not None or any(
        _rules_out_fields(rule) for rule in elements(entry(field.value, "/Reference"))
    )


def _rules_out_fields(rule: object) -> bool:
    """Certification; or a lock of all fields, or of all but some (12.8.2.4)."""
    action = entry(entry(rule, "/TransformParams"), "/Action")
    locks = entry(rule, "/TransformMethod") == "/FieldMDP" and action in {"/All", "/Exclude"}
    return locks or entry(rule, "/TransformMethod") == "/DocMDP"
