"""印章申请: types, sizes and region in the chat; personal data and the form on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import texts
from bot.handlers import personal
from bot.handlers.choosing import number_in, pick, pick_several
from bot.messages import Link, Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.holders import Ability
from seal_core.domain.provinces import HolderKind, IssuePolicy, Province, SealType
from seal_core.domain.records import News, Notification
from seal_core.domain.regions import Region
from seal_core.domain.tickets import LinkPurpose

router = Router()

DIALOG = (
    State.APPLY_CHOOSING_SEALS,
    State.APPLY_CHOOSING_SIZE,
    State.APPLY_CHOOSING_REGION,
    State.APPLY_ON_PAGE,
)


@router.command("印章申请", "申请", "申请印章", "申领", "重新申请")
def start(message: Message, talk: Talk) -> Say:
    if talk.actor.holder_kind is HolderKind.PERSON:
        return personal.start(message, talk)
    talk.actor.must(Ability.APPLY)
    return talk.begin(State.APPLY_CHOOSING_SEALS, _ask_types(talk.services.province))


@router.state(State.APPLY_CHOOSING_SEALS)
def choose_seals(message: Message, talk: Talk) -> Say:
    province = talk.services.province
    chosen = pick_several(message.text, _labels(province))
    if not chosen:
        return talk.stay(texts.not_understood(_ask_types(province)))
    return _ask_next(talk, types=[t.code for t in chosen], sizes=[])


@router.state(State.APPLY_CHOOSING_SIZE)
def choose_size(message: Message, talk: Talk) -> Say:
    types, sizes = talk.data["types"], talk.data["sizes"]
    seal_type = talk.services.province.seal_type(types[len(sizes)])
    label = pick(message.text, [(size.label, size.label) for size in seal_type.sizes])
    if label is None:
        return talk.stay(texts.not_understood(texts.choose_size(seal_type)))
    return _ask_next(talk, types=types, sizes=[*sizes, label])


@router.state(State.APPLY_CHOOSING_REGION)
def choose_region(message: Message, talk: Talk) -> Say:
    regions = talk.services.province.regions
    region = _region(message.text, regions)
    if region is None:
        return talk.stay(texts.not_understood(texts.choose_region(regions)))
    return _lead_to_page(talk, region.full_name)


@router.state(State.APPLY_ON_PAGE)
def wait_for_page(message: Message, talk: Talk) -> Say:
    if "申请表" in message.text and talk.services.province.issue_policy is IssuePolicy.REVIEW:
        link = _link(talk, talk.data["region"])
        paper = replace(link, url=f"{link.url}/form.pdf", title="下载申请表")
        return talk.stay(texts.printed_form(_chosen(talk), paper))
    return talk.stay(_page(talk, talk.data["region"]))


@router.command("申领记录", "印章申领记录", "进度", "查询进度")
def list_records(_: Message, talk: Talk) -> Say:
    seals = talk.services.applications.records(talk.actor, limit=8)
    return texts.records(seals, talk.services.applications.count(talk.actor))


@router.tells(News.APPLICATION_SUBMITTED)
def submitted(_: Notification, talk: Talk) -> Say:
    return talk.close(texts.application_submitted(), *DIALOG)


@router.tells(News.APPLICATION_APPROVED)
def approved(notification: Notification, _: Talk) -> Say:
    return texts.application_approved(notification.data["seals"])


@router.tells(News.APPLICATION_REJECTED)
def rejected(notification: Notification, _: Talk) -> Say:
    return texts.application_rejected(notification.data["seals"], notification.data["opinion"])


@router.tells(News.SEALS_READY)
def ready(_: Notification, talk: Talk) -> Say:
    return talk.close(texts.seals_ready(), *DIALOG, *personal.DIALOG)


def _ask_types(province: Province) -> Say:
    types = province.types_for(HolderKind.ORGANISATION)
    return texts.choose_seal_types(types, province.issue_policy)


def _labels(province: Province) -> list[tuple[str, SealType]]:
    types = province.types_for(HolderKind.ORGANISATION)
    return [("/".join((t.name, *t.aliases)), t) for t in types]


def _region(text: str, regions: Sequence[Region]) -> Region | None:
    """A city by its number or name, or a county by a name that no other has (城区 has many)."""
    cities = [region for region in regions if region.is_city]
    city = pick(text, [(region.full_name, region) for region in cities])
    if city is not None or number_in(text) is not None:
        return city
    return pick(text, [(region.full_name, region) for region in regions])


def _ask_next(talk: Talk, types: list[str], sizes: list[str]) -> Say:
    """The next open question: a size where there is a choice, then the region."""
    province = talk.services.province
    while len(sizes) < len(types):
        seal_type = province.seal_type(types[len(sizes)])
        if len(seal_type.sizes) > 1:
            ask = texts.choose_size(seal_type)
            return talk.go(State.APPLY_CHOOSING_SIZE, ask, types=types, sizes=sizes)
        sizes = [*sizes, seal_type.sizes[0].label]
    ask = texts.choose_region(province.regions)
    return talk.go(State.APPLY_CHOOSING_REGION, ask, types=types, sizes=sizes)


def _lead_to_page(talk: Talk, region: str) -> Say:
    return talk.go(State.APPLY_ON_PAGE, _page(talk, region), region=region)


def _page(talk: Talk, region: str) -> Say:
    policy = talk.services.province.issue_policy
    return texts.fill_in_form(policy, _chosen(talk), _link(talk, region))


def _link(talk: Talk, region: str) -> Link:
    types, sizes = talk.data["types"], talk.data["sizes"]
    return talk.link(
        LinkPurpose.APPLY, "填写申请", types=",".join(types), sizes="|".join(sizes), region=region
    )


def _chosen(talk: Talk) -> str:
    province = talk.services.province
    return "、".join(
        f"{province.seal_type(code).name}（{size}）"
        for code, size in zip(talk.data["types"], talk.data["sizes"], strict=True)
    )
