"""企业成员: who belongs to the enterprise, and answering an invitation."""

from __future__ import annotations

from bot import texts, texts_members
from bot.handlers.choosing import pick
from bot.messages import Link, Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import Ability, NotFound, Role
from seal_core.domain.records import News, Notification
from seal_core.domain.tickets import LinkPurpose
from seal_core.services.members import Member

router = Router()


@router.command("添加成员", "添加企业成员", "邀请成员", "添加经办人")
def add_member(_: Message, talk: Talk) -> Say:
    talk.actor.must(Ability.MANAGE_MEMBERS)
    talk.services.members.members(talk.actor)  # nobody acts for himself here
    link = talk.link(LinkPurpose.INVITE, "添加企业成员")
    return talk.end(texts_members.add_member(link))


@router.command("企业成员", "成员管理", "成员列表")
def list_members(_: Message, talk: Talk) -> Say:
    return talk.begin(State.MEMBERS_CHOOSING, _list(talk))


@router.state(State.MEMBERS_CHOOSING)
def choose_member(message: Message, talk: Talk) -> Say:
    found = talk.services.members.members(talk.actor)
    member = pick(message.text, [(texts_members.member_label(each), each) for each in found])
    if member is None:
        return talk.stay(texts.not_understood(_list(talk)))
    key = member.membership.id
    return talk.go(State.MEMBER_DETAIL, _detail(talk, member), membership_id=key)


@router.state(State.MEMBER_DETAIL)
def act_on_member(message: Message, talk: Talk) -> Say:
    member = _member(talk, talk.data["membership_id"])
    shown = _detail(talk, member)
    wish = pick(message.text, [(choice, choice) for choice in shown.choices])
    if wish is None:
        return talk.stay(texts.not_understood(shown))
    if wish == texts_members.BACK_TO_MEMBERS:
        return list_members(message, talk)
    if wish == texts_members.REMOVE:
        talk.services.members.remove(talk.actor, member.membership.id)
        return talk.end(texts_members.member_removed(member))
    role = next(r for r in _roles(talk, member) if wish == f"改为{texts_members.ROLES[r]}")
    talk.services.members.change_role(talk.actor, member.membership.id, role)
    return talk.end(texts_members.role_changed_here(member, role))


@router.command("我的邀请", "接受邀请", "邀请")
def my_invitations(_: Message, talk: Talk) -> Say:
    """The newest one; the next comes once this one is answered."""
    waiting = talk.services.members.invitations_for(talk.actor.person)
    if not waiting:
        return talk.end(texts_members.no_invitation())
    return talk.end(texts_members.invited(waiting[0], _join(talk, waiting[0].invitation.id)))


@router.tells(News.INVITED)
def invited(notification: Notification, talk: Talk) -> Say:
    invitation_id = notification.data["invitation_id"]
    shown = talk.services.members.invitation_for(talk.actor.person, invitation_id)
    return texts_members.invited(shown, _join(talk, invitation_id))


@router.tells(News.INVITATION_ANSWERED)
def answered(notification: Notification, _: Talk) -> Say:
    return texts_members.invitation_answered(notification.data)


@router.tells(News.ROLE_CHANGED)
def role_changed(notification: Notification, _: Talk) -> Say:
    return texts_members.role_changed(notification.data)


@router.tells(News.PIN_NEEDED)
def pin_needed(notification: Notification, talk: Talk) -> Say:
    link = talk.link(LinkPurpose.JOIN, "设置印章密码", invitation_id="")
    return texts_members.pin_needed(notification.data, link)


def _join(talk: Talk, invitation_id: str) -> Link:
    return talk.link(LinkPurpose.JOIN, "查看邀请", invitation_id=invitation_id)


def _list(talk: Talk) -> Say:
    waiting = talk.services.members.invited(talk.actor)
    return texts_members.members(talk.services.members.members(talk.actor), len(waiting))


def _member(talk: Talk, membership_id: str) -> Member:
    for each in talk.services.members.members(talk.actor):
        if each.membership.id == membership_id:
            return each
    raise NotFound(membership_id)


def _detail(talk: Talk, member: Member) -> Say:
    return texts_members.member_detail(member, _roles(talk, member))


def _roles(talk: Talk, member: Member) -> list[Role]:
    """The roles the actor can give this member; none if he may not touch him."""
    return talk.services.members.roles_for(talk.actor, member)
