"""The pages behind one-time links: what a chat cannot or must not carry."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal import reports
from portal.context import Pages
from portal.errors import error_answer
from portal.h5 import (
    agent,
    apply,
    collect,
    confirm,
    feedback,
    grant,
    invite,
    join,
    personal,
    pin,
    place,
    seals,
    upload,
    view,
)
from portal.h5.visit import Visit
from portal.recognising import recognise
from portal.wording import refusal
from seal_core.domain.holders import NotFound
from seal_core.domain.tickets import LinkPurpose, OneTimeLink, TicketUsed

Page = AnyResponse | str | tuple[str, int]
Step = Callable[[Visit], Page]


def _sign_in(visit: Visit) -> str:
    return render_template("h5/sign_in.html", visit=visit, cancelled=request.args.get("cancelled"))


SHOWS: dict[LinkPurpose, Step] = {
    LinkPurpose.SIGN_IN: _sign_in,
    LinkPurpose.APPLY: apply.show,
    LinkPurpose.PERSONAL: personal.show,
    LinkPurpose.UPLOAD: upload.show,
    LinkPurpose.COLLECT: collect.show,
    LinkPurpose.PLACE: place.show,
    LinkPurpose.FEEDBACK: feedback.show,
    LinkPurpose.CONFIRM_ORDER: confirm.show,
    LinkPurpose.SEALS: seals.show,
    LinkPurpose.PIN: pin.show,
    LinkPurpose.VIEW: view.show,
    LinkPurpose.INVITE: invite.show,
    LinkPurpose.JOIN: join.show,
    LinkPurpose.AGENT: agent.show,
    LinkPurpose.GRANT: grant.show,
}
ACTS: dict[LinkPurpose, Step] = {
    LinkPurpose.APPLY: apply.act,
    LinkPurpose.PERSONAL: personal.act,
    LinkPurpose.UPLOAD: upload.act,
    LinkPurpose.COLLECT: collect.act,
    LinkPurpose.PLACE: place.act,
    LinkPurpose.FEEDBACK: feedback.act,
    LinkPurpose.CONFIRM_ORDER: confirm.act,
    LinkPurpose.SEALS: seals.act,
    LinkPurpose.PIN: pin.act,
    LinkPurpose.INVITE: invite.act,
    LinkPurpose.JOIN: join.act,
    LinkPurpose.AGENT: agent.act,
    LinkPurpose.GRANT: grant.act,
}
FINISHES: dict[LinkPurpose, Step] = {
    LinkPurpose.APPLY: apply.finish_with_proof,
    LinkPurpose.PERSONAL: personal.finish_with_proof,
    LinkPurpose.COLLECT: collect.finish_with_proof,
    LinkPurpose.CONFIRM_ORDER: confirm.finish_with_proof,
    LinkPurpose.PIN: pin.finish_with_proof,
    LinkPurpose.GRANT: grant.finish_with_proof,
}
PROGRESS: dict[LinkPurpose, Step] = {
    LinkPurpose.APPLY: apply.progress,
    LinkPurpose.PERSONAL: personal.progress,
    LinkPurpose.UPLOAD: upload.progress,
    LinkPurpose.COLLECT: collect.progress,
    LinkPurpose.FEEDBACK: feedback.progress,
    LinkPurpose.CONFIRM_ORDER: confirm.progress,
    LinkPurpose.PIN: pin.progress,
    LinkPurpose.INVITE: invite.progress,
    LinkPurpose.JOIN: join.progress,
    LinkPurpose.AGENT: agent.progress,
    LinkPurpose.GRANT: grant.progress,
}


def create_blueprint(pages: Pages) -> Blueprint:
    """``/h5/<token>``: GET shows and never changes anything, POST acts."""
    bp = Blueprint("h5", __name__, url_prefix="/h5")

    @bp.before_request
    def only_the_right_messenger() -> AnyResponse | None:
        if request.endpoint in ("h5.seal_picture", "h5.thumbnail"):
            return None  # the chat itself shows it, without a browser
        token = str((request.view_args or {}).get("token", ""))
        return recognise(pages, token, pages.links.recall(token))

    _add_steps(bp, pages)
    _add_results(bp, pages)
    _add_reports(bp, pages)
    return bp


def _add_steps(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/<token>")
    def show(token: str) -> Page:
        try:
            return _walk(pages, token, SHOWS)
        except TicketUsed as exc:
            return _used(token, pages.links.recall(token), exc)

    @bp.post("/<token>")
    def act(token: str) -> Page:
        try:
            return _walk(pages, token, ACTS)
        except TicketUsed:  # pressed twice: the first press did it
            return redirect(url_for("h5.progress", token=token), 303)

    @bp.get("/<token>/form.pdf")
    def printed_form(token: str) -> AnyResponse:
        link = pages.links.look(token)
        if link.purpose is not LinkPurpose.APPLY:
            raise NotFound(link.id)
        return apply.printed_form(Visit(pages, token, link))

    @bp.get("/<token>/proof")
    def proved(token: str) -> Page:
        """Back from the identity source: finish what the proof was for."""
        try:
            return _walk(pages, token, FINISHES)
        except TicketUsed:
            return redirect(url_for("h5.progress", token=token), 303)


def _add_results(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/<token>/progress")
    def progress(token: str) -> Page:
        """What became of it; the link is used up by now, its reader is still the same."""
        link = pages.links.recall(token)
        if link.purpose not in PROGRESS:
            raise NotFound(link.id)
        if link.used_at is None:
            return redirect(url_for("h5.show", token=token), 303)
        return PROGRESS[link.purpose](Visit(pages, token, link))

    @bp.get("/<token>/files/<document_id>")
    def download(token: str, document_id: str) -> Response:
        return view.download(Visit(pages, token, pages.links.look(token)), document_id)

    @bp.get("/<token>/seals/<seal_id>.png")
    def seal_picture(token: str, seal_id: str) -> Response:
        return view.seal_picture(Visit(pages, token, pages.links.look(token)), seal_id)

    @bp.get("/<token>/sketch.png")
    def sketch(token: str) -> Response:
        return personal.picture(Visit(pages, token, pages.links.look(token)))

    @bp.get("/<token>/page.png")
    def thumbnail(token: str) -> Response:
        return view.thumbnail(Visit(pages, token, pages.links.look(token)))

    @bp.get("/<token>/pages/<document_id>/<int:number>.png")
    def page_picture(token: str, document_id: str, number: int) -> Response:
        visit = Visit(pages, token, pages.links.look(token))
        return view.page_picture(visit, document_id, number)

    @bp.get("/<token>/pages/<document_id>/<int:number>-<int:octets>.png")
    def sight_picture(token: str, document_id: str, number: int, octets: int) -> Response:
        visit = Visit(pages, token, pages.links.look(token))
        return view.page_picture(visit, document_id, number, octets)

    @bp.get("/<token>/seal.png")
    def order_seal(token: str) -> Response:
        return view.order_seal(Visit(pages, token, pages.links.look(token)))


def _add_reports(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/<token>/report.pdf")
    def report_pdf(token: str) -> Response:
        visit = Visit(pages, token, pages.links.look(token))
        return reports.pdf(view.verification(visit), pages.province.system_name)

    @bp.get("/<token>/report.json")
    def report_json(token: str) -> Response:
        return reports.as_json_file(view.verification(Visit(pages, token, pages.links.look(token))))


def _walk(pages: Pages, token: str, steps: dict[LinkPurpose, Step]) -> Page:
    """The step of this link. Raises NotFound where its dialog has no such step."""
    link = pages.links.look(token)
    if link.purpose not in steps:
        raise NotFound(link.id)
    return steps[link.purpose](Visit(pages, token, link))


def _used(token: str, link: OneTimeLink, error: TicketUsed) -> Response:
    """The link did its work: say so, and lead to what came of it."""
    status, words = refusal(error)
    known = link.purpose in PROGRESS
    step = ("查看办理结果", url_for("h5.progress", token=token)) if known else None
    return error_answer(status, error.code, words, step)
