"""What scripted people do with the service's pages, whatever the story."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.actors import Browser, Phone, encrypt_pin, read_qr
from sandbox.browser import Page
from sandbox.people import Person
from sandbox.province import visitor
from sandbox.stories.telling import must, until
from sandbox.world import Shown

_URL = re.compile(r"https?://[^\s\"'<>，。）]+")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a story plays: addresses, channel, the reviewer's password, the papers' font."""

    service: str
    sandbox: str
    channel: str
    reviewer: str
    reviewer_password: str
    font: Path


def link_of(shown: list[Shown]) -> str:
    """The address the newest message leads to."""
    for row in reversed(shown):
        if row.url:
            return row.url
        if found := _URL.search(row.text):
            return found[0]
    raise AssertionError(f"no link in {[row.text for row in shown]}")


class Citizen:
    """A person with a phone (messenger and its browser) and a PC."""

    def __init__(self, stage: Stage, person: Person) -> None:
        self.stage = stage
        self.person = person
        self.phone = Phone(stage.sandbox, person, stage.channel)
        self.mobile = Browser(person)
        self.pc = Browser(person)

    # --- signing in -----------------------------------------------------------------

    def follow_and_sign_in(self, kind: str = "legal") -> None:
        """Follow the account, open the link it answers with, sign in as 法人 (or *kind*)."""
        self.phone.follow()
        self.sign_in(self.phone.wait_for("登录"), kind)

    def sign_in(self, shown: list[Shown], kind: str = "legal") -> None:
        self.sign_in_and_hear(shown, "登录成功", kind)

    def sign_in_and_hear(self, shown: list[Shown], words: str, kind: str = "legal") -> None:
        """Sign in behind the link; the service goes on with *words*."""
        self.mobile.open(link_of(shown))
        page = self.mobile.submit(button="前往登录")
        self._at_the_province(self.mobile, page, kind)
        must("登录成功" in self._present(self.mobile).text, "the page says 登录成功")
        self.phone.wait_for(words)

    def sign_in_on_pc(self, kind: str = "legal", pc: Browser | None = None) -> None:
        """With account, password and captcha; *pc* is another machine than before."""
        self.pc = pc or self.pc
        self.pc.open(f"{self.stage.service}/portal/")
        page = self.pc.submit(button="登录")
        self._at_the_province(self.pc, page, kind)
        must("信息公告" in self._present(self.pc).text, "the portal opens with 信息公告")

    def _at_the_province(self, browser: Browser, page: Page, kind: str) -> None:
        landed = visitor.sign_in(browser.session, page.url, self.person, kind)
        browser.open(landed.url) if not landed.text else None
        browser.page = Page(
            landed.url, landed.status_code, landed.content, landed.headers.get("Content-Type", "")
        )

    # --- chatting -------------------------------------------------------------------

    def ask(self, text: str, answer: str) -> list[Shown]:
        """Say *text* and wait until the service says *answer*."""
        self.phone.catch_up()
        self.phone.say(text)
        return self.phone.wait_for(answer)

    def open_link(self, shown: list[Shown]) -> Page:
        return self.mobile.open(link_of(shown))

    # --- pages ----------------------------------------------------------------------

    def enter_pin(self, pin: str, button: str, *, repeat: bool = False) -> Page:
        """Type the PIN on the open page, as its script would encrypt it."""
        fields = self._present(self.mobile).fields
        values = {"cipher": encrypt_pin(fields, pin)}
        if repeat:
            values["repeat"] = encrypt_pin(fields, pin)
        return self.mobile.submit(values, button=button)

    def print_form(self) -> bytes:
        """Download 《申请表》 as the open page fills it in; the page stays."""
        page = self._present(self.mobile)
        form = self.mobile.submit({"handler_name": self.person.name}, button="下载申请表")
        must(form.body.startswith(b"%PDF"), f"a PDF comes: {form.status}")
        self.mobile.page = page
        return form.body

    def show_face(self, page: Page, browser: Browser | None = None) -> Page:
        """意愿认证 at the province's page the browser (the phone's if none) was sent to."""
        browser = browser or self.mobile
        landed = visitor.show_face(browser.session, page.url, self.person)
        browser.page = Page(
            landed.url, landed.status_code, landed.content, landed.headers.get("Content-Type", "")
        )
        return browser.page

    def wait_for_page(self, words: str, timeout: float = 30.0) -> Page:
        """Reload as the page itself would, until it says *words*."""
        until(lambda: words in self.mobile.reload().text, f"the page says {words}", timeout)
        return self._present(self.mobile)

    def scan_pc(self) -> None:
        """Point the phone at the QR code on the PC's screen."""
        page = self._present(self.pc)
        picture = next(src for src in page.pictures() if src.endswith("qr.png"))
        self.phone.scan(read_qr(self.pc.download(picture)))

    @staticmethod
    def _present(browser: Browser) -> Page:
        must(browser.page is not None, "a page is open")
        assert browser.page is not None
        return browser.page


class Reviewer:
    """审核人员 at the desk."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.browser = Browser()

    def sign_in(self) -> None:
        self.browser.open(f"{self.stage.service}/staff/login")
        page = self.browser.submit(
            {"login": self.stage.reviewer, "password": self.stage.reviewer_password}
        )
        must("待审核" in page.text, "the desk shows 待审核")

    def open_case(self, pushed: str) -> Page:
        """Open the case the group robot told of."""
        found = _URL.search(pushed)
        must(found, "the push has a link")
        assert found is not None
        return self.browser.open(found[0])

    def reject(self, opinion: str) -> Page:
        return self.browser.submit({"opinion": opinion}, button="审核不通过")

    def wait_for_impressions(self) -> Page:
        """Until the desk shows what was read from the form."""
        until(lambda: "正在" not in self.browser.reload().text, "the form is read", 60.0)
        assert self.browser.page is not None
        return self.browser.page

    def approve(self, *, drawn: bool = False) -> Page:
        """Choose a picture for each seal: as it was stamped, or the drawn one, and approve."""
        page = self.wait_for_impressions()
        return self.browser.submit(_pictures_chosen(page, drawn=drawn), button="审核通过")


def _pictures_chosen(page: Page, *, drawn: bool) -> dict[str, str]:
    """The first picture offered for each seal, or the last: that is the drawn one."""
    chosen: dict[str, str] = {}
    for node in page.tree.iter("input"):
        name, value = node.get("name", ""), node.get("value", "")
        if node.get("type") == "radio" and name.startswith("picture-"):
            chosen[name] = value if drawn else chosen.get(name, value)
    return chosen
