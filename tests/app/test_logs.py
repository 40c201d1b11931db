"""What the logs may show, and what must never reach them."""

from __future__ import annotations

import importlib
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import structlog

from app import logs

# Invented numbers of the right shape.
ID_NUMBER = "140105199003078513"
MOBILE = "13903510351"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ6aGFuZyJ9.c2lnbmF0dXJl"
CANARY = "kanarienvogel-4711"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """The log lines of this test; the logging of the test run is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("INFO", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@dataclass
class Opaque:
    """Something whose repr would tell a secret."""

    pin: str = CANARY


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    "name",
    [
        "pin", "new_pin", "password", "token", "access_token", "appsecret", "id_number", "mobile",
        "key", "encoding_aes_key", "private_key", "kek", "pin_pepper", "Authorization", "api_key",
        "Set_Cookie", "app_private_key", "phone", "session_key",
    ],
)  # fmt: skip
def test_values_under_secret_names_are_hidden(out: io.StringIO, name: str) -> None:
    """
    Whatever stands under a name that promises a secret is hidden, at any depth.
    """
    structlog.get_logger("t").info("pushed", **{name: CANARY}, deep=[{name: {"x": CANARY}}])

    assert CANARY not in out.getvalue()
    assert "pushed" in out.getvalue()


@pytest.mark.parametrize("name", ["seal_key_id", "page", "pinned", "monkey", "place", "session_id"])
def test_names_that_only_look_secret_stay_readable(out: io.StringIO, name: str) -> None:
    """
    References and ordinary words are not hidden: logs have to stay useful.
    """
    structlog.get_logger("t").info("x", **{name: "readable"})

    assert lines(out)[0][name] == "readable"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"证件号 {ID_NUMBER} 已核验", ID_NUMBER),
        ("x 11010519491231002X y", "11010519491231002X"),
        (f"号码{MOBILE}。", MOBILE),
        ("tel +86 139-0351-0351", "0351-0351"),
        ("Authorization: Bearer abc.DEF-123", "abc.DEF-123"),
        (f"got {JWT}", "c2lnbmF0dXJl"),
        (f"GET /cgi-bin/x?access_token={CANARY}&openid=o1", CANARY),
        (f"https://api.weixin.qq.com/sns?appid=1&secret={CANARY}", CANARY),
        (f"redis://:{CANARY}@10.0.0.1/0", CANARY),
        (f'{{"pin": "{CANARY}"}}', CANARY),
        (f"Order(pin='{CANARY}', seal='s1')", CANARY),
        (f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}", CANARY),
    ],
)
def test_secrets_inside_texts_are_hidden(out: io.StringIO, text: str, secret: str) -> None:
    """
    Numbers of people, tokens and keys are recognised by shape in messages of every origin.
    """
    structlog.get_logger("t").info(text, note=text)
    logging.getLogger("some.library").warning("seen: %s", text)
    try:
        int(text)
    except ValueError:
        structlog.get_logger("t").exception("failed")

    assert secret not in out.getvalue()
    assert len(lines(out)) == 3


def test_numbers_given_as_integers_are_hidden_too(out: io.StringIO) -> None:
    """
    A mobile number does not become harmless by being an int; counts and times stay.
    """
    structlog.get_logger("t").info("x", who=int(MOBILE), size=52428800, at_ms=1763700000123)

    (line,) = lines(out)
    assert (line["who"], line["size"], line["at_ms"]) == ("***", 52428800, 1763700000123)


def test_objects_and_bytes_are_named_not_printed(out: io.StringIO) -> None:
    """
    A repr may hold anything, so unknown objects and bytes show their kind only.
    """
    structlog.get_logger("t").info("x", thing=Opaque(), data=CANARY.encode(), many=(Opaque(),))

    assert CANARY not in out.getvalue()
    (line,) = lines(out)
    assert (line["thing"], line["data"]) == ("<Opaque>", f"<{len(CANARY)} bytes>")


def test_ids_bound_to_a_request_appear_on_every_line(out: io.StringIO) -> None:
    """
    The ids of request, job and person follow the work, into library lines too, and end with it.
    """
    with logs.bound(request_id="r1", person="p7"):
        structlog.get_logger("t").info("一")
        logging.getLogger("rq.worker").info("二")
    structlog.get_logger("t").info("三")

    first, second, third = lines(out)
    assert first["request_id"] == second["request_id"] == "r1"
    assert second["person"] == "p7"
    assert "request_id" not in third
    assert "一" in out.getvalue()  # readable, not \\u escapes


def test_importing_the_alipay_sdk_changes_nothing() -> None:
    """
    The SDK reconfigures logging when it is imported, before or after us: every line still
    comes out once, as JSON, and without secrets.
    """
    story = (
        "import logging, sys\n"
        "{first}\n{second}\n"
        "logging.getLogger('python-alipay-sdk').error('mobile=%s', '" + MOBILE + "')\n"
        "logging.getLogger('own').error('still here')\n"
    )
    parts = ("import app.logs; app.logs.configure()", "import warnings; import alipay")
    for first, second in (parts, parts[::-1]):
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", story.format(first=first, second=second)],
            capture_output=True,
            text=True,
            check=True,
        )
        events = [json.loads(line)["event"] for line in run.stderr.splitlines()]
        assert events == ["mobile=***", "still here"]
        assert run.stdout == ""


def test_configuring_twice_does_not_double_the_lines(out: io.StringIO) -> None:
    """
    The last call counts.
    """
    logs.configure("WARNING", out)
    structlog.get_logger("t").info("quiet")
    structlog.get_logger("t").warning("loud")

    assert [line["event"] for line in lines(out)] == ["loud"]


def test_logs_import_no_platform_sdk() -> None:
    """
    The command line starts fast because logs.py needs nothing but structlog.
    """
    importlib.import_module("app.logs")
    code = "import sys, app.logs; print([m for m in ('alipay', 'flask', 'rq') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
