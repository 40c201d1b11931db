"""What WeChat pushes: prove, accept, answer on the open request."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from bot.conversation import Conversation
from channels.errors import MalformedPush, PushTooLarge, UntrustedPush
from channels.push import Answer
from channels.wechat.channel import WeChatChannel
from seal_core.services.sign_in import SignInService
from webhooks.inbox import pushed_body, to_message, to_reply


def create_blueprint(
    name: str, channel: WeChatChannel, sign_in: SignInService, conversation: Conversation
) -> Blueprint:
    """The push address of one account; *name* is its channel, as accounts are stored.

    A mini-program is answered by customer-service messages only (platform facts 1.4).
    """
    passive = name == "wechat_official"
    bp = Blueprint(name, __name__)

    @bp.get("")
    def greet() -> Response:
        try:
            return _response(channel.greet(request.args))
        except UntrustedPush:
            abort(403)

    @bp.post("")
    def receive() -> Response:
        try:
            push = channel.open(request.args, pushed_body())
        except UntrustedPush:
            abort(403)
        except PushTooLarge:
            abort(413)
        except MalformedPush:
            abort(400)
        message = to_message(push)
        if message is None:
            return _response(channel.answer(push))
        account = sign_in.account(name, push.account, push.sender)
        say = conversation.receive(account, message, push.dedupe_key, answer_now=passive)
        return _response(channel.answer(push, to_reply(say) if passive else None))

    return bp


def _response(answer: Answer) -> Response:
    return Response(answer.body, content_type=answer.media_type)
