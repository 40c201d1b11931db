"""文件盖章: files by a page, seal and place in the chat, confirmation on a page."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

from bot import texts
from bot.handlers.choosing import pick
from bot.messages import Message, Say
from bot.router import Router
from bot.states import State
from bot.talk import Talk
from seal_core.domain.documents import Document, DocumentNotReady
from seal_core.domain.grants import GrantNotUsable
from seal_core.domain.keys import KeyUnavailable
from seal_core.domain.records import News, Notification
from seal_core.domain.sealing import (
    DOCUMENTS_PER_ORDER,
    OrderExpired,
    OrderNotOpen,
    PlaceWish,
    TooManyDocuments,
)
from seal_core.domain.seals import SealNotUsable
from seal_core.domain.tickets import LinkPurpose

router = Router()

USE = "seal"
AT_WORK = (State.SEAL_CHOOSING_PLACE, State.SEAL_ON_PAGE)
"""An order may be on its way: by words, or by a tap on the page."""
_POINT = re.compile(r"第?\s*(\d{1,5})\s*页\D*?(\d{1,4}(?:\.\d+)?)\D+(\d{1,4}(?:\.\d+)?)")
_KEYWORD = re.compile(r"关键[字词]\s*[:：]?\s*[“\"]?(.{1,40}?)[”\"]?\s*$")
_FIELD = re.compile(r"签[名章]域\s*[:：]?\s*[“\"]?(.{1,100}?)[”\"]?\s*$")
EVERY_PAGE_AT = (150.0, 245.0)
"""Bottom right of an A4 page, for 每一页, in mm."""


PLACES = [
    ("末页右下角", "corner"),
    ("骑缝章", "seam"),
    ("每一页右下角", "every"),
    ("在页面上点选", "tap"),
]
"""The choices offered, in their order."""


@router.command("文件盖章", "盖章", "签章", "用章")
def start(_: Message, talk: Talk) -> Say:
    if not talk.services.sealing.usable_seals(talk.actor):
        return talk.end(texts.no_usable_seal())
    return talk.begin(State.SEAL_UPLOADING, _upload(talk), documents=[])


@router.state(State.SEAL_UPLOADING)
def wait_for_upload(_: Message, talk: Talk) -> Say:
    return talk.stay(_upload(talk))


@router.tells(News.DOCUMENT_ACCEPTED)
def received(notification: Notification, talk: Talk) -> Say | None:
    """A file arrived and can be sealed: ask for the seal, for all files so far."""
    if notification.data["purpose"] != USE:
        return None
    if not talk.services.sealing.usable_seals(talk.actor):
        return talk.end(texts.no_usable_seal())
    # Told twice (a job may run again), a file still counts once.
    ids = list(dict.fromkeys([*talk.data.get("documents", []), notification.data["document_id"]]))
    return talk.go(State.SEAL_CHOOSING_SEAL, _ask_seal(talk, ids), documents=ids)


@router.tells(News.DOCUMENT_REFUSED)
def refused(notification: Notification, talk: Talk) -> Say:
    return talk.stay(texts.document_refused(notification.data["name"], notification.data["reason"]))


@router.state(State.SEAL_CHOOSING_SEAL)
def choose_seal(message: Message, talk: Talk) -> Say:
    seals = talk.services.sealing.usable_seals(talk.actor)
    seal = pick(message.text, [(seal.name, seal) for seal in seals])
    if seal is None:
        return talk.stay(texts.not_understood(_ask_seal(talk, talk.data["documents"])))
    return talk.go(State.SEAL_CHOOSING_PLACE, texts.choose_place(), seal_id=seal.id)


@router.state(State.SEAL_CHOOSING_PLACE)
def choose_place(message: Message, talk: Talk) -> Say:
    """Draw up the sealing order and lead to the page that confirms it."""
    if pick(message.text, PLACES) == "tap":
        return talk.stay(_tap(talk))
    documents = _documents(talk, talk.data["documents"])
    wish = read_place(message.text)
    if wish is None:
        return talk.stay(texts.not_understood(texts.choose_place()))
    shortest = min(len(document.pages) for document in documents)
    if wish.kind == "point" and not 1 <= wish.page <= shortest:
        return talk.stay(texts.page_missing(shortest))
    try:
        order = talk.services.sealing.draw_up(
            talk.actor, talk.data["seal_id"], talk.data["documents"], wish
        )
    except (SealNotUsable, GrantNotUsable, KeyUnavailable):
        return talk.end(texts.no_usable_seal())
    except DocumentNotReady:
        return talk.stay(texts.still_looking())
    except TooManyDocuments:
        return talk.end(texts.too_many_documents(DOCUMENTS_PER_ORDER))
    link = talk.link(LinkPurpose.CONFIRM_ORDER, "核对并确认盖章", order_id=order.id)
    seal = talk.services.holdings.seal(talk.actor, order.seal_id)
    say = texts.confirm_order(documents, seal, describe(wish), link)
    return talk.go(State.SEAL_ON_PAGE, say, order_id=order.id)


@router.state(State.SEAL_ON_PAGE)
def wait_for_page(_: Message, talk: Talk) -> Say:
    try:
        talk.services.sealing.must_be_open(talk.data["order_id"], talk.actor.person.id)
    except (OrderNotOpen, OrderExpired):
        return talk.end(texts.order_over())
    link = talk.link(LinkPurpose.CONFIRM_ORDER, "核对并确认盖章", order_id=talk.data["order_id"])
    return talk.stay(Say("请打开安全页面核对并确认；要放弃请回复“取消”。", (), link))


@router.leaves(State.SEAL_ON_PAGE)
def drop_order(talk: Talk) -> None:
    """Whoever says 取消 must not find his file sealed through a link left open."""
    with suppress(OrderNotOpen, OrderExpired):
        talk.services.sealing.cancel(talk.actor, talk.data["order_id"])


@router.tells(News.SEALING_DONE)
def done(notification: Notification, talk: Talk) -> Say:
    data = notification.data
    page = talk.link(LinkPurpose.VIEW, "查看和下载", order_id=data["order_id"])
    link = replace(page, picture=f"{page.url}/page.png")
    say = texts.sealing_done(data["names"], int(data["failed"]), link)
    return talk.close(say, *AT_WORK)


@router.tells(News.SEALING_FAILED)
def failed(notification: Notification, talk: Talk) -> Say:
    say = texts.sealing_failed(notification.data["names"], notification.data["reason"])
    return talk.close(say, *AT_WORK)


def read_place(text: str) -> PlaceWish | None:
    """A place as people say it; None if it is not one."""
    if keyword := _KEYWORD.search(text):
        return PlaceWish("keyword", text=keyword[1])
    if field := _FIELD.search(text):
        return PlaceWish("field", text=field[1])
    if point := _POINT.search(text):
        return PlaceWish("point", int(point[1]), float(point[2]), float(point[3]))
    wish = pick(text, PLACES)
    if wish == "seam" or "骑缝" in text:
        return PlaceWish("seam", edge="left" if "左" in text else "right")
    if wish == "every" or any(word in text for word in ("每一页", "每页", "所有页")):
        return PlaceWish("every_page", x_mm=EVERY_PAGE_AT[0], y_mm=EVERY_PAGE_AT[1])
    if wish == "corner" or any(word in text for word in ("末页", "最后一页", "右下角")):
        return PlaceWish("corner")
    return None


def describe(wish: PlaceWish) -> str:
    """The place in words, for the order."""
    return _place(wish) + ("（盖章前固定表单内容）" if wish.flatten else "")


def _place(wish: PlaceWish) -> str:
    match wish.kind:
        case "corner":
            return "末页右下角"
        case "seam":
            return "骑缝（左侧）" if wish.edge == "left" else "骑缝（右侧）"
        case "every_page":
            return "每一页"
        case "keyword":
            return f"关键字“{wish.text}”处"
        case "field":
            return f"签名域“{wish.text}”内"
        case _:
            return f"第 {wish.page} 页，左 {wish.x_mm:g} mm，上 {wish.y_mm:g} mm"


def _tap(talk: Talk) -> Say:
    chosen = {"documents": ",".join(talk.data["documents"]), "seal_id": talk.data["seal_id"]}
    return texts.tap_the_place(talk.link(LinkPurpose.PLACE, "点选位置", **chosen))


def _upload(talk: Talk) -> Say:
    return texts.upload_for_sealing(talk.link(LinkPurpose.UPLOAD, "上传文件", use=USE))


def _documents(talk: Talk, ids: list[str]) -> list[Document]:
    return [talk.services.documents.get(i, talk.actor.person.id) for i in ids]


def _ask_seal(talk: Talk, ids: list[str]) -> Say:
    return texts.choose_seal(_documents(talk, ids), talk.services.sealing.usable_seals(talk.actor))
