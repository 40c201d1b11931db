"""For our mini-programs: who opened it, the conversation inside it, and its way to our pages.

A web-view inside a mini-program cannot ask the messenger whose it is. The mini-program can: it
signs in with its platform's code, and gets one-time addresses for the pages it opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from flask import Blueprint, Response, jsonify, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot.conversation import Conversation
from bot.messages import Kind, Message, Say
from portal.context import Pages
from seal_core.domain.holders import Account, NotFound, NotSignedIn
from seal_core.domain.identifiers import new_id
from seal_core.domain.records import OVER_OUR_INTERFACE
from seal_core.domain.tickets import TicketForwarded

SESSION_SECONDS = 2 * 3600
LONGEST_TEXT = 2000  # characters of one message, as the platforms' chats have it
LONGEST_SCENE = 64


class MiniProgram(Protocol):
    """One platform's mini-program."""

    @property
    def app(self) -> str: ...

    def subject(self, code: str) -> str:
        """Whose client made the login *code*; it is good once."""
        ...

    def mobile(self, given: Mapping[str, str], subject: str) -> str:
        """The mobile number the person gave by the phone button."""
        ...


class Sessions:
    """Session tokens: signed, for one account and two hours. They prove the messenger alone;
    who the person is stands with the account and ends with 退出登录.
    """

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="mini-program session")

    def make(self, account: Account) -> str:
        return str(self._serializer.dumps(account.id))

    def account_id(self, token: str) -> str:
        """Raises NotSignedIn for a forged or old token."""
        try:
            return str(self._serializer.loads(token, max_age=SESSION_SECONDS))
        except BadSignature:  # SignatureExpired among them
            raise NotSignedIn("mini-program") from None


def create_blueprint(
    pages: Pages, programs: Mapping[str, MiniProgram], conversation: Conversation, secret: str
) -> Blueprint:
    """``/api/v1/miniprogram``; *programs* by channel."""
    bp = Blueprint("miniprogram", __name__, url_prefix="/api/v1/miniprogram")
    sessions = Sessions(secret)

    def account() -> Account:
        """Whose token came with the request. Raises NotSignedIn."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            raise NotSignedIn("mini-program")
        account_id = sessions.account_id(token)
        with pages.open_work() as work:
            return work.accounts.get(account_id)

    @bp.post("/sessions")
    def sign_in() -> tuple[Response, int]:
        """``channel`` and ``code`` in; ``token``, and whom the account speaks for, out."""
        given = _given()
        program = programs.get(given.get("channel", ""))
        if program is None:
            raise NotFound(given.get("channel", ""))
        subject = program.subject(given.get("code", ""))
        who = pages.sign_in.account(given["channel"], program.app, subject)
        holder = pages.sign_in.actor_of(who).holder_name if who.person_id else ""
        token = sessions.make(who)
        return jsonify(token=token, expires_in=SESSION_SECONDS, holder=holder), 201

    @bp.post("/phone")
    def phone() -> Response:
        """The phone button's answer in; the number becomes that of the signed-in person."""
        who = account()
        actor = pages.sign_in.actor_of(who)
        number = programs[who.channel].mobile(_given(), who.subject)
        return jsonify(mobile=pages.sign_in.set_mobile(actor, number).masked)

    @bp.post("/messages")
    def say() -> Response:
        """``text``, or the ``scene`` of a code that opened the mini-program; the answer out.

        The same ``id`` sent again gets the answer of the first.
        """
        who, given = account(), _given()
        text, scene = given.get("text", "")[:LONGEST_TEXT], given.get("scene", "")[:LONGEST_SCENE]
        message = Message(
            id=new_id(),
            kind=Kind.SCAN if scene else Kind.TEXT,
            sent_at=datetime.now(UTC),
            text=text,
            scene=scene,
        )
        key = f"{OVER_OUR_INTERFACE}{who.id} {given.get('id', '')[:64] or message.id}"
        answer = conversation.receive(who, message, key, answer_now=True)
        return jsonify(answer=_told(answer))

    @bp.get("/messages")
    def hear() -> Response:
        """What was said since by itself, oldest first; each is handed out once."""
        return jsonify(messages=[_told(each) for each in _waiting(pages, account())])

    @bp.post("/links/<token>")
    def prove(token: str) -> Response:
        """The address that opens this link's page in our web-view, once, within a minute."""
        who, link = account(), pages.links.look(token)
        if link.account_id != who.id:
            raise TicketForwarded(link.id)
        where = url_for("h5.show", token=token, proof=pages.links.prove(token))
        return jsonify(url=f"{pages.base_url}{where}")

    return bp


def _given() -> dict[str, str]:
    """The request's JSON object; whatever is no text in it does not count."""
    given: Any = request.get_json(silent=True)
    if not isinstance(given, dict):
        return {}
    return {str(name): value for name, value in given.items() if isinstance(value, str)}


def _told(say: Say | None) -> dict[str, Any] | None:
    """A message as the mini-program draws it; ``link`` is the token of a page of ours."""
    if say is None:
        return None
    link = say.link and {"title": say.link.title, "token": say.link.url.rpartition("/")[2]}
    return {"text": say.text, "choices": list(say.choices), "link": link}


def _waiting(pages: Pages, account: Account) -> list[Say]:
    with pages.open_work() as work:
        waiting = work.outgoing.select(account_id=account.id, sent_at=None)
        locked = [work.outgoing.lock(message.id) for message in waiting]
        found = [message for message in locked if message.sent_at is None]  # nobody else was faster
        for message in found:
            work.outgoing.put(replace(message, body="", sent_at=datetime.now(UTC)))
        work.commit()
    return [Say.from_json(message.body) for message in reversed(found)]
