"""Who somebody is: login codes, phone numbers, web sign-in, followers (facts/platform.md §5)."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from sandbox.accounts import WeChatAccount
from sandbox.wechat.calls import Call, Refused
from sandbox.wechat.state import WeChatState
from sandbox.world import World


def code2session(world: World, query: Mapping[str, str]) -> dict[str, Any]:
    """sns/jscode2session: no token, but the secret; success carries no errcode."""
    account = _with_secret(world, query)
    if query.get("grant_type") != "authorization_code":
        raise Refused(40002, "invalid grant_type")
    now = world.clock.timestamp()
    code = world.room(WeChatState).redeem_code(
        query.get("js_code", ""), "login", account.appid, now
    )
    if code is None:
        raise Refused(40029, "invalid code")
    person = world.person(code.person)
    return {
        "openid": world.openid(person, account.appid),
        "session_key": b64encode(secrets.token_bytes(16)).decode(),
        "unionid": world.openid(person, "unionid"),
    }


def phone_number(call: Call) -> dict[str, Any]:
    """wxa/business/getuserphonenumber: a code of its own, once, bound to the openid if given."""
    given = call.json()
    if call.is_official:
        raise Refused(48001, "api unauthorized")
    code = call.state.redeem_code(str(given.get("code")), "phone", call.account.appid, call.now)
    if code is None:
        raise Refused(40029, "invalid code")
    person = call.world.person(code.person)
    if given.get("openid", call.world.openid(person, call.account.appid)) != call.world.openid(
        person, call.account.appid
    ):
        raise Refused(40003, "invalid openid")
    watermark = {"timestamp": int(call.now), "appid": call.account.appid}
    info = {"phoneNumber": person.mobile, "purePhoneNumber": person.mobile, "countryCode": "86"}
    return {"errcode": 0, "errmsg": "ok", "phone_info": info | {"watermark": watermark}}


def oauth_token(world: World, query: Mapping[str, str]) -> dict[str, Any]:
    """sns/oauth2/access_token for the code that authorize put into the redirect."""
    account = _with_secret(world, query)
    now = world.clock.timestamp()
    state = world.room(WeChatState)
    code = state.redeem_code(query.get("code", ""), "oauth", account.appid, now)
    if code is None:
        raise Refused(40029, "invalid code")
    person = world.person(code.person)
    answer = {
        "access_token": state.grant_oauth(code),
        "expires_in": 7200,
        "refresh_token": f"RT_{secrets.token_urlsafe(60)}",
        "openid": world.openid(person, account.appid),
        "scope": code.scope,
    }
    if code.scope == "snsapi_userinfo":  # only then (§5)
        answer["unionid"] = world.openid(person, "unionid")
    return answer


def oauth_userinfo(world: World, query: Mapping[str, str]) -> dict[str, Any]:
    """sns/userinfo: needs the scope snsapi_userinfo."""
    code = world.room(WeChatState).oauth(query.get("access_token", ""))
    if code is None:
        raise Refused(40001, "invalid credential")
    if code.scope != "snsapi_userinfo":
        raise Refused(48001, "api unauthorized")
    person = world.person(code.person)
    if query.get("openid") != world.openid(person, code.appid):
        raise Refused(40003, "invalid openid")
    return {
        "openid": query["openid"],
        "nickname": "微信用户",
        "headimgurl": "",
        "privilege": [],
        "unionid": world.openid(person, "unionid"),
    }


def user_info(call: Call) -> dict[str, Any]:
    """user/info: no nickname any more; a stranger or leaver is `subscribe: 0`."""
    openid = call.query.get("openid", "")
    person = call.receiver(openid)
    if not call.world.follows(person, call.account.appid):
        return {"subscribe": 0, "openid": openid}
    return {
        "subscribe": 1,
        "openid": openid,
        "language": "zh_CN",
        "subscribe_time": int(call.now),
        "unionid": call.world.openid(person, "unionid"),
        "subscribe_scene": "ADD_SCENE_QR_CODE",
    }


def _with_secret(world: World, query: Mapping[str, str]) -> WeChatAccount:
    account = world.accounts.wechat(query.get("appid", ""))
    if account is None:
        raise Refused(40013, "invalid appid")
    if not secrets.compare_digest(query.get("secret", "").encode(), account.secret.encode()):
        raise Refused(40125, "invalid appsecret")
    return account
