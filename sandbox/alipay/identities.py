"""Methods about who somebody is: login, profile, face check, sent pictures (§10)."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sandbox.alipay.calls import Call, Refused, failed, invalid, missing
from sandbox.alipay.messages import receiver_name
from sandbox.alipay.state import CERTIFY_LIFE, MEDIA_LIFE, TOKEN_LIFE, Certification

_BIZ_CODES = frozenset({"FACE", "CERT_PHOTO", "CERT_PHOTO_FACE", "SMART_FACE"})
_ORDER = re.compile(r"[0-9A-Za-z_-]{1,32}")


def oauth_token(call: Call) -> dict[str, Any]:
    """alipay.system.oauth.token; success carries no code (§9)."""
    kind, now = call.parameters.get("grant_type"), call.now
    if kind == "authorization_code":
        given = call.parameters.get("code", "")
        code = call.state.redeem_auth_code(given, call.account.app_id, now)
    elif kind == "refresh_token":
        given = call.parameters.get("refresh_token", "")
        code = call.state.holder_of(given, call.account.app_id, now)
    else:
        raise Refused("40002", "isv.grant-type-invalid", "授权类型无效")
    if code is None:
        raise Refused("40002", "isv.code-invalid", "授权码code无效")
    access, refresh = call.state.grant(code, now)
    person = call.world.person(code.person)
    answer: dict[str, Any] = {
        "access_token": access,
        "auth_start": now.strftime("%Y-%m-%d %H:%M:%S"),
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "re_expires_in": int(TOKEN_LIFE.total_seconds()) * 2,
        "refresh_token": refresh,
        "open_id": call.world.openid(person, call.account.app_id),
        "union_id": call.world.openid(person, "alipay-union"),
    }
    if call.state.style.user_ids:
        answer["user_id"] = answer["alipay_user_id"] = call.world.user_id(person)
    return answer


def user_info(call: Call) -> dict[str, Any]:
    """alipay.user.info.share: needs a token of the scope auth_user."""
    token = call.parameters.get("auth_token", "")
    code = call.state.holder_of(token, call.account.app_id, call.now)
    if code is None:
        raise Refused("20001", "aop.invalid-auth-token", "无效的访问令牌")
    if code.scope != "auth_user":
        raise Refused("40006", "isv.insufficient-user-permissions", "用户未授权")
    person = call.world.person(code.person)
    answer = {
        "open_id": call.world.openid(person, call.account.app_id),
        "nick_name": receiver_name(person),
        "avatar": f"{call.world.url}/phone/avatar/{person.key}",
        "province": "",
        "city": "",
    }
    if call.state.style.user_ids:
        answer["user_id"] = call.world.user_id(person)
    return answer


def certify_initialize(call: Call) -> dict[str, Any]:
    """alipay.user.certify.open.initialize: one face check of one person."""
    order = call.text("outer_order_no", 32)
    if not _ORDER.fullmatch(order):
        raise invalid("outer_order_no")
    if call.text("biz_code") not in _BIZ_CODES:
        raise invalid("biz_code")
    who, how = call.part("identity_param"), call.part("merchant_config")
    if call.text("identity_type", within=who) != "CERT_INFO":
        raise invalid("identity_type")
    if call.text("cert_type", within=who) != "IDENTITY_CARD":
        raise invalid("cert_type")
    if "return_url" not in how:
        raise missing("return_url")
    known = call.state.certifications
    if any((c.app_id, c.order) == (call.account.app_id, order) for c in known.values()):
        raise failed("ORDER_EXIST", "商户请求的唯一标识重复")
    certify_id = secrets.token_hex(16)
    known[certify_id] = Certification(
        app_id=call.account.app_id,
        order=order,
        name=call.text("cert_name", 64, who),
        number=call.text("cert_no", 18, who),
        return_url=str(how["return_url"]),
        opened_at=call.now,
    )
    return {"certify_id": certify_id}


def certify_query(call: Call) -> dict[str, Any]:
    """alipay.user.certify.open.query: only this answer counts."""
    found = call.state.certifications.get(call.text("certify_id"))
    if found is None or found.app_id != call.account.app_id:
        raise failed("CERTIFY_ID_NOT_EXIST", "认证单据不存在")
    if call.now - found.opened_at > CERTIFY_LIFE:
        raise failed("CERTIFY_ID_EXPIRED", "认证单据已过期")
    answer = {"passed": "T" if found.passed else "F"}
    return answer | ({"fail_reason": found.reason} if found.reason else {})


def media_download(call: Call) -> bytes:
    """alipay.mobile.public.multimedia.download [M]: the picture itself, no JSON."""
    found = call.state.media.get(call.text("mediaId"))
    if found is None or call.now - found[1] > MEDIA_LIFE:
        raise failed("MEDIA_NOT_EXIST", "多媒体文件不存在或已过期")
    return found[0]
