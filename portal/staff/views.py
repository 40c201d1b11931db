"""The reviewer's desk: 待审核, the dossier, 通过 or 不通过 with 审核意见."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.texts import SEAL_STATES, local, size
from portal import guard
from portal.context import Pages
from portal.h5.view import attachment
from portal.pictures import Address, png, shown_pages
from portal.staff import impressions, photos
from portal.staff.agents import add_agents
from portal.staff.cases import add_cases
from portal.staff.desks import ROLES, desks
from portal.staff.feedback import add_feedback
from portal.staff.notices import add_notices
from portal.staff.oversight import add_oversight
from portal.staff.seals import add_seals
from portal.wording import refusal
from seal_core.domain.holders import NotAllowed
from seal_core.domain.records import StaffRole
from seal_core.domain.seals import SealState
from seal_core.errors import SealError

Page = AnyResponse | str

FORM_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""The applicant's PDF stands in a frame of the dossier; it may load and run nothing."""

OPINIONS = (
    "申请表上的印模不清晰，请重新盖章后上传。",
    "申请表未加盖与所选类型一致的印模，请补盖后上传。",
    "印模尺寸与所选尺寸不一致，请核对后重新申请。",
    "申请表缺少法定代表人签字，请补签后上传。",
    "身份证照片不清晰或不完整，请拍原件正反两面后重新申请。",
    "身份证照片与申请人的姓名或号码不一致，请核对后重新申请。",
)
"""Drafts of 审核意见 that an applicant can act on."""


def create_blueprint(pages: Pages) -> Blueprint:
    """``/staff``: everything needs a staff sign-in but the sign-in itself."""
    bp = Blueprint("staff", __name__, url_prefix="/staff")
    bp.add_app_template_filter(local, "local")
    bp.add_app_template_filter(desks, "desks")
    bp.add_app_template_filter(lambda role: ROLES[role], "staff_role")
    bp.add_app_template_filter(size, "seal_size")
    bp.add_app_template_filter(lambda state: SEAL_STATES[state], "seal_state")
    _add_sign_in(bp, pages)
    _add_review(bp, pages)
    impressions.add_routes(bp, pages)
    photos.add(bp, pages)
    add_agents(bp, pages)
    add_feedback(bp, pages)
    add_notices(bp, pages)
    add_cases(bp, pages)
    add_seals(bp, pages)
    add_oversight(bp, pages)
    return bp


def _add_sign_in(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/login")
    def login() -> Page:
        return render_template("staff/login.html", error="", onward=request.args.get("next", ""))

    @bp.post("/login")
    def enter() -> Page | tuple[str, int]:
        login_name, password = request.form.get("login", ""), request.form.get("password", "")
        onward = request.form.get("next", "")
        try:
            member = pages.staff.sign_in(login_name, password)
        except NotAllowed:
            words = {"error": "账号或密码不对，请重新输入。", "onward": onward, "login": login_name}
            return render_template("staff/login.html", **words), 403
        guard.let_staff_in(member)
        return redirect(guard.own_path(onward, url_for("staff.queue")), 303)

    @bp.post("/logout")
    def leave() -> Page:
        guard.let_out()
        return redirect(url_for("staff.login"), 303)


def _add_review(bp: Blueprint, pages: Pages) -> None:
    @bp.get("/")
    def queue() -> Page:
        member = guard.staff(pages)
        if member.role is not StaffRole.REVIEWER:
            return redirect(url_for(f"staff.{desks(member)[0][0]}"), 303)
        return render_template(
            "staff/queue.html",
            member=member,
            rows=pages.applications.queue(),
            claims=pages.desk.claims(),
        )

    @bp.get("/applications/<application_id>")
    def dossier(application_id: str) -> Page:
        return _dossier(pages, application_id, "")

    @bp.post("/applications/<application_id>")
    def decide(application_id: str) -> Page | tuple[str, int]:
        member = guard.staff(pages)
        seal_ids = request.form.getlist("seal")
        opinion = request.form.get("opinion", "").strip() or request.form.get("draft", "")
        if not seal_ids:
            return _dossier(pages, application_id, "请至少选择一枚印章。"), 422
        try:
            if request.form.get("decision") == "approve":
                pages.applications.approve(
                    member, seal_ids, _pictures(pages, application_id, seal_ids)
                )
            else:
                pages.applications.reject(member, seal_ids, opinion)
        except SealError as exc:
            status, words = refusal(exc)
            return _dossier(pages, application_id, words), status
        return redirect(url_for("staff.dossier", application_id=application_id), 303)

    @bp.get("/applications/<application_id>/form-<int:number>.png")
    def form_page(application_id: str, number: int) -> Response:
        guard.staff(pages).must_be(StaffRole.REVIEWER)
        application, _ = pages.applications.dossier(application_id)
        return png(pages.previews.page(application.document_id, number))

    @bp.get("/applications/<application_id>/form.pdf")
    def form(application_id: str) -> Response:
        guard.staff(pages).must_be(StaffRole.REVIEWER)
        application, _ = pages.applications.dossier(application_id)
        document = pages.documents.get(application.document_id, application.applicant_id)
        response = attachment(document, pages.store.get(document.id))
        response.headers["Content-Disposition"] = "inline"
        response.headers["Content-Security-Policy"] = FORM_POLICY
        return response


def _dossier(pages: Pages, application_id: str, error: str) -> str:
    member = guard.staff(pages)
    member.must_be(StaffRole.REVIEWER)
    application, seals = pages.applications.dossier(application_id)
    seals = list(reversed(seals))
    form = pages.documents.get(application.document_id) if application.document_id else None
    comparison = impressions.compare(pages, application.document_id, seals)
    address = _page_address(application_id)
    marked = (
        impressions.marked_pages(pages, form, comparison, address) if form and comparison else []
    )
    drafts = comparison.drafts if comparison else ()
    return render_template(
        "staff/dossier.html",
        member=member,
        application=application,
        seals=seals,
        comparison=comparison,
        marked=marked,
        drafts=(*drafts, *(opinion for opinion in OPINIONS if opinion not in drafts)),
        type_name=lambda code: pages.province.seal_type(code).name,
        claim=pages.desk.claims().get(application_id),
        colleagues=pages.desk.colleagues(member),
        pending=any(seal.state is SealState.PENDING_REVIEW for seal in seals),
        form=form,
        pictures=shown_pages(pages, form, address) if form else [],
        opinion=request.form.get("opinion", ""),
        error=error,
    )


def _pictures(pages: Pages, application_id: str, seal_ids: list[str]) -> dict[str, str]:
    """What was chosen for each seal; nothing is to be chosen where no form was read."""
    application, seals = pages.applications.dossier(application_id)
    read = impressions.compare(pages, application.document_id, seals) is not None
    return impressions.chosen(request.form, seal_ids) if read else {}


def _page_address(application_id: str) -> Address:
    return lambda number: url_for("staff.form_page", application_id=application_id, number=number)
