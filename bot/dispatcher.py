"""One message in, what to say out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog

from bot import texts
from bot.guides import REMIND_MINUTES, dialog_of, guide_of
from bot.handlers import router
from bot.handlers.choosing import pick, tidy
from bot.messages import Kind, Link, Message, Say
from bot.sessions.session import Session
from bot.sessions.store import SessionStore
from bot.states import State
from bot.talk import Services, Talk
from seal_core.domain.holders import Account, NotAllowed, NotSignedIn
from seal_core.domain.records import LeftDialog, LeftStage, News, Notification
from seal_core.domain.tickets import LinkPurpose
from seal_core.errors import SealError

MENU = [(item, item) for item in texts.MENU_ITEMS]
SCAN = "#scan"
"""The one command nobody can say."""

log = structlog.get_logger(__name__)


class Dispatcher:
    """Finds the handler for what a person did and keeps his place in the conversation.

    The caller holds the person's turn (sessions.store.Turns).
    """

    def __init__(self, sessions: SessionStore, services: Services) -> None:
        self._sessions = sessions
        self._services = services

    def answer(self, account: Account, message: Message) -> Say | None:
        """What to say to *message*; None when the person has gone."""
        session = self._sessions.load(account.id)
        talk = Talk(account, session, self._services)
        busy = session.state is not State.MENU
        try:
            say = self._answer(message, talk, session)
        except NotSignedIn:
            say = self._ask_to_sign_in(talk, **self._wish(message, session))
        except NotAllowed:
            say = talk.end(texts.not_allowed())
        except SealError as exc:
            # What the dialog rests on is gone: another person signed in, a seal was cancelled.
            log.warning("dialog_refused", state=talk.state, code=exc.code)
            say = talk.end(texts.trouble())
        self._keep(talk, session, busy)
        return say

    def tell(self, account: Account, notification: Notification) -> Say | None:
        """How to word a piece of news for this account; may move the conversation on."""
        session = self._sessions.load(account.id)
        talk = Talk(account, session, self._services)
        busy = session.state is not State.MENU
        try:
            say = router.news[notification.kind](notification, talk)
            if notification.kind is News.SIGNED_IN:
                say = self._go_on(notification, talk) or say
        except SealError as exc:
            # The news stays in the in-site inbox; the account has no part in it any more.
            log.warning("news_refused", kind=notification.kind, code=exc.code)
            return None
        self._keep(talk, session, busy)
        return say

    def remind(self, draft: LeftDialog) -> Say | None:
        """The time of a dialog is running out: say so once, then put it aside."""
        if draft.stage is LeftStage.OPEN:
            return texts.still_there(draft.dialog, REMIND_MINUTES)
        if draft.stage is LeftStage.REMINDED:
            self._sessions.save(draft.account_id, Session())
        return None

    def _keep(self, talk: Talk, session: Session, busy: bool) -> None:
        """Keep the person's place, in SQL too when he stands in a dialog."""
        self._sessions.save(talk.account.id, session)
        if session.state is not State.MENU:
            patience = timedelta(minutes=guide_of(session.state).minutes - REMIND_MINUTES)
            dialog, steps = dialog_of(session.state), session.to_json()
            self._services.left_dialogs.keep(talk.account, dialog, steps, patience)
        elif busy:
            self._services.left_dialogs.finish(talk.account.id)

    def _answer(self, message: Message, talk: Talk, session: Session) -> Say | None:
        match message.kind:
            case Kind.UNFOLLOW:
                self._services.sign_in.set_reachable(talk.account, False)
                return None
            case Kind.FOLLOW:
                return self._greet(message, talk)
            case Kind.SCAN:
                return router.commands[SCAN](message, talk)
            case Kind.PIN_LIKE:
                return texts.goodbye_pin()
            case Kind.CLICK:
                return self._command(message.key, message, talk) or texts.not_understood(None)
            case Kind.TEXT:
                return self._say_to_text(message, talk, session)
            case _:
                return texts.not_text()

    def _greet(self, message: Message, talk: Talk) -> Say:
        """A new follower; one who followed by scanning a pickup QR goes straight on."""
        self._services.sign_in.set_reachable(talk.account, True)
        if message.scene:
            return router.commands[SCAN](message, talk)
        if talk.signed_in:
            return self._menu(talk)
        return self._ask_to_sign_in(talk, greeting=texts.welcome(self._services.province).text)

    def _say_to_text(self, message: Message, talk: Talk, session: Session) -> Say:
        word = tidy(message.text)
        anywhere = self._anywhere(word, talk, session)
        if anywhere is not None:
            return anywhere
        started = self._command(word, message, talk)
        if started is not None:
            return started
        if session.state is State.MENU:
            chosen = pick(word, MENU) or _command_in(word)
            started = self._command(chosen, message, talk) if chosen else None
            return started or texts.not_understood(None)
        return router.states[session.state](message, talk)

    def _anywhere(self, word: str, talk: Talk, session: Session) -> Say | None:
        """Words that mean the same in every dialog."""
        match word:
            case "菜单" | "主菜单" | "开始" | "你好" | "您好":
                self._services.left_dialogs.pause(talk.account.id)
                return talk.end(self._menu(talk))
            case "重来" | "重新开始":
                self._services.left_dialogs.forget(talk.account.id)
                return talk.end(self._menu(talk))
            case "帮助" | "？" | "?" | "说明":
                return texts.help_text(self._prompt(session), guide_of(session.state))
            case "返回" | "上一步":
                return self._back(session)
            case "继续" | "继续办理" | "接着办" if not _offered(word, session):
                return self._take_up(talk, session)
            case "取消" | "退出":
                self._services.left_dialogs.forget(talk.account.id)
                if leave := router.leaving.get(session.state):
                    leave(talk)
                return talk.end(texts.cancelled())
            case "人工" | "客服":
                return texts.human()
            case "登录" | "登陆":
                return self._ask_to_sign_in(talk)
            case "退出登录":
                self._services.sign_in.unbind(talk.account.id)
                self._services.left_dialogs.forget(talk.account.id)
                return talk.end(texts.signed_out())
            case _:
                return None

    def _menu(self, talk: Talk) -> Say:
        """What can be done, and what was begun and can be taken up again."""
        holder = talk.actor.holder_name if talk.signed_in else ""
        left = self._services.left_dialogs.paused(talk.account.id, talk.account.person_id)
        return texts.menu(self._services.province, holder, left.dialog if left else "")

    def _back(self, session: Session) -> Say:
        """One step back; at the first question it is asked again."""
        at_first = session.back() is None
        prompt = self._prompt(session)
        return texts.at_the_beginning(prompt) if at_first or prompt is None else prompt

    def _take_up(self, talk: Talk, session: Session) -> Say:
        """Ask the open question again, or that of the dialog that was put aside."""
        if session.state is State.MENU:
            left = self._services.left_dialogs.paused(talk.account.id, talk.account.person_id)
            if left is None:
                return texts.nothing_left()
            session.steps = Session.from_json(left.steps).steps
        prompt = self._prompt(session)
        return texts.going_on(prompt) if prompt else self._menu(talk)

    def _prompt(self, session: Session) -> Say | None:
        """The open question; a link in it that ran out meanwhile is made anew."""
        prompt = session.prompt()
        if prompt is None or prompt.link is None:
            return prompt
        url = self._services.links.renew(prompt.link.url)
        return replace(prompt, link=Link(prompt.link.title, url, prompt.link.picture))

    def _command(self, word: str, message: Message, talk: Talk) -> Say | None:
        handler = router.commands.get(word) if word != SCAN else None
        return handler(message, talk) if handler else None

    def _wish(self, message: Message, session: Session) -> dict[str, str]:
        """What the person was about to do, to go on with once he is known."""
        if message.scene:
            return {"scene": message.scene}
        word = message.key if message.kind is Kind.CLICK else tidy(message.text)
        if word not in router.commands and session.state is State.MENU:
            word = pick(word, MENU) or _command_in(word) or ""
        return {"wish": word} if word in router.commands and word != SCAN else {}

    def _go_on(self, notification: Notification, talk: Talk) -> Say | None:
        """The person is known now: do what he had come for."""
        scene, wish = (notification.data.get(name, "") for name in ("scene", "wish"))
        command = SCAN if scene else wish
        if command not in router.commands:
            return None
        message = Message(
            id=notification.id,
            kind=Kind.SCAN if scene else Kind.TEXT,
            sent_at=notification.created_at,
            text=wish,
            scene=scene,
        )
        try:
            say = router.commands[command](message, talk)
        except NotAllowed:
            say = talk.end(texts.not_allowed())
        done = texts.signed_in(notification.data["holder"]).text.partition("\n")[0]
        return Say(f"{done}\n{say.text}", say.choices, say.link)

    def _ask_to_sign_in(self, talk: Talk, greeting: str = "", **onward: str) -> Say:
        link = talk.link(LinkPurpose.SIGN_IN, "去登录", **onward)
        say = texts.sign_in(self._services.province, link)
        return Say(f"{greeting}\n{say.text}" if greeting else say.text, (), link)


def _offered(word: str, session: Session) -> bool:
    """Whether the open question has a choice of that name: then it is the answer to it."""
    prompt = session.prompt()
    return prompt is not None and any(choice.startswith(word) for choice in prompt.choices)


def _command_in(sentence: str) -> str | None:
    """The longest command word in a free sentence such as 我要给合同盖章; None if two compete."""
    words = [word for word in router.commands if len(word) >= 2 and word in sentence]
    longest = max(map(len, words), default=0)
    best = {router.commands[word]: word for word in words if len(word) == longest}
    return next(iter(best.values())) if len(best) == 1 else None
