"""What Alipay pushes: prove, accept, acknowledge; content goes out later by API."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from bot.conversation import Conversation
from channels.alipay.channel import AlipayChannel
from channels.errors import MalformedPush, PushTooLarge, UntrustedPush
from channels.push import Answer
from seal_core.services.sign_in import SignInService
from webhooks.inbox import pushed_body, to_message


def create_blueprint(
    name: str, channel: AlipayChannel, sign_in: SignInService, conversation: Conversation
) -> Blueprint:
    """The gateway address of one application; *name* is its channel, as accounts are stored."""
    bp = Blueprint(name, __name__)

    @bp.post("")
    def receive() -> Response:
        try:
            push = channel.open(pushed_body())
        except UntrustedPush:
            abort(403)
        except PushTooLarge:
            abort(413)
        except MalformedPush:
            abort(400)
        message = to_message(push)
        if message is not None:
            account = sign_in.account(name, push.account, push.sender)
            conversation.receive(account, message, push.dedupe_key, answer_now=False)
        return _response(channel.answer(push))

    return bp


def _response(answer: Answer) -> Response:
    return Response(answer.body, content_type=answer.media_type)
