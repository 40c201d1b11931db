"""The world API below /world: act for people, look at their screens, flip switches.

For scripts, tests and the phone page. No platform has this door; nothing of the service
may knock on it.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import asdict, replace
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from sandbox.acting import CannotAct, appid_of, menu_of, perform
from sandbox.people import Person
from sandbox.pictures import qr_picture
from sandbox.wechat.push import handshake
from sandbox.wechat.state import WeChatState
from sandbox.world import CHANNELS, Act, Fault, World

_LONGEST_WAIT: Final = 30.0  # seconds


def create_blueprint(world: World) -> Blueprint:
    """All routes of the world API."""
    bp = Blueprint("world", __name__, url_prefix="/world")
    bp.register_error_handler(CannotAct, _bad_request)
    bp.register_error_handler(ValueError, _bad_request)
    bp.register_error_handler(KeyError, _bad_request)
    _add_people(bp, world)
    _add_codes(bp, world)
    _add_switches(bp, world)
    _add_console(bp, world)
    return bp


def _bad_request(exc: Exception) -> tuple[Response, int]:
    return jsonify({"error": str(exc)}), 400


def _add_people(bp: Blueprint, world: World) -> None:
    @bp.get("/people")
    def people() -> Response:
        return jsonify([_describe(world, person) for person in world.people.values()])

    @bp.post("/act")
    def act() -> Response:
        given = request.get_json()
        person = world.person(given["person"])
        shown = perform(world, person, given["channel"], read_act(given))
        return jsonify([row.as_json() for row in shown])

    @bp.get("/inbox")
    def inbox() -> Response:
        asked = request.args
        person, after = world.person(asked["person"]), int(asked.get("after", 0))
        seconds = min(float(asked.get("wait", 0)), _LONGEST_WAIT)
        rows = world.inbox.wait(person, asked["channel"], after, seconds)
        return jsonify([row.as_json() for row in rows])

    @bp.get("/menu")
    def menu() -> Response:
        return jsonify([asdict(choice) for choice in menu_of(world, request.args["channel"])])


def _add_codes(bp: Blueprint, world: World) -> None:
    @bp.post("/code")
    def code() -> Response:
        """A wx.login or phone-button code, as the mini-program's client gets it."""
        given = request.get_json()
        account = world.accounts.wechat_miniprogram
        if given["purpose"] not in {"login", "phone"}:
            raise ValueError("purpose is login or phone")
        issued = world.room(WeChatState).issue_code(
            given["purpose"],
            account.appid,
            world.person(given["person"]).key,
            world.clock.timestamp(),
        )
        return jsonify({"code": issued})

    @bp.post("/consent")
    def consent() -> Response:
        """The person's choice in the subscribe dialog, with the event it causes."""
        given = request.get_json()
        person, account = world.person(given["person"]), world.accounts.wechat_miniprogram
        if given["template_id"] not in account.template_fields:
            raise ValueError("unknown template")
        accepted = given.get("accept", True)
        if accepted:
            openid = world.openid(person, account.appid)
            world.room(WeChatState).consents.accept(openid, given["template_id"])
        act = Act("accept" if accepted else "reject", key=given["template_id"])
        perform(world, person, "wechat_miniprogram", act)
        return jsonify({})

    @bp.get("/qr")
    def qr() -> Response:
        """Any content as a QR picture, for trying things out."""
        return Response(qr_picture(request.args["content"], kind="PNG"), content_type="image/png")


def _add_switches(bp: Blueprint, world: World) -> None:
    @bp.get("/verdicts")
    def verdicts() -> Response:
        only_illegal = request.args.get("illegal") == "1"
        rows = world.verdicts.illegal() if only_illegal else world.verdicts.all()
        return jsonify([asdict(row) for row in rows])

    @bp.route("/clock", methods=["GET", "POST"])
    def clock() -> Response:
        if request.method == "POST":
            world.clock.advance(float(request.get_json()["advance"]))
        return jsonify({"now": world.clock.now().isoformat()})

    @bp.route("/faults", methods=["GET", "POST", "DELETE"])
    def faults() -> Response:
        if request.method == "POST":
            world.faults.switch_on(Fault(**request.get_json()))
        if request.method == "DELETE":
            world.faults.clear()
        return jsonify([asdict(fault) for fault in world.faults.all()])

    @bp.post("/settle")
    def settle() -> Response:
        """Wait until every queued push has been delivered."""
        world.settle()
        return jsonify({})


def _add_console(bp: Blueprint, world: World) -> None:
    @bp.post("/mode")
    def mode() -> Response:
        """The console's switch between plain, compat and safe; it works at once (§1.3)."""
        given = request.get_json()
        if given["mode"] not in {"plain", "compat", "safe"}:
            raise ValueError("mode is plain, compat or safe")
        if given["channel"] == "wechat":
            official = replace(world.accounts.wechat_official, mode=given["mode"])
            world.accounts = replace(world.accounts, wechat_official=official)
        else:
            mini = replace(world.accounts.wechat_miniprogram, mode=given["mode"])
            world.accounts = replace(world.accounts, wechat_miniprogram=mini)
        return jsonify(given)

    @bp.post("/handshake")
    def shake() -> Response:
        return jsonify({"ok": handshake(world, request.get_json()["channel"])})

    @bp.get("/robot")
    def robot() -> Response:
        """What the staff's group has been told."""
        return jsonify(world.room(WeChatState).robot_log)


def read_act(given: dict[str, Any]) -> Act:
    """An Act from JSON; *data* travels as base64."""
    try:
        data = b64decode(given.get("data", ""), validate=True)
    except Base64Error as exc:
        raise ValueError("data must be base64") from exc
    texts = {name: str(given.get(name, "")) for name in ("text", "key", "scene", "ticket", "name")}
    return Act(given["kind"], data=data, **texts)


def _describe(world: World, person: Person) -> dict[str, Any]:
    """Everything: these people are invented."""
    openids = {channel: world.openid(person, appid_of(world, channel)) for channel in CHANNELS}
    follows = {channel: world.follows(person, appid_of(world, channel)) for channel in CHANNELS}
    return asdict(person) | {"openids": openids, "follows": follows}
