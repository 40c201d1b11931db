"""The staff's group robot (facts/platform.md §7)."""

from __future__ import annotations

import secrets
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from sandbox.wechat.calls import Refused
from sandbox.wechat.state import WeChatState
from sandbox.world import World

_PER_MINUTE: Final = 20
_DOOR: Final = "wecom"
# octets of UTF-8
_LIMITS: Final = {"text": 2048, "markdown": 4096}


def create_blueprint(world: World) -> Blueprint:
    """The robot below /wecom; what it says is kept in WeChatState.robot_log."""
    bp = Blueprint("wecom", __name__, url_prefix="/wecom")

    @bp.post("/cgi-bin/webhook/send")
    def send() -> Response:
        try:
            _accept(world)
        except Refused as exc:
            world.verdicts.refused(_DOOR, "webhook/send", exc.why, exc.code)
            return jsonify({"errcode": exc.code, "errmsg": exc.why})
        world.verdicts.ok(_DOOR, "webhook/send")
        return jsonify({"errcode": 0, "errmsg": "ok"})

    return bp


def _accept(world: World) -> None:
    key = world.accounts.staff_robot.key
    if not secrets.compare_digest(request.args.get("key", "").encode(), key.encode()):
        raise Refused(93000, "invalid webhook url")
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Refused(47001, "data format error")
    content = _content(given)
    state, now = world.room(WeChatState), world.clock.timestamp()
    while state.robot_sends and now - state.robot_sends[0] >= 60:
        state.robot_sends.popleft()
    if len(state.robot_sends) >= _PER_MINUTE:
        raise Refused(45009, "api freq out of limit")
    state.robot_sends.append(now)
    state.robot_log.append({"at": world.clock.now().isoformat(), "content": content})


def _content(given: dict[str, Any]) -> str:
    kind = str(given.get("msgtype"))
    if kind not in _LIMITS:
        raise Refused(40008, "invalid message type")
    inner = given.get(kind)
    content = inner.get("content") if isinstance(inner, dict) else None
    if not isinstance(content, str) or not content:
        raise Refused(44004, "empty content")
    if len(content.encode()) > _LIMITS[kind]:
        raise Refused(40058, f"{kind}.content exceed max length {_LIMITS[kind]}")
    return content
