"""添加企业成员: the number of another person does not belong in a chat."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from portal.h5.visit import Visit
from portal.membering import MEMBER_FIELDS, invite_from_form, offered_roles, typed_member
from portal.wording import refusal
from seal_core.domain.members import MemberIncomplete
from seal_core.errors import SealError


def show(visit: Visit, error: str = "", field: str = "") -> str:
    return render_template(
        "h5/invite.html",
        visit=visit,
        roles=offered_roles(visit.actor),
        answers=typed_member(),
        error=error,
        field=field,
    )


def act(visit: Visit) -> Response | tuple[str, int]:
    try:
        invite_from_form(visit.pages, visit.actor)
    except MemberIncomplete as exc:
        return show(visit, f"请检查：{MEMBER_FIELDS[exc.field]}", exc.field), 422
    except SealError as exc:
        status, words = refusal(exc)
        return show(visit, words), status
    visit.spend()
    return visit.to_progress()


def progress(_: Visit) -> str:
    return render_template("h5/done.html", title="邀请已发出，等他本人登录接受", actor=None)
