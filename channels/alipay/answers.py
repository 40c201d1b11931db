"""Reading the gateway's answers: signature first, over the exact text, then the business code."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from channels.alipay.signature import is_signed
from channels.errors import (
    AnswerNotTrusted,
    CallerNotAllowed,
    ChannelError,
    LoginCodeRefused,
    MediaGone,
    PlatformBusy,
    PlatformRefused,
    QuotaSpent,
    RecipientUnreachable,
    TokenRejected,
    TooFrequent,
)

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"

# By the part of sub_code that names the matter; the first that occurs in it counts.
_REFUSALS: tuple[tuple[str, type[PlatformRefused]], ...] = (
    ("MSG_SD_OVER_TIME", QuotaSpent),  # outside the life account's window
    ("OVER_LIMIT", QuotaSpent),
    ("call-limited", TooFrequent),
    ("NOT_FOLLOW", RecipientUnreachable),
    ("UNFOLLOW", RecipientUnreachable),
    ("USER_NOT_SUBSCRIBE", QuotaSpent),
    ("USER_NOT_EXIST", RecipientUnreachable),
    ("MEDIA_NOT_EXIST", MediaGone),
    ("code-invalid", LoginCodeRefused),
    ("auth-code", LoginCodeRefused),
    ("invalid-auth-token", TokenRejected),
    ("insufficient-", CallerNotAllowed),
)
_BY_CODE: dict[str, type[PlatformRefused]] = {
    "20001": TokenRejected,
    "40006": CallerNotAllowed,
}


def members(text: str) -> dict[str, tuple[str, Any]]:
    """Part a JSON object into its members: the exact text and the value of each.

    What Alipay signed is the text as sent, escapes and order included, so it must not
    be written anew. Names inside values and braces inside strings do not mislead.
    """
    found: dict[str, tuple[str, Any]] = {}
    position = _skip(text, 0, _BLANK)
    if text[position : position + 1] != "{":
        raise ValueError("no object")
    position = _skip(text, position + 1, _BLANK)
    while text[position : position + 1] != "}":
        name, position = _DECODER.raw_decode(text, position)
        start = _skip(text, position, _BLANK + ":")
        value, position = _DECODER.raw_decode(text, start)
        if not isinstance(name, str) or name in found:
            raise ValueError("name given twice")
        found[name] = (text[start:position], value)
        position = _skip(text, position, _BLANK + ",")
    return found


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def verified(text: str, method: str, key: rsa.RSAPublicKey) -> dict[str, Any]:
    """Return the answer to *method*, proved to be Alipay's and a success.

    Raises AnswerNotTrusted, PlatformBusy, or the refusal the gateway gave. A gateway
    error may come unsigned: it can refuse, never succeed.
    """
    try:
        parts = members(text)
    except (ValueError, RecursionError):
        raise PlatformBusy("answer is not JSON", outcome_unknown=True) from None
    name = method.replace(".", "_") + "_response"
    span, value = parts.get(name) or parts.get("error_response") or ("", None)
    if not isinstance(value, dict):
        raise AnswerNotTrusted(method)
    is_error = name not in parts or str(value.get("code", "10000")) != "10000"
    if "sign" in parts or not is_error:
        signature = parts.get("sign", ("", ""))[1]
        if not is_signed(key, span.encode(), str(signature)):
            raise AnswerNotTrusted(method)
    if is_error:
        raise refusal(value)
    return value


def refusal(value: dict[str, Any]) -> ChannelError:
    """Return the error to raise for an answer whose code is not 10000."""
    code = str(value.get("code", ""))
    sub_code = str(value.get("sub_code", ""))
    message = str(value.get("sub_msg") or value.get("msg") or "")
    if code in {"20000", "10003"}:
        return PlatformBusy(sub_code or code, outcome_unknown=True)
    for part, kind in _REFUSALS:
        if part.lower() in sub_code.lower():
            return kind(sub_code, message)
    return _BY_CODE.get(code, PlatformRefused)(sub_code or code, message)
