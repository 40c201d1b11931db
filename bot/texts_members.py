"""What the conversation says about 企业成员 and 印章授权."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.messages import Link, Say
from bot.texts import HELP_LINE, local
from seal_core.domain.grants import Grant, GrantEnd, GrantState, GrantTerms
from seal_core.domain.holders import Person, Role
from seal_core.domain.seals import Seal
from seal_core.services.grants import GrantShown
from seal_core.services.members import InvitationShown, Member

ROLES = {
    Role.LEGAL_REPRESENTATIVE: "法定代表人",
    Role.SEAL_ADMINISTRATOR: "印章管理员",
    Role.SEAL_USER: "印章使用员",
    Role.AUDITOR: "审计员",
    Role.HANDLER: "经办人",
    Role.MEMBER: "普通员工",
}

ROLE_HINTS = {
    Role.SEAL_ADMINISTRATOR: "管理印章、成员和授权",
    Role.SEAL_USER: "经授权后使用印章",
    Role.AUDITOR: "查看授权、用章记录和日志",
    Role.HANDLER: "代企业申请和领取印章",
    Role.MEMBER: "没有印章权限",
}

GRANT_ENDS = {
    GrantEnd.DROPPED: "没有确认",
    GrantEnd.REVOKED: "已收回",
    GrantEnd.EXPIRED: "已到期",
    GrantEnd.USED_UP: "次数已用完",
    GrantEnd.REPLACED: "已由新的授权代替",
    GrantEnd.GRANTOR_LEFT: "授权人已不再任职，或他自己的授权已结束",
    GrantEnd.DELEGATE_LEFT: "被授权人的角色已改变，或已不是企业成员",
    GrantEnd.SEAL_GONE: "印章已注销或重新制作",
    GrantEnd.TAKEN_OVER: "印章已由法定代表人接管",
    GrantEnd.KEY_LOST: "被授权人重置了印章密码，需要时请重新授权",
}

NEW_GRANT, SEE_GRANTS, MEMBERS, ADD_MEMBER = "新增授权", "查看授权", "企业成员", "添加成员"
REVOKE, BACK_TO_GRANTS = "收回授权", "返回授权列表"
REMOVE, BACK_TO_MEMBERS = "移除成员", "返回成员列表"
TERMS = ("长期有效", "30 天", "1 年", "1 次", "10 次")


def terms_words(terms: GrantTerms) -> str:
    """无限、期限、次数 in words."""
    parts = []
    if terms.until:
        parts.append(f"到 {local(terms.until)[:16]} 为止")
    if terms.times:
        parts.append(f"共 {terms.times} 次")
    return "，".join(parts) or "长期有效，不限次数"


def told_terms(told: Mapping[str, str]) -> str:
    """The same from what a piece of news carries."""
    until = datetime.fromisoformat(told["until"]) if told.get("until") else None
    return terms_words(GrantTerms(until, int(told.get("times") or 0)))


def grant_state(grant: Grant, now: datetime) -> str:
    if grant.state is GrantState.ENDED:
        return f"已结束（{GRANT_ENDS[GrantEnd(grant.end)]}）"
    if grant.state is GrantState.PENDING:
        return "待授权人确认" if now < grant.expires_at else "没有按时确认"
    if grant.is_due(now):
        return "已到期"
    return "生效中" if grant.left is None else f"生效中，还可用 {grant.left} 次"


# --- 授权管理 -----------------------------------------------------------------------


def authorise(holder: str) -> Say:
    return Say(
        f"授权管理｜{holder}\n先添加企业成员，再把印章授权给他。授权、使用、收回都有记录。",
        (NEW_GRANT, SEE_GRANTS, MEMBERS, ADD_MEMBER),
    )


def grants(found: Sequence[GrantShown], now: datetime) -> Say:
    if not found:
        return Say("现在没有授权。法定代表人和印章管理员可以回复“新增授权”。")
    return Say("授权，查看哪一条？", tuple(grant_row(each, now) for each in found))


def grant_row(shown: GrantShown, now: datetime) -> str:
    return f"{shown.seal}｜{shown.delegate}｜{grant_state(shown.grant, now)}"


def grant_detail(shown: GrantShown, now: datetime, may_revoke: bool) -> Say:
    lines = [
        f"【{shown.seal}】",
        f"授权给：{shown.delegate}",
        f"授权人：{shown.grantor}",
        f"期限和次数：{terms_words(shown.grant.terms)}",
        f"状态：{grant_state(shown.grant, now)}",
    ]
    open_ = shown.grant.state is not GrantState.ENDED
    return Say(
        "\n".join(lines), (REVOKE, BACK_TO_GRANTS) if may_revoke and open_ else (BACK_TO_GRANTS,)
    )


def nothing_to_grant() -> Say:
    return Say(
        "您手上没有可以授权的印章：只能授权自己领取的、或不限次数授权给您的有效印章。"
        "回复“我的印章”看看。"
    )


def nobody_to_grant() -> Say:
    return Say(
        "还没有可以授权的成员。请先回复“添加成员”，角色选“印章使用员”或“印章管理员”，他登录接受后就能授权。"
    )


def choose_seal(seals: Sequence[Seal]) -> Say:
    return Say("授权哪一枚印章？", tuple(seal.name for seal in seals))


def choose_delegate(people: Sequence[Person]) -> Say:
    return Say("授权给谁？", tuple(delegate_label(person) for person in people))


def delegate_label(person: Person) -> str:
    """A name can be borne twice in an enterprise."""
    return f"{person.name}（{person.mobile.masked}）"


def choose_terms() -> Say:
    return Say(
        "授权多久、多少次？可以一起说，例如“30 天 5 次”“到 2027年3月1日”“不限”。",
        TERMS,
    )


def terms_refused() -> Say:
    return Say(
        "期限要在三年以内、晚于现在，也不能超过您自己得到的授权；次数要在 1 到 9999 之间。请重新说。",
        TERMS,
    )


def delegate_not_ready(name: str) -> Say:
    return Say(
        f"{name}还没有印章密码，暂时不能授权给他。我们已经通知他设置，设置好以后请再回复“新增授权”。"
    )


def confirm_grant(shown: GrantShown, link: Link) -> Say:
    return Say(
        f"授权确认单\n印章：{shown.seal}\n授权给：{shown.delegate}\n{terms_words(shown.grant.terms)}\n"
        "请在 30 分钟内打开安全页面核对并确认，确认后才生效。他用自己的身份和密码盖章，每次都会通知您。",
        (),
        link,
    )


def grant_waiting(link: Link) -> Say:
    return Say("请打开安全页面核对并确认授权；要放弃请回复“取消”。", (), link)


def grant_over() -> Say:
    return Say("这张授权确认单已处理或已过期。回复“新增授权”可以重新开始。")


def revoked(shown: GrantShown) -> Say:
    return Say(f"已收回：{shown.delegate}不能再使用{shown.seal}，还没盖的也不会再盖。")


# --- news of grants -----------------------------------------------------------------


def grant_given(told: Mapping[str, str]) -> Say:
    return Say(
        f"授权已生效：{told['grantor']}把{told['seal']}授权给{told['delegate']}，{told_terms(told)}。"
        "随时可以回复“授权管理”收回。"
    )


def grant_received(told: Mapping[str, str]) -> Say:
    return Say(
        f"{told['grantor']}把{told['holder']}的{told['seal']}授权给您使用，{told_terms(told)}。"
        "回复“文件盖章”就可以使用，用您自己的身份和密码，每次都会通知授权人。"
    )


def grant_used(told: Mapping[str, str]) -> Say:
    left = f"还可用 {told['left']} 次。" if told["left"] else ""
    done = f"盖章 {told['done']} 个文件" if told["done"] != "0" else "没有盖成"
    return Say(
        f"{told['delegate']}用您授权的{told['seal']}{done}：{told['names']}。{left}不放心请回复“授权管理”收回。"
    )


def grant_ended(told: Mapping[str, str]) -> Say:
    return Say(
        f"{told['delegate']}使用{told['seal']}的授权已结束：{GRANT_ENDS[GrantEnd(told['why'])]}。"
    )


def pin_needed(told: Mapping[str, str], link: Link) -> Say:
    return Say(
        f"{told['holder']}要把印章授权给您使用，请先打开安全页面设置您自己的印章密码。", (), link
    )


# --- 企业成员 -----------------------------------------------------------------------


def members(found: Sequence[Member], waiting: int) -> Say:
    tail = f"\n另有 {waiting} 人还没有接受邀请。" if waiting else ""
    return Say(f"企业成员，查看谁？{tail}", tuple(member_label(each) for each in found))


def member_label(member: Member) -> str:
    return f"{member.person.name}（{member.person.mobile.masked}）｜{ROLES[member.role]}"


def member_detail(member: Member, roles: Sequence[Role]) -> Say:
    choices = tuple(f"改为{ROLES[role]}" for role in roles)
    text = (
        f"{member.person.name}\n手机号：{member.person.mobile.masked}\n角色：{ROLES[member.role]}"
    )
    return Say(text, (*choices, *((REMOVE,) if roles else ()), BACK_TO_MEMBERS))


def role_changed_here(member: Member, role: Role) -> Say:
    return Say(
        f"{member.person.name}现在的角色：{ROLES[role]}（{ROLE_HINTS[role]}）。我们已经通知他。"
    )


def member_removed(member: Member) -> Say:
    return Say(f"{member.person.name}已不是企业成员，他的授权同时结束。我们已经通知他。")


def add_member(link: Link) -> Say:
    return Say(
        "请打开页面填写新成员的姓名、身份证号、手机号和角色。他本人登录并接受后，才成为企业成员。",
        (),
        link,
    )


def invited(shown: InvitationShown, link: Link) -> Say:
    invitation = shown.invitation
    return Say(
        f"{shown.organisation}的{shown.inviter}邀请您加入，角色：{ROLES[invitation.role]}"
        f"（{ROLE_HINTS[invitation.role]}）。请在 {local(invitation.expires_at)[:10]} 前打开页面接受或拒绝。",
        (),
        link,
    )


def no_invitation() -> Say:
    return Say(
        "没有等您答复的邀请。邀请按姓名和身份证号对应，请让企业的法定代表人核对后重新添加，七天内有效。"
    )


def invitation_answered(told: Mapping[str, str]) -> Say:
    if told["state"] == "accepted":
        return Say(
            f"{told['name']}接受了邀请，成为{ROLES[Role(told['role'])]}。要让他用章，请回复“新增授权”。"
        )
    return Say(f"{told['name']}没有接受邀请。")


def role_changed(told: Mapping[str, str]) -> Say:
    if not told["role"]:
        return Say(
            f"您已不是{told['holder']}的成员，不能再办理该企业的印章业务。回复“登录”可以用其他身份办理。"
        )
    role = Role(told["role"])
    return Say(
        f"您在{told['holder']}的角色改为：{ROLES[role]}（{ROLE_HINTS.get(role, '')}）。\n{HELP_LINE}"
    )
