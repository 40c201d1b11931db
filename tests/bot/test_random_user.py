"""Somebody who says anything at any time: he always gets an answer, and never gets stuck."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bot import texts
from bot.dispatcher import Dispatcher
from bot.flows import read
from bot.handlers import router
from bot.messages import Kind, Message, Say
from bot.sessions.memory import MemorySessions
from bot.states import State
from seal_core.domain.holders import Account, Actor
from seal_core.domain.keys import Proof
from seal_core.domain.provinces import IssuePolicy
from seal_core.domain.records import Notice, Notification
from seal_core.domain.seals import SealState
from seal_core.domain.tickets import LinkPurpose
from seal_core.errors import SealError
from tests.support.house import APP, CHANNEL, PIN, REVIEWER, House, open_house
from tests.support.pdf import simple_pdf
from tests.support.people import COLLEAGUE, OWNER, STRANGER

STEPS = 5_000
"""For each of the two provinces."""

FLOWS = read(router)
EVERYWHERE = ("帮助", "返回", "取消", "菜单", "人工", "继续", "重来")
NOISE = (
    *("", " ", "？？？", "啊", "1 2 3", "第2页 120 200", "关键字 甲方", "99", "a" * 3000, "１"),
    *("我要给合同盖章", "全部", "确定", "不", "2026-01-01", "退出登录", "登录", "\0", "🙂", "停用"),
)
MOST_BYTES = 2048
"""What a text message of WeChat holds (platform facts, 3.1)."""


class RandomUser:
    """Three people of one enterprise and outside, and whatever happens to them."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.chance = Random(seed)
        self.sessions = MemorySessions()
        self.dispatcher = Dispatcher(self.sessions, house.services)
        self.openids = ("openid-1", "openid-2", "openid-3")
        self.heard: dict[str, Say | None] = dict.fromkeys(self.openids)
        self.visited: Counter[State] = Counter()
        self.asked: set[tuple[State, str]] = set()
        self.document = simple_pdf()
        self._publish()
        for openid, identity in zip(self.openids, (OWNER, COLLEAGUE, STRANGER), strict=True):
            self.house.sign_in.bind(self.account_id(openid), identity)
        owner = self.house.sign_in.actor_of(self._account("openid-1"))
        self._apply(owner, ["statutory_name"])
        with self.house.open_work() as work:
            ids = [seal.id for seal in work.seals.select()]
        if self._by_review:
            self.house.applications.approve(REVIEWER, ids)
        self._collect(owner, ids, "link")
        self.house.work()

    @property
    def _by_review(self) -> bool:
        return self.house.province.issue_policy is IssuePolicy.REVIEW

    def _publish(self) -> None:
        with self.house.open_work() as work:
            work.notices.put(Notice("n" * 32, "关于电子印章的公告", "正文", (), self.house.clock()))
            work.commit()

    def account_id(self, openid: str) -> str:
        return self.house.sign_in.account(CHANNEL, APP, openid).id

    def step(self, number: int) -> None:
        """Something is said, or something happens; news are told at once."""
        openid = self.chance.choice(self.openids)
        if self.chance.random() < 0.2:
            self._happen()
        else:
            self._speak(openid, number)
        self.house.work(deliver_notification=self._tell)

    # --- the person -----------------------------------------------------------------

    def _speak(self, openid: str, number: int) -> None:
        before = self._state(openid)
        message = self._message(openid, str(number)).without_pin()
        say = self.dispatcher.answer(self._account(openid), message)
        after = self._state(openid)
        self.visited[after] += 1
        if message.kind is Kind.UNFOLLOW:
            assert say is None
            return
        self._check(say, before, message)
        self._check_way(before, after, message)
        self.heard[openid] = say

    def _message(self, openid: str, number: str) -> Message:
        now, roll = self.house.clock(), self.chance.random()
        if roll < 0.04:
            kind = self.chance.choice([kind for kind in Kind if kind is not Kind.TEXT])
            scene = self.chance.choice(["", "pickup-x", *self._scenes()])
            return Message(
                number, kind, now, key=self.chance.choice(["印章申请", "?"]), scene=scene
            )
        return Message(number, Kind.TEXT, now, self._words(openid, roll))

    def _words(self, openid: str, roll: float) -> str:
        said, state = self.heard[openid], self._state(openid)
        if roll < 0.55 and said is not None and said.choices:
            turn = self.chance.randrange(len(said.choices))
            return self.chance.choice([str(turn + 1), said.choices[turn]])
        if roll < 0.70:
            word = self.chance.choice(EVERYWHERE)
            self.asked.add((state, word))
            return word
        if roll < 0.85:
            return self.chance.choice([word for word in router.commands if word != "#scan"])
        return self.chance.choice(NOISE)

    # --- what must hold -------------------------------------------------------------

    def _check(self, say: Say | None, before: State, message: Message) -> None:
        told = f"{message.text[:40]!r} ({message.kind}) in {before}"
        assert say is not None, told
        assert say.text.strip(), told
        assert say != texts.trouble(), told
        assert len(say.as_text().encode()) <= MOST_BYTES, told
        assert all(choice.strip() for choice in say.choices), told
        if message.text in EVERYWHERE:
            assert "没有听懂" not in say.text, told

    def _check_way(self, before: State, after: State, message: Message) -> None:
        """The map that is drawn has every way that is walked."""
        if message.kind is not Kind.TEXT or message.text in (*EVERYWHERE, "退出登录"):
            return
        ways = [FLOWS.states[before]] if before in FLOWS.states else []
        ways += FLOWS.commands.values()
        known = {to for each in ways for to in each.to} | {State.MENU}
        assert after == before or after in known, f"{before} to {after}: {message.text!r}"

    # --- the world ------------------------------------------------------------------

    def _happen(self) -> None:
        """A page is filled in, a reviewer decides, time passes: whatever it is, it may fail."""
        events: list[Callable[[], None]] = [
            self._time_passes,
            self._a_link_is_used,
            self._a_link_is_used,
            self._a_link_is_used,
            self._the_reviewer_decides,
            self._somebody_signs_in,
        ]
        try:
            self.chance.choice(events)()
        except SealError:
            return

    def _time_passes(self) -> None:
        self.house.clock.advance(minutes=self.chance.choice([1, 4, 11, 26, 40, 600]))
        for draft in self.house.left_dialogs.due():
            moved = self.house.left_dialogs.advance(draft.account_id, texts.WARNING)
            if moved is not None:
                say = self.dispatcher.remind(moved)
                assert say is None or say.text

    def _a_link_is_used(self) -> None:
        holding = [openid for openid, said in self.heard.items() if said and said.link]
        if not holding:
            return
        openid = self.chance.choice(holding)
        said = self.heard[openid]
        assert said is not None
        assert said.link is not None
        token = said.link.url.rpartition("/")[2]
        link = self.house.links.look(token)
        actor = self.house.sign_in.actor_of(self._account(openid))
        match link.purpose:
            case LinkPurpose.UPLOAD:
                use = link.data["use"]
                data = self.chance.choice([self.document, b"%PDF-1.4"])
                document = self.house.documents.receive(actor.person.id, "合同.pdf", data, use)
                self.house.work()
                if use == "verify":
                    task = self.house.verification.request(actor.person.id, document.id)
                    self.house.verification.settle(task.id, "unsigned", "{}")
            case LinkPurpose.APPLY:
                self._apply(actor, link.data["types"].split(","))
            case LinkPurpose.COLLECT:
                self._collect(actor, link.data["seal_ids"].split(","), link.id)
            case LinkPurpose.CONFIRM_ORDER:
                self.house.sealing.confirm_with_pin(actor, link.data["order_id"], PIN)
            case _:
                return

    def _apply(self, actor: Actor, types: list[str]) -> None:
        form = self.house.form(actor, *types)
        if self._by_review:
            self.house.applications.submit(actor, form)
        else:
            proof = Proof(actor.person.id, "d", "s")
            form = replace(form, document_id="")
            self.house.applications.submit_with_proof(actor, form, proof)

    def _collect(self, actor: Actor, ids: list[str], link_id: str) -> None:
        if self._by_review:
            self.house.collection.collect_with_pin(actor, ids, PIN)
        else:
            digest = self.house.collection.agreement(actor, ids, link_id)
            proof = self.house.willingness.agree(actor.person, digest)
            self.house.collection.collect_with_proof(actor, ids, proof, link_id)

    def _the_reviewer_decides(self) -> None:
        for _, seals in self.house.applications.queue():
            ids = [seal.id for seal in seals if seal.state is SealState.PENDING_REVIEW]
            if self.chance.random() < 0.6:
                self.house.applications.approve(REVIEWER, ids)
            else:
                self.house.applications.reject(REVIEWER, ids, "请重新盖章")

    def _somebody_signs_in(self) -> None:
        away = [openid for openid in self.openids if not self._account(openid).person_id]
        openid = self.chance.choice(away or self.openids)
        identity = self.chance.choice([OWNER, OWNER, OWNER, COLLEAGUE, STRANGER])
        self.house.sign_in.bind(self.account_id(openid), identity)

    def _scenes(self) -> list[str]:
        with self.house.open_work() as work:
            return [pickup.scene for pickup in work.pickups.select(limit=3)]

    def _tell(self, notification_id: str) -> None:
        with self.house.open_work() as work:
            news: Notification = work.notifications.get(notification_id)
        for openid in self.openids:
            account = self._account(openid)
            if account.person_id == news.person_id:
                say = self.dispatcher.tell(account, news)
                assert say is None or say.text
                if say is not None:
                    self.heard[openid] = say

    def _account(self, openid: str) -> Account:
        return self.house.sign_in.account(CHANNEL, APP, openid)

    def _state(self, openid: str) -> State:
        return self.sessions.load(self.account_id(openid)).state


@pytest.mark.parametrize(("province", "seed"), [("shanxi", 1), ("jiangxi", 2)])
def test_a_random_user_always_gets_an_answer(province: str, seed: int) -> None:
    """
    Ten thousand steps: never an exception, an empty answer, a way the map does not know, or a
    word of the everywhere kind that is not understood.
    """
    memory = Path("/dev/shm")  # the database need not survive a power cut here
    folder = memory if memory.is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        open_house(Path(place), province) as house,
    ):
        user = RandomUser(house, seed)
        for number in range(STEPS):
            user.step(number)
        # what a province does not offer, or takes luck on several pages, may be missed
        assert len(user.visited) >= len(State) // 2
        assert len({word for _, word in user.asked}) == len(EVERYWHERE)
