"""People behind the desk, as browsers see it."""

from __future__ import annotations

from urllib.parse import urljoin

from sandbox.browser import Browser, Page
from sandbox.stories.people import Citizen
from tests.support.towns import Town


def link_with(page: Page | None, part: str) -> str:
    """The address on the page with *part* in it."""
    assert page is not None
    links = [urljoin(page.url, str(a.get("href") or "")) for a in page.tree.iter("a")]
    return next(link for link in links if part in link)


_SIGNED_IN: dict[tuple[str, str], Browser] = {}
"""Ten sign-ins a minute are let through from one address, so each is used again."""


def at_the_desk(town: Town, login: str) -> Browser:
    """Somebody behind the desk, signed in where his role arrives."""
    known = (town.url, login)
    if known not in _SIGNED_IN:
        browser = Browser()
        browser.open(f"{town.url}/staff/login")
        browser.submit({"login": login, "password": town.world.reviewer_password})
        _SIGNED_IN[known] = browser
    _SIGNED_IN[known].open(f"{town.url}/staff/")
    return _SIGNED_IN[known]


def on_the_pc(town: Town, citizen: Citizen) -> Browser:
    """The citizen's PC at the portal, signed in."""
    if "信息公告" not in citizen.pc.open(f"{town.url}/portal/").text:
        citizen.sign_in_on_pc()
    return citizen.pc
