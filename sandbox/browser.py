"""A person's browser for scripts: follows links, fills in forms, keeps cookies.

It knows pages only by what a person sees: link texts, field names, button texts. Hidden fields
(the CSRF token among them) travel along as in a real browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html
from requests.adapters import HTTPAdapter

from sandbox.people import Person
from sandbox.sm2 import encrypt

_TIMEOUT = 20.0  # seconds

Upload = tuple[str, bytes] | tuple[str, bytes, str]  # file name, content, type


class NotOnPage(Exception):
    """The page has no such link, form or field; the text says what it does have."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was received."""

    url: str
    status: int
    body: bytes
    media_type: str

    @property
    def tree(self) -> html.HtmlElement:
        """The parsed page."""
        return html.document_fromstring(self.body, parser=html.HTMLParser(encoding="utf-8"))

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        body = self.tree.find("body")
        for hidden in body.iter("script", "style", "template"):
            hidden.text = ""
        return " ".join(str(body.text_content()).split())

    @property
    def fields(self) -> dict[str, str]:
        """All named inputs with their values, and data-* attributes, for scripts that encrypt."""
        found: dict[str, str] = {}
        for node in self.tree.iter("input", "textarea", "select"):
            if name := node.get("name") or node.get("id"):
                found[name] = (
                    str(node.value or "") if node.tag != "input" else node.get("value", "")
                )
        for node in self.tree.iter():
            found |= {
                str(key)[5:]: str(value)
                for key, value in getattr(node, "attrib", {}).items()
                if str(key).startswith("data-")
            }
        return found

    def pictures(self) -> list[str]:
        """The addresses of all pictures."""
        return [urljoin(self.url, node.get("src", "")) for node in self.tree.iter("img")]


class Browser:
    """A session of one person, or of nobody in particular."""

    def __init__(self, person: Person | None = None) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", HTTPAdapter(max_retries=0))
        self.session.headers["User-Agent"] = "Mozilla/5.0 (Linux) MicroMessenger/8.0 sandbox"
        if person:  # whose WeChat this is; the sandbox's authorize page asks for it
            self.session.cookies.set("sandbox_person", person.key, domain="127.0.0.1")
        self.page: Page | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def open(self, url: str) -> Page:
        """Go to *url*, relative to the present page if there is one."""
        base = self.page.url if self.page else ""
        return self._keep(self.session.get(urljoin(base, url), timeout=_TIMEOUT))

    def reload(self) -> Page:
        """The present page once more."""
        return self.open(self._present().url)

    def follow(self, text: str) -> Page:
        """Click the link that reads *text* (or contains it, if none reads exactly so)."""
        links = [(" ".join(a.text_content().split()), a) for a in self._present().tree.iter("a")]
        exact = [a for words, a in links if words == text and a.get("href")]
        some = exact or [a for words, a in links if text in words and a.get("href")]
        if not some:
            raise NotOnPage(f"no link {text!r} among {[words for words, _ in links]}")
        return self.open(some[0].get("href", ""))

    def submit(
        self,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        *,
        files: Mapping[str, Upload | Sequence[Upload]] | None = None,
        form: str = "",
        button: str = "",
    ) -> Page:
        """Fill in and send a form: the one with id, name or action *form*, or that has all of
        the fields, or the button; other inputs keep the values the page gave them.
        """
        fields, files = fields or {}, files or {}
        chosen = self._find_form({*fields, *files}, form, button)
        values = _given_values(chosen)
        values = [(name, value) for name, value in values if name not in fields]
        for name, value in fields.items():
            values += [(name, v) for v in ([value] if isinstance(value, str) else value)]
        if pressed := _button(chosen, button):
            values.append(pressed)
        return self._send(chosen, values, _parts(files))

    def tap(self, picture: str, x: int, y: int) -> Page:
        """Tap the picture button named *picture*, *x* and *y* pixels from its top left corner."""
        for form in self._present().tree.iter("form"):
            if form.xpath(".//input[@type='image'][@name=$name]", name=picture):
                at = [(f"{picture}.x", str(x)), (f"{picture}.y", str(y))]
                return self._send(form, _given_values(form) + at, [])
        raise NotOnPage(f"no picture {picture!r} to tap")

    def _send(
        self, form: html.FormElement, values: list[tuple[str, str]], parts: list[tuple[str, Any]]
    ) -> Page:
        action = urljoin(self._present().url, form.get("action") or self._present().url)
        if (form.get("method") or "get").lower() == "get":
            bare = action.partition("?")[0]  # a form that is sent by GET makes the query anew
            return self._keep(self.session.get(bare, params=values, timeout=_TIMEOUT))
        headers = {"Referer": self._present().url, "Origin": _origin(self._present().url)}
        given: dict[str, Any] = {"data": values, "headers": headers, "timeout": _TIMEOUT}
        if parts:
            given["files"] = parts
        elif form.get("enctype") == "multipart/form-data":
            given["files"], given["data"] = [(n, (None, v)) for n, v in values], None
        return self._keep(self.session.post(action, **given))

    def download(self, url: str) -> bytes:
        """The bytes at *url*; the present page stays. Raises requests.HTTPError."""
        base = self.page.url if self.page else ""
        answer = self.session.get(urljoin(base, url), timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.content

    def _present(self) -> Page:
        if self.page is None:
            raise NotOnPage("no page is open")
        return self.page

    def _keep(self, answer: requests.Response) -> Page:
        kind = answer.headers.get("Content-Type", "")
        self.page = Page(answer.url, answer.status_code, answer.content, kind)
        return self.page

    def _find_form(self, wanted: set[str], form: str, button: str) -> html.FormElement:
        forms: list[html.FormElement] = list(self._present().tree.iter("form"))
        for one in forms:
            named = not form or form in {one.get("id"), one.get("name"), one.get("action")}
            fits = wanted <= {node.get("name") for node in one.iter()}
            if named and fits and (not button or _button(one, button) or _has_button(one, button)):
                return one
        have = [sorted({n.get("name") or "" for n in one.iter()} - {""}) for one in forms]
        raise NotOnPage(
            f"no form with {sorted(wanted)} {form!r} {button!r}; the page has {have}: "
            f"{self._present().text[:300]}"
        )


def encrypt_pin(page_fields: Mapping[str, str], pin: str) -> str:
    """What the PIN page's script sends: SM2 over `nonce|pin`, hex without the leading 04.

    *page_fields* is Page.fields of the PIN page: the nonce of the one-time link and the
    server's PIN key (`nonce`; `public_key`, `public-key`, `pin_key` or `pin-key`).
    """
    names = ("public_key", "public-key", "pin_key", "pin-key")
    key = next((page_fields[name] for name in names if name in page_fields), None)
    nonce = page_fields.get("nonce") or page_fields.get("pin-nonce")
    if key is None or nonce is None:
        raise NotOnPage(f"no PIN key and nonce among {sorted(page_fields)}")
    point = bytes.fromhex(key if len(key) == 130 else f"04{key}")
    return encrypt(point, f"{nonce}|{pin}".encode()).hex()[2:]


def _given_values(form: html.FormElement) -> list[tuple[str, str]]:
    """What a browser would send if nothing was typed; buttons and files excluded."""
    return [(str(name), str(value)) for name, value in form.form_values()]


def _has_button(form: html.FormElement, text: str) -> bool:
    return any(text in node.text_content() for node in form.iter("button"))


def _button(form: html.FormElement, text: str) -> tuple[str, str] | None:
    """Name and value of the pressed button, if it has a name."""
    for node in form.iter("button", "input"):
        if node.tag == "input" and node.get("type") != "submit":
            continue
        words = node.get("value", "") if node.tag == "input" else node.text_content()
        if text and text in words and node.get("name"):
            return node.get("name", ""), node.get("value", "")
    return None


def _parts(files: Mapping[str, Upload | Sequence[Upload]]) -> list[tuple[str, Any]]:
    parts: list[tuple[str, Any]] = []
    for name, given in files.items():
        uploads = [given] if isinstance(given, tuple) and isinstance(given[0], str) else given
        parts += [(name, upload) for upload in uploads]
    return parts


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
