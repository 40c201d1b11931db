"""印章申请: the form with personal data, kept off the chat."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from bot.texts import DOCUMENT_REASONS
from portal.application_form import Filled, filled_form
from portal.h5 import photos
from portal.h5.visit import Visit
from portal.wording import refusal
from seal_core.domain.applications import (
    ApplicationForm,
    ApplicationIncomplete,
    WantedSeal,
    is_person_name,
)
from seal_core.domain.documents import PDF, Document
from seal_core.domain.holders import NotFound
from seal_core.domain.provinces import IssuePolicy
from seal_core.domain.secrets import IdNumber, Mobile
from seal_core.domain.tickets import TicketUsed
from seal_core.errors import SealError
from seal_core.services.proving import digest_of

Answer = Response | str | tuple[str, int]

FIELDS = {
    "region": "单位所属区划",
    "handler_name": "经办人姓名（2–30 个字）",
    "handler_id_number": "经办人身份证号（18 位）",
    "handler_mobile": "经办人手机号（11 位）",
    "wanted": "要申请的印章",
    "document": "加盖印模的申请表（PDF）",
}


ANOTHER_FORM = "form"
"""``?step=form`` goes back to the upload, to bring another form."""

PRINT = "print"
"""The button that fills in the form."""


def show(visit: Visit, error: str = "", field: str = "") -> str:
    """First the stamped form, then the handler; where identity decides, only the latter."""
    if photos.wanted() and not _by_review(visit):
        return photos.show(visit, error)
    document = _document(visit)
    back = request.args.get("step") == ANOTHER_FORM
    usable = document if document is not None and document.state == "accepted" else None
    reading = usable is not None and visit.pages.impressions.still_reading(usable.id)
    if _by_review(visit) and (usable is None or reading or back):
        return _show_upload(visit, document, error, reading=reading)
    return render_template(
        "h5/apply.html",
        visit=visit,
        document=document,
        wanted=_wanted_names(visit),
        by_review=_by_review(visit),
        answers=_answers(visit),
        hints=_hints(visit, document),
        error=error,
        field=field,
    )


def _hints(visit: Visit, document: Document | None) -> list[str]:
    """What the reader is sure the applicant should put right; he decides whether he does."""
    known = visit.pages.impressions.of(document.id) if document else None
    return known.hints() if known else []


def _show_upload(
    visit: Visit, document: Document | None, error: str, *, reading: bool = False
) -> str:
    reason = document.reason if document and document.state == "refused" else ""
    return render_template(
        "h5/apply_upload.html",
        visit=visit,
        document=document,
        checking=reading or (document is not None and document.state == "received"),
        refused=DOCUMENT_REASONS.get(reason, "请换一个文件") if reason else "",
        wanted=_wanted_names(visit),
        answers=_answers(visit),
        error=error,
    )


def act(visit: Visit) -> Answer:
    try:
        if request.files and _by_review(visit):
            return _take_form(visit)
        if request.form.get("action") == PRINT:
            return _note_handler(visit)
        if (sides := photos.uploaded()) is not None:
            return _submit_photos(visit, *sides)
        form = _form(visit)
        form.check()
        if _by_review(visit):
            visit.pages.applications.submit(visit.actor, form)
            visit.spend()
            return visit.to_progress()
        return visit.ask_for_proof("申领电子印章", _agreement(visit))
    except ApplicationIncomplete as exc:
        return show(visit, f"请检查：{FIELDS[exc.field]}", exc.field), 422
    except TicketUsed:
        raise
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status


def finish_with_proof(visit: Visit) -> Response:
    """The person agreed at the identity source: apply for him as he is registered."""
    proof = visit.proof(_agreement(visit))
    visit.pages.applications.submit_with_proof(visit.actor, _registered_form(visit), proof)
    visit.spend()
    return visit.to_progress()


def _submit_photos(visit: Visit, front: bytes, back: bytes) -> Response:
    """In place of the face check: a reviewer looks at both sides of the card."""
    visit.pages.id_photos.submit(visit.actor, _registered_form(visit), front, back)
    visit.pages.links.remember(visit.token, photos="1")
    visit.spend()
    return visit.to_progress()


def _registered_form(visit: Visit) -> ApplicationForm:
    person = visit.actor.person
    return ApplicationForm(
        region=visit.link.data["region"],
        handler_name=person.name,
        handler_id_number=person.id_number,
        handler_mobile=person.mobile,
        wanted=_wanted(visit),
    )


def printed_form(visit: Visit) -> Response:
    """《申请表》 filled in, to be stamped; numbers of people stay masked on paper as on pages."""
    if not _by_review(visit):
        raise NotFound(visit.link.id)
    known, answers = _handler(visit), _answers(visit)
    own = answers["handler_name"] == known.name
    owner = visit.actor.organisation
    filled = Filled(
        name=visit.actor.holder_name,
        uscc=owner.uscc if owner else "",
        legal_representative=owner.legal_representative if owner else "",
        region=answers["region"],
        handler_name=answers["handler_name"],
        handler_id_number=known.id_number.masked if own else "",
        handler_mobile=known.mobile.masked if own else "",
        date="　　　　年　　月　　日",
        wanted=tuple((each.type, each.size) for each in _wanted(visit)),
    )
    response = send_file(BytesIO(filled_form(visit.pages.province, filled)), mimetype=PDF)
    name = quote("电子印章申请表.pdf")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


def _note_handler(visit: Visit) -> Answer:
    """Keep who will stand on the form, then hand it out."""
    name = request.form.get("handler_name", "").strip()
    region = request.form.get("region", "").strip()
    if not is_person_name(name):
        return show(visit, f"请检查：{FIELDS['handler_name']}"), 422
    if visit.pages.province.region(region) is None:
        return show(visit, f"请检查：{FIELDS['region']}"), 422
    visit.pages.links.remember(visit.token, handler_name=name, region=region)
    return redirect(url_for("h5.printed_form", token=visit.token), 303)


def progress(visit: Visit) -> str:
    reviewed = _by_review(visit) or visit.link.data.get("photos")
    done = "申请已提交" if reviewed else "身份核验通过，印章可以领取了"
    return render_template("h5/done.html", title=done, actor=None)


def _take_form(visit: Visit) -> Answer:
    upload = request.files.get("form")
    if upload is None or not upload.filename:
        return show(visit, "请先选择申请表文件。"), 422
    document = visit.pages.documents.receive(
        visit.actor.person.id, upload.filename, upload.read(), "application_form"
    )
    visit.pages.impressions.expect(visit.actor, document.id, _wanted(visit))
    visit.pages.links.remember(visit.token, document=document.id)
    data = visit.link.data
    types, sizes = data["types"].split(","), data["sizes"].split("|")
    visit.pages.drafts.keep(visit.actor, types, sizes, data["region"], document.id)
    return redirect(url_for("h5.show", token=visit.token), 303)


def _document(visit: Visit) -> Document | None:
    document_id = visit.link.data.get("document", "")
    if not document_id:
        return None
    return visit.pages.documents.get(document_id, visit.link.person_id)


def _form(visit: Visit) -> ApplicationForm:
    person, given = visit.actor.person, request.form
    own = not _by_review(visit)  # where identity decides, the person is his own handler
    known = _handler(visit)
    typed_number = given.get("handler_id_number", "").strip().upper()
    typed_mobile = given.get("handler_mobile", "").strip()
    return ApplicationForm(
        region=given.get("region", visit.link.data["region"]).strip(),
        handler_name=person.name if own else given.get("handler_name", "").strip(),
        handler_id_number=_unless_masked(typed_number, known.id_number),
        handler_mobile=_unless_masked_mobile(typed_mobile, known.mobile),
        wanted=_wanted(visit),
        document_id=visit.link.data.get("document", ""),
    )


def _unless_masked(typed: str, own: IdNumber) -> IdNumber:
    """The page shows the number we know masked; left as it is, it means that one."""
    return own if typed in ("", own.masked) else IdNumber(typed)


def _unless_masked_mobile(typed: str, own: Mobile) -> Mobile:
    return own if typed in ("", own.masked) else Mobile(typed)


def _wanted(visit: Visit) -> tuple[WantedSeal, ...]:
    types, sizes = visit.link.data["types"].split(","), visit.link.data["sizes"].split("|")
    return tuple(WantedSeal(t, s) for t, s in zip(types, sizes, strict=True))


def _wanted_names(visit: Visit) -> list[tuple[str, str]]:
    province = visit.pages.province
    return [(province.seal_type(w.type).name, w.size) for w in _wanted(visit)]


@dataclass(frozen=True, slots=True)
class _Handler:
    """经办人 as far as we know: of the last application, else the person himself."""

    name: str
    id_number: IdNumber
    mobile: Mobile


def _handler(visit: Visit) -> _Handler:
    person = visit.actor.person
    last = visit.pages.applications.last_form(visit.actor) if _by_review(visit) else None
    if last is None:
        return _Handler(person.name, person.id_number, person.mobile)
    return _Handler(last.handler_name, last.handler_id_number, last.handler_mobile)


def _answers(visit: Visit) -> dict[str, str]:
    known = _handler(visit)
    return {
        "region": request.form.get("region", visit.link.data["region"]),
        "handler_name": request.form.get(
            "handler_name", visit.link.data.get("handler_name", known.name)
        ),
        "handler_id_number": request.form.get("handler_id_number", known.id_number.masked),
        "handler_mobile": request.form.get("handler_mobile", known.mobile.masked),
    }


def _agreement(visit: Visit) -> str:
    data = visit.link.data
    return digest_of(
        {
            "purpose": "apply",
            "link": visit.link.id,
            "person": visit.link.person_id,
            "types": data["types"],
            "sizes": data["sizes"],
        }
    )


def _by_review(visit: Visit) -> bool:
    return visit.pages.province.issue_policy is IssuePolicy.REVIEW
