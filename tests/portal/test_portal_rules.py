"""Rules all pages keep, seen without a server."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, session

import channels
import portal
import seal_core
from portal import guard
from portal.sessions import keep_sessions
from portal.wording import HTTP_WORDS, REFUSALS, TITLES, page_size, refusal
from seal_core.domain.tickets import TicketExpired, TicketForwarded, TicketUsed
from seal_core.errors import SealError

TEMPLATES = sorted((Path(__file__).parents[2] / "portal" / "templates").glob("**/*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.name))
def test_templates_bring_no_script_or_style_of_their_own(template: Path) -> None:
    """The Content-Security-Policy would stop them, and a page would silently do less."""
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"<style|\sstyle\s*=", text)
    assert not re.search(r"""(src|href)=["']https?:""", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.name))
def test_every_form_that_posts_carries_the_token(template: Path) -> None:
    text = template.read_text()
    forms = re.findall(r'<form[^>]*method="post".*?</form>', text, flags=re.DOTALL)
    assert all("csrf()" in form for form in forms)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/portal/",
        "//evil.test/portal/",
        "/\\evil.test",
        "/portal/\\..\\",
        "/portal/../staff/",
        "/staff/",
        "/portal",
        "/portal/\nSet-Cookie: x",
        "javascript:alert(1)",
        "",
    ],
)
def test_signing_in_leads_only_to_pages_of_our_own(wanted: str) -> None:
    assert guard.own_path(wanted, "/portal/") == "/portal/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for() -> None:
    assert guard.own_path("/portal/seals", "/portal/") == "/portal/seals"


def test_nothing_from_before_the_sign_in_is_kept_in_the_session() -> None:
    """A cookie planted by somebody else gains nothing (session fixation)."""
    app = Flask(__name__)
    app.secret_key = "test"
    keep_sessions(app, https=True)
    with app.test_request_context("/portal/"):
        session["planted"] = "x"
        guard.let_out()
        assert not session


@pytest.mark.parametrize(
    ("path", "name"), [("/portal/", "zhangyin"), ("/staff/", "zhangyin_staff")]
)
def test_over_https_cookies_are_bound_to_this_host(path: str, name: str) -> None:
    app = Flask(__name__)
    app.secret_key = "test"
    keep_sessions(app, https=True)

    @app.get(path)
    def page() -> str:
        session["x"] = "y"
        return ""

    cookie = app.test_client().get(path, base_url="https://seal.test").headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-{name}=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("error", "status"), [(TicketExpired, 410), (TicketUsed, 410), (TicketForwarded, 403)]
)
def test_links_that_no_longer_work_say_why(error: type[TicketExpired], status: int) -> None:
    assert refusal(error("x"))[0] == status


def test_every_sentence_belongs_to_a_refusal_that_exists() -> None:
    """A code renamed in the domain would leave people with the fallback."""
    for package in (seal_core, channels, portal):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    assert set(REFUSALS) <= {kind.code for kind in _kinds(SealError)}


def _kinds(kind: type[SealError]) -> Iterator[type[SealError]]:
    for leaf in kind.__subclasses__():
        yield leaf
        yield from _kinds(leaf)


def test_every_status_a_page_answers_with_has_a_headline() -> None:
    statuses = {status for status, _ in REFUSALS.values()} | set(HTTP_WORDS)
    without = {s for s in statuses if str(s) not in TITLES} - {405, 422, 423}
    assert without == set()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((210.0, 297.0), "A4"),
        ((297.03, 209.97), "A4 横向"),
        ((100.0, 50.4), "100×50 mm"),
    ],
)
def test_page_sizes_are_called_by_their_names(size: tuple[float, float], words: str) -> None:
    assert page_size(size) == words
