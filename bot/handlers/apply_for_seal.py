"""印章申请: types, sizes and region in the chat; personal data and the form on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot import texts
from bot.handlers import personal
from bot.handlers.choosing import number_in, pick, pick_several, yes_or_no
from bot.messages import Link, Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.applications import Draft
from seal_core.domain.holders import Ability
from seal_core.domain.provinces import HolderKind, IssuePolicy, Province, SealType
from seal_core.domain.records import News, Notification
from seal_core.domain.regions import Region
from seal_core.domain.tickets import LinkPurpose

router = Router()

Answers = dict[str, Any]
"""Types, sizes, region, and the document once a form was brought."""

DIALOG = (
    State.APPLY_RESUMING,
    State.APPLY_CHOOSING_SEALS,
    State.APPLY_CHOOSING_SIZE,
    State.APPLY_CHOOSING_REGION,
    State.APPLY_ON_PAGE,
)


@router.command("印章申请", "申请", "申请印章", "申领", "重新申请")
def start(message: Message, talk: Talk) -> Say:
    """Whoever answered something before goes on from there if he likes."""
    if talk.actor.holder_kind is HolderKind.PERSON:
        return personal.start(message, talk)
    talk.actor.must(Ability.APPLY)
    draft = talk.services.drafts.find(talk.actor)
    if draft is not None:
        return talk.begin(State.APPLY_RESUMING, texts.resume(_chosen(talk, _answers(draft))))
    return talk.begin(State.APPLY_CHOOSING_SEALS, _ask_types(talk.services.province))


@router.state(State.APPLY_RESUMING)
def resume(message: Message, talk: Talk) -> Say:
    draft = talk.services.drafts.find(talk.actor)
    choice = pick(message.text, [(choice, choice) for choice in texts.RESUME_CHOICES])
    answer = yes_or_no(message.text)
    if draft is None or choice == texts.RESUME_CHOICES[1] or answer is False:
        talk.services.drafts.drop(talk.actor)
        return talk.begin(State.APPLY_CHOOSING_SEALS, _ask_types(talk.services.province))
    if choice is None and answer is None:
        return talk.stay(texts.not_understood(texts.resume(_chosen(talk, _answers(draft)))))
    answers = _answers(draft)
    if len(draft.sizes) < len(draft.types) or not draft.region:
        return _ask_next(talk, types=answers["types"], sizes=answers["sizes"])
    return talk.go(State.APPLY_ON_PAGE, _page(talk, answers), **answers)


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
        link = _link(talk, talk.data)
        paper = replace(link, url=f"{link.url}/form.pdf", title="下载申请表")
        return talk.stay(texts.printed_form(_chosen(talk, talk.data), paper))
    return talk.stay(_page(talk, talk.data))


@router.command("申领记录", "印章申领记录", "进度", "查询进度")
def list_records(_: Message, talk: Talk) -> Say:
    seals = talk.services.applications.records(talk.actor, limit=8)
    total = talk.services.applications.count(talk.actor)
    link = talk.link(LinkPurpose.VIEW, "查看全部记录", records="all") if seals else None
    return texts.records(seals, total, link)


@router.tells(News.APPLICATION_SUBMITTED)
def submitted(_: Notification, talk: Talk) -> Say:
    return talk.close(texts.application_submitted(), *DIALOG)


@router.tells(News.APPLICATION_APPROVED)
def approved(notification: Notification, _: Talk) -> Say:
    return texts.application_approved(notification.data["seals"])


@router.tells(News.APPLICATION_REJECTED)
def rejected(notification: Notification, _: Talk) -> Say:
    return texts.application_rejected(notification.data["seals"], notification.data["opinion"])


@router.tells(News.DRAFT_WAITS)
def draft_waits(notification: Notification, _: Talk) -> Say:
    return texts.draft_waits(notification.data["seals"])


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
    talk.services.drafts.keep(talk.actor, types, sizes)
    while len(sizes) < len(types):
        seal_type = province.seal_type(types[len(sizes)])
        if len(seal_type.sizes) > 1:
            ask = texts.choose_size(seal_type)
            return talk.go(State.APPLY_CHOOSING_SIZE, ask, types=types, sizes=sizes)
        sizes = [*sizes, seal_type.sizes[0].label]
    ask = texts.choose_region(province.regions)
    return talk.go(State.APPLY_CHOOSING_REGION, ask, types=types, sizes=sizes)


def _lead_to_page(talk: Talk, region: str) -> Say:
    types, sizes = talk.data["types"], talk.data["sizes"]
    talk.services.drafts.keep(talk.actor, types, sizes, region)
    answers = {"types": types, "sizes": sizes, "region": region}
    return talk.go(State.APPLY_ON_PAGE, _page(talk, answers), **answers)


def _page(talk: Talk, answers: Answers) -> Say:
    policy = talk.services.province.issue_policy
    return texts.fill_in_form(policy, _chosen(talk, answers), _link(talk, answers))


def _link(talk: Talk, answers: Answers) -> Link:
    data = {
        "types": ",".join(answers["types"]),
        "sizes": "|".join(answers["sizes"]),
        "region": answers["region"],
    }
    if answers.get("document"):
        data["document"] = answers["document"]
    return talk.link(LinkPurpose.APPLY, "填写申请", **data)


def _chosen(talk: Talk, answers: Answers) -> str:
    """The seals in words, with the sizes chosen so far."""
    types, sizes = answers["types"], answers["sizes"]
    known = [*sizes, *("尺寸未选" for _ in types[len(sizes) :])]
    names = [talk.services.province.seal_type(code).name for code in types]
    return "、".join(f"{name}（{size}）" for name, size in zip(names, known, strict=True))


def _answers(draft: Draft) -> Answers:
    return {
        "types": list(draft.types),
        "sizes": list(draft.sizes),
        "region": draft.region,
        "document": draft.document_id,
    }
