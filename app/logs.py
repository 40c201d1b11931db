"""Structured logs without secrets.

One JSON object per line, Chinese readable as it is. What goes out passes ``redact``: values
under secret names are hidden, and ID numbers, mobile numbers, tokens and private keys are
hidden wherever they stand in a text. Bytes and objects are named, never printed.
A six-digit PIN in running text cannot be told from a number: it is kept out of the logs by
its type (``Pin`` hides itself) and by the names below.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from datetime import date, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "***"

# Parts of a name; "seal_key_id" is a reference, not a key, hence the anchors on some.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:pin|pins|kek|pepper|cookie|otp|code_verifier|session|keys?|mobile|phone|tel)$"
    r"|passw(?:or)?d|passphrase|secret|token|authorization|credential|signature_key|api_?key"
    r"|aes_?key|private_?key|id_?(?:number|card|no)$|identity_?(?:number|no)$|cert_?no$"
)
_SECRET_PATTERNS = (
    # PEM private keys, also when the end is cut off
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
    ),
    # JSON Web Tokens, bearer and basic credentials
    re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"),
    re.compile(r"(?<=\bbearer\s)[\w.~+/=-]+|(?<=\bbasic\s)[\w+/=]{8,}", re.I),
    # the password in scheme://user:password@host
    re.compile(r"(?<=://)([^/\s:@]*:[^/\s@]+)(?=@)"),
    # name=value and "name": "value" in addresses, forms, messages and reprs
    re.compile(
        r"""(?<=\b)((?:[\w-]*_)?(?:pin|password|passwd|secret|appsecret|token|auth_code|code|ticket"""
        r"""|openid_key|session_key|api_?key|key|private_key|aes_?key|authorization|id_number|mobile)"""
        r"""["']?\s*[=:]\s*["']?)([^\s"'&,;)}\]]+)""",
        re.I,
    ),
    # 居民身份证号 (GB 11643-1999): region, date of birth, sequence, check character
    re.compile(
        r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
    ),
    # mobile numbers of the mainland, also as 138 0013 8000 and +86
    re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"),
)
_NAMED_VALUE = _SECRET_PATTERNS[4]
# Libraries that attach handlers of their own when imported or started. Alipay's SDK runs
# logging.config.dictConfig on import, which also closes every handler that exists by then.
_SELF_LOGGING = ("python-alipay-sdk", "_granian", "granian.access")
_NOISY = ("urllib3", "requests", "fontTools", "PIL", "pyhanko", "asyncio", "httpcore")


def redact_text(text: str) -> str:
    """Hide secrets that can be recognised by their shape."""
    for pattern in _SECRET_PATTERNS:
        text = pattern.sub(r"\1" + HIDDEN if pattern is _NAMED_VALUE else HIDDEN, text)
    return text


def redact(value: Any, name: str = "") -> Any:
    """Return *value* as plain JSON data with its secrets hidden."""
    if name and _SECRET_NAME.search(name.lower()) and value not in (None, "", True, False):
        return HIDDEN
    match value:
        case None | bool() | float():
            plain: Any = value
        case int():
            plain = value if redact_text(str(value)) == str(value) else HIDDEN
        case Enum():
            plain = redact(value.value)
        case str():
            plain = redact_text(value)
        case bytes() | bytearray() | memoryview():
            plain = f"<{len(value)} bytes>"
        case Mapping():
            plain = {redact_text(str(key)): redact(item, str(key)) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            plain = [redact(item) for item in value]
        case BaseException():
            plain = f"{type(value).__qualname__}: {redact_text(str(value))}"
        case date() | timedelta() | PurePath() | UUID():
            plain = redact_text(str(value))
        case _:
            plain = f"<{type(value).__qualname__}>"  # its repr may hold anything
    return plain


def _hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> EventDict:
    return {name: redact(value, name) for name, value in event.items()}


def _drop_traces_of_stdlib(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Positional arguments are merged into the text already; the rest is noise."""
    event.pop("positional_args", None)
    return event


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class _Outlet(logging.StreamHandler[TextIO]):
    """Writes to standard error as it is at that moment (tests and servers replace it)."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__(stream or sys.stderr)
        self._fixed = stream is not None

    def emit(self, record: logging.LogRecord) -> None:
        if not self._fixed:
            self.stream = sys.stderr
        super().emit(record)


class _Reroute(logging.Filter):
    """Hands a record to the root logger instead of the handlers a library gave itself.

    A filter survives ``dictConfig``, handlers do not; so the order of imports is free.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        root = logging.getLogger()
        if record.levelno >= root.getEffectiveLevel():
            root.handle(record)
        return False


def outlet(stream: TextIO | None = None) -> logging.Handler:
    """A handler that writes JSON lines without secrets; for servers that insist on their own."""
    handler = _Outlet(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _drop_traces_of_stdlib,
                structlog.processors.format_exc_info,
                _hide_secrets,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    return handler


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send the logs of structlog and of the standard library to *stream* as JSON lines.

    May be called again; the last call counts.
    """
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, _Outlet)]:
        root.removeHandler(handler)
    root.addHandler(outlet(stream))
    root.setLevel(level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in _SELF_LOGGING:
        logger = logging.getLogger(name)
        if not any(isinstance(each, _Reroute) for each in logger.filters):
            logger.addFilter(_Reroute())
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,  # loggers made at import must see a later configure()
    )


def bound(**ids: str) -> AbstractContextManager[None]:
    """Add ids (request, job, person) to every line logged inside the ``with`` block."""
    return structlog.contextvars.bound_contextvars(**ids)
