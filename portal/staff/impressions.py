"""印模核对 on the reviewer's desk: what was read from the form beside what was stamped on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal import guard
from portal.context import Pages
from portal.pictures import Address, PagePicture, png
from portal.wording import refusal
from seal_core.domain.documents import Document
from seal_core.domain.holders import NotFound
from seal_core.domain.impressions import BoxRefused, Extraction, PictureNotChosen, ReadingState
from seal_core.domain.seals import Seal, SealState
from seal_core.errors import SealError
from seal_core.impressions import Box, FindingCode, sentence
from seal_core.services.impressions import PICTURES, Place, doubts

MAP_WIDTHS = (280, 560)
"""The page to click on, in CSS pixels: for a phone and for a desk. A click comes back in pixels
of what was shown, so what is shown has these widths and no other."""

CHOICE = "picture-"
"""Name of a seal's field in the decision, followed by its id."""

DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Cut:
    """One picture to choose from."""

    extraction: Extraction
    words: tuple[str, ...]
    twin: str  # whose form has the same picture

    @property
    def done(self) -> bool:
        return self.extraction.state is ReadingState.DONE

    @property
    def waiting(self) -> bool:
        return self.extraction.state is ReadingState.WAITING

    @property
    def has_ring(self) -> bool:
        return self.extraction.outline != "rectangle"

    @property
    def turns(self) -> tuple[int, ...]:
        """Degrees it makes sense to turn it by: a long seal lies either way up."""
        square = abs(self.extraction.width - self.extraction.height) < 1.0
        return (-90, 90, 180) if square else (180,)


@dataclass(frozen=True, slots=True)
class Compared:
    """A seal of the application and what its impression was read as."""

    seal: Seal
    name: str
    cuts: tuple[Cut, ...]
    ring: str  # what the ring has to say

    @property
    def pending(self) -> bool:
        return self.seal.state is SealState.PENDING_REVIEW


@dataclass(frozen=True, slots=True)
class Comparison:
    """The section 印模核对."""

    seals: tuple[Compared, ...]
    others: tuple[Cut, ...]  # found on the form, asked for by nobody
    whole: tuple[str, ...]  # doubts about the form
    drafts: tuple[str, ...]  # what the applicant can put right
    waiting: bool
    failed: bool

    def row(self, seal: Seal) -> Compared:
        return next(row for row in self.seals if row.seal.id == seal.id)


def compare(pages: Pages, document_id: str, seals: Sequence[Seal]) -> Comparison | None:
    """None where no form was asked for."""
    known = pages.impressions.of(document_id) if document_id else None
    if known is None:
        return None
    rows = tuple(
        Compared(
            seal,
            pages.province.seal_type(seal.type).name,
            tuple(_cut(pages, e) for e in known.of_type(seal.type)),
            known.reading.name,
        )
        for seal in seals
    )
    return Comparison(
        seals=rows,
        others=tuple(_cut(pages, e) for e in known.of_type("")),
        whole=tuple(sentence(f) for f in known.whole_findings()),
        drafts=tuple(known.hints()),
        waiting=known.waiting,
        failed=known.reading.state is ReadingState.FAILED,
    )


def chosen(form: MultiDict[str, str], seal_ids: Sequence[str]) -> dict[str, str]:
    """The reviewer's choice for each seal. Raises PictureNotChosen: nothing is chosen for him."""
    picked = {}
    for seal_id in seal_ids:
        value = form.get(CHOICE + seal_id, "")
        if not value:
            raise PictureNotChosen(seal_id)
        picked[seal_id] = "" if value == DRAWN else value
    return picked


def add_routes(bp: Blueprint, pages: Pages) -> None:
    """The pictures, and the desk's own cuts."""

    @bp.get("/applications/<application_id>/impressions/<extraction_id>-<which>")
    def impression(application_id: str, extraction_id: str, which: str) -> Response:
        guard.staff(pages)
        application, _ = pages.applications.dossier(application_id)
        known = pages.impressions.of(application.document_id)
        ids = {e.id for e in known.extractions} if known else set()
        if extraction_id not in ids or which not in PICTURES:
            raise NotFound(extraction_id)
        data = pages.impressions.picture(extraction_id, which)
        return png(data) if which in ("picture", "strip") else _jpeg(data)

    @bp.get("/applications/<application_id>/faces/<seal_id>.png")
    def drawn_face(application_id: str, seal_id: str) -> Response:
        guard.staff(pages)
        _, seals = pages.applications.dossier(application_id)
        for seal in seals:
            if seal.id == seal_id:
                return png(pages.applications.drawn_face(seal))
        raise NotFound(seal_id)

    @bp.post("/applications/<application_id>/impressions")
    def cut(application_id: str) -> AnyResponse | tuple[str, int]:
        member = guard.staff(pages)
        application, seals = pages.applications.dossier(application_id)
        try:
            seal_type, place = _asked(pages, application.document_id, seals)
            pages.impressions.ask_for(member, application.document_id, seal_type, place)
        except SealError as exc:
            status, words = refusal(exc)
            return words, status
        back = url_for("staff.dossier", application_id=application_id, _anchor="impressions")
        return redirect(back, 303)


def marked_pages(
    pages: Pages, document: Document, known: Comparison, address: Address
) -> list[PagePicture]:
    """The pages that were drawn and bear seals, or the first."""
    cuts = [cut for row in known.seals for cut in row.cuts] + list(known.others)
    numbers = sorted({cut.extraction.page for cut in cuts}) or [1]
    drawn = [n for n in numbers if pages.previews.has_page(document.id, n)]
    sizes = dict(enumerate(document.pages, 1))
    return [PagePicture(address(n), n, *sizes[n], f"《{document.name}》第 {n} 页") for n in drawn]


# --- what a reviewer asks for -------------------------------------------------------------


def _asked(pages: Pages, document_id: str, seals: Sequence[Seal]) -> tuple[str, Place]:
    """Turned, clicked or measured. Raises BoxRefused, NotFound."""
    form = request.form
    if "turn" in form:
        return _turned(pages, document_id, form.get("extraction", ""), form["turn"])
    seal = next((s for s in seals if s.type == form.get("type")), None)
    if seal is None:
        raise NotFound("type")
    page = int(_number("page"))
    angle = _number("angle")
    snap = "snap" in form
    sizes = pages.documents.get(document_id).pages
    for width in MAP_WIDTHS:
        if f"at{width}.x" in form:
            if not 1 <= page <= len(sizes):
                raise BoxRefused("page")
            per_mm = width / sizes[page - 1][0]
            x, y = _number(f"at{width}.x") / per_mm, _number(f"at{width}.y") / per_mm
            return seal.type, Place(page, _around(x, y, seal), angle, snap=True)
    box = Box(_number("x"), _number("y"), _number("width"), _number("height"))
    return seal.type, Place(page, box, angle, snap)


def _around(x: float, y: float, seal: Seal) -> Box:
    width, height = seal.width_mm, seal.height_mm
    return Box(round(x - width / 2, 2), round(y - height / 2, 2), width, height)


def _turned(pages: Pages, document_id: str, extraction_id: str, by: str) -> tuple[str, Place]:
    known = pages.impressions.of(document_id)
    for each in known.extractions if known else ():
        if each.id == extraction_id and by in ("-90", "90", "180"):
            angle = (each.angle - int(by) + 180) % 360 - 180  # the picture turns the other way
            box = Box(each.x, each.y, each.width, each.height)
            return each.type, Place(each.page, box, angle, snap=False)
    raise NotFound(extraction_id)


def _number(name: str) -> float:
    """Of the address where a page was clicked, else of the form."""
    try:
        value = float(request.args.get(name) or request.form.get(name, ""))
    except ValueError:
        raise BoxRefused(name) from None
    if not -10_000 < value < 10_000:  # NaN too
        raise BoxRefused(name)
    return value


# --- what a reviewer reads ----------------------------------------------------------------


def _cut(pages: Pages, extraction: Extraction) -> Cut:
    found = doubts(extraction)
    twin = next((f.detail for f in found if f.code is FindingCode.SEEN_ELSEWHERE), "")
    return Cut(
        extraction,
        tuple(sentence(f) for f in found),
        pages.impressions.holder_of(twin) if twin else "",
    )


def _jpeg(data: bytes) -> Response:
    response = png(data)
    response.mimetype = "image/jpeg"
    return response
