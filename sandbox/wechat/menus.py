"""The menu at the bottom of the official account's conversation."""

from __future__ import annotations

from typing import Any, Final

from sandbox.wechat.calls import Call, Refused

_CLICKS: Final = frozenset({"click", "scancode_push", "scancode_waitmsg", "pic_photo_or_album"})


def create(call: Call) -> dict[str, Any]:
    """menu/create: at most 3 buttons with at most 5 below each."""
    if not call.is_official:
        raise Refused(48001, "api unauthorized")
    given = call.json(raw_characters=True)
    buttons = given.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refused(40016, "invalid button size")
    for button in buttons:
        _check_name(button, 16, 40018)
        below = button.get("sub_button")
        if below is None:
            _check_button(call, button)
            continue
        if not isinstance(below, list) or not 1 <= len(below) <= 5:
            raise Refused(40023, "invalid sub button size")
        for entry in below:
            _check_name(entry, 60, 40025)
            _check_button(call, entry)
    call.state.menus[call.account.appid] = given
    return {"errcode": 0, "errmsg": "ok"}


def current(call: Call) -> dict[str, Any]:
    """menu/get."""
    menu = call.state.menus.get(call.account.appid)
    if menu is None:
        raise Refused(46003, "menu no exist")
    return {"menu": menu}


def delete(call: Call) -> dict[str, Any]:
    """menu/delete."""
    call.state.menus.pop(call.account.appid, None)
    return {"errcode": 0, "errmsg": "ok"}


def _check_name(button: Any, limit: int, code: int) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= limit:
        raise Refused(code, "invalid button name size")


def _check_button(call: Call, button: dict[str, Any]) -> None:
    kind = button.get("type")
    if kind in _CLICKS:
        if not 1 <= len(str(button.get("key", "")).encode()) <= 128:
            raise Refused(40019, "invalid button key size")
    elif kind == "view":
        if not str(button.get("url", "")).startswith(("http://", "https://")):
            raise Refused(40054, "invalid button url domain")
    elif kind == "miniprogram":
        mini = call.world.accounts.wechat_miniprogram
        if button.get("appid") != mini.appid or button.get("pagepath") not in mini.pages:
            raise Refused(40165, "invalid weapp pagepath")
    else:
        raise Refused(40017, "invalid button type")
