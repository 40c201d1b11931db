"""A person at a real browser: thumbs on the phone page, a mouse on the PC."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from app.local_world import LocalWorld
from sandbox.people import Person
from tests.support.chromium import DESK, PHONE, Album

PATIENCE = 30_000  # milliseconds


class Hands:
    """Walks through pages by what is written on them, and has *album* look at each."""

    def __init__(
        self, engine: Browser, world: LocalWorld, person: Person, channel: str, album: Album
    ) -> None:
        self.world, self.person, self.channel, self.album = world, person, channel, album
        self.pocket = engine.new_context(viewport=PHONE, locale="zh-CN", has_touch=True)  # type: ignore[arg-type]
        self.desk = engine.new_context(viewport=DESK, locale="zh-CN")  # type: ignore[arg-type]
        for context in (self.pocket, self.desk):
            context.set_default_timeout(PATIENCE)
            context.on("page", album.watch)
        self.phone = self.pocket.new_page()

    def look(self, page: Page, name: str, *, whole: bool = True, examine: bool = True) -> None:
        self.album.look(page, name, whole=whole, examine=examine)

    # --- the phone ------------------------------------------------------------------

    def take_up_the_phone(self) -> None:
        url = f"{self.world.sandbox_url}/phone/?person={self.person.key}&channel={self.channel}"
        self.phone.goto(url)
        self.phone.get_by_role("button", name="关注", exact=True).click()
        self.hear("请先登录")

    def hear(self, words: str) -> None:
        """Wait until the service says *words*."""
        self.phone.locator(".theirs", has_text=words).last.wait_for()

    def say(self, words: str, answer: str) -> None:
        """Say something and wait for a new message with *answer*."""
        before = self.phone.locator(".theirs", has_text=answer).count()
        self.phone.fill("#text", words)
        self.phone.press("#text", "Enter")
        self.phone.locator(".theirs", has_text=answer).nth(before).wait_for()

    def open_link(self) -> Page:
        """Tap the link in the newest message that has one."""
        with self.pocket.expect_page() as opened:
            self.phone.locator('.theirs a[href*="/h5/"]').last.click()
        opened.value.wait_for_load_state()
        return opened.value

    def press(self, page: Page, button: str) -> None:
        page.get_by_role("button", name=button).first.click()
        page.wait_for_load_state()

    # --- the province ---------------------------------------------------------------

    def sign_in_at_the_province(self, page: Page) -> None:
        page.locator(".cast button", has_text=self.person.name).click()
        page.wait_for_function("document.forms[0].elements.captcha.value.length === 4")
        page.locator("form button").first.click()
        page.wait_for_load_state()

    def show_face(self, page: Page) -> None:
        self.press(page, "本人自愿办理")

    # --- the PC ---------------------------------------------------------------------

    def sign_in_on_pc(self) -> Page:
        page = self.desk.new_page()
        page.goto(f"{self.world.service_url}/portal/")
        self.look(page, "portal-welcome")
        self.press(page, "登录")
        self.sign_in_at_the_province(page)
        expect(page.get_by_role("heading", name="信息公告")).to_be_visible()
        return page

    def menu(self, page: Page, entry: str) -> None:
        page.get_by_role("navigation").get_by_role("link", name=entry, exact=True).click()
        page.wait_for_load_state()

    def verify(self, document: Path, name: str) -> Page:
        """文件验签 without signing in."""
        page = self.desk.new_page()
        page.goto(f"{self.world.service_url}/verify/")
        page.set_input_files("#file", document)
        self.press(page, "验签")
        expect(page.get_by_role("heading", name="验证结果")).to_be_visible()
        self.look(page, name)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        self.look(page, f"{name}-narrow")
        return page
