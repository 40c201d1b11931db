"""A scripted person's browser at the province's pages: signs in, shows their face.

The one thing a script cannot do is look at the captcha, so it asks the world for the text.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import requests

from sandbox.people import Person

TIMEOUT = 10.0  # seconds
_PAGE_ID = re.compile(r'name="page" value="([^"]+)"')
_ERROR = re.compile(r'<p class="error"[^>]*>([^<]+)<')


class TurnedAway(Exception):
    """The province did not let the person in; the text is what the page said."""


def sign_in(
    browser: requests.Session, start_url: str, person: Person, kind: str = "legal"
) -> requests.Response:
    """Follow *start_url* (the service's sign-in link) and return where it leads in the end.

    *kind* is legal, person or agent. Raises TurnedAway with the page's own words.
    """
    page = browser.get(start_url, timeout=TIMEOUT)
    found = _PAGE_ID.search(page.text)
    if found is None:
        raise TurnedAway(f"no sign-in page at {page.url.split('?')[0]}")
    world = _origin(page.url)
    answer = browser.get(f"{world}/world/province/captcha/{found[1]}", timeout=TIMEOUT)
    form = {
        "page": found[1],
        "kind": kind,
        "account": person.mobile,
        "password": person.password,
        "captcha": answer.json()["text"],
    }
    landed = browser.post(urljoin(page.url, "/province/login"), data=form, timeout=TIMEOUT)
    if "/province/login" in landed.url:
        told = _ERROR.search(landed.text)
        raise TurnedAway(told[1] if told else "sign-in failed")
    return landed


def show_face(browser: requests.Session, page_url: str, person: Person) -> requests.Response:
    """Open a face-check page, confirm, and return where it leads."""
    browser.get(page_url, timeout=TIMEOUT).raise_for_status()
    form = {"action": "confirm", "face": person.key}
    return browser.post(page_url, data=form, timeout=TIMEOUT)


def walk_away(browser: requests.Session, page_url: str) -> requests.Response:
    """Open a face-check page and cancel."""
    return browser.post(page_url, data={"action": "cancel"}, timeout=TIMEOUT)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
