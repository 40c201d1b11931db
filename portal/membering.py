"""企业成员 on pages, the same for the phone and the PC: the form and who may be given what."""

from __future__ import annotations

from flask import request

from bot.texts_members import ROLE_HINTS, ROLES
from portal.context import Pages
from seal_core.domain.holders import Ability, Actor, NotFound, Role
from seal_core.domain.members import INVITABLE, Invitation
from seal_core.domain.secrets import IdNumber, Mobile

MEMBER_FIELDS = {
    "name": "姓名（2–30 个字）",
    "id_number": "身份证号（18 位）",
    "mobile": "手机号（11 位）",
}


def offered_roles(actor: Actor) -> list[tuple[Role, str]]:
    """The roles the actor can give, in words."""
    return [
        (role, f"{ROLES[role]}：{ROLE_HINTS[role]}")
        for role in INVITABLE
        if role is not Role.SEAL_ADMINISTRATOR or actor.can(Ability.APPOINT)
    ]


def typed_member() -> dict[str, str]:
    """What was typed, to be shown again beside an error."""
    return {name: request.form.get(name, "").strip() for name in (*MEMBER_FIELDS, "role")}


def typed_role() -> Role:
    """Raises NotFound for what no page offers."""
    try:
        return Role(request.form.get("role", ""))
    except ValueError:
        raise NotFound("role") from None


def invite_from_form(pages: Pages, actor: Actor) -> Invitation:
    """Raises what MemberService.invite raises."""
    given = typed_member()
    number, mobile = IdNumber(given["id_number"].upper()), Mobile(given["mobile"])
    return pages.members.invite(actor, given["name"], number, mobile, typed_role())
