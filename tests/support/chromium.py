"""A real Chromium: pages are photographed, measured and examined as they are walked through."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.processes import descendants_of

CHROMIUM = Path("/usr/bin/chromium")
SCREENS = Path(__file__).parents[2] / "artefacts" / "screens"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 860}

ANSWERS = ("Failed to load resource: the server responded with a status of 4",)
"""Chromium also writes refusals (403, 422 …) to the console; those are shown to people."""


@contextmanager
def watched(seconds: float) -> Iterator[None]:
    """End every Chromium of ours after *seconds*: some calls of Playwright wait for ever."""
    watch = threading.Timer(seconds, _end_all)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _end_all() -> None:
    for pid in descendants_of(os.getpid()):
        with suppress(OSError):
            if b"chromium" in Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]:
                os.kill(pid, signal.SIGKILL)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window."""
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass  # no slots: Playwright marks the listener's object
class Album:
    """Keeps a picture of every page seen, and every complaint about it."""

    name: str
    complaints: list[str] = field(default_factory=list)
    _count: int = 0

    def watch(self, page: Page) -> None:
        """Note whatever the page writes to the console as an error."""

        def hear(kind: str, text: str) -> None:
            if kind in ("error", "warning") and not text.startswith(ANSWERS):
                self.complaints.append(f"{page.url}: {text}")

        page.on("console", lambda message: hear(message.type, message.text))
        page.on("pageerror", lambda error: hear("error", str(error)))

    def look(self, page: Page, name: str, *, whole: bool = True, examine: bool = True) -> None:
        """Photograph the page; nothing may stick out sideways, axe may find nothing serious."""
        self._count += 1
        folder = SCREENS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{self._count:02d}-{name}.png", full_page=whole)
        wide = page.evaluate("document.documentElement.scrollWidth")
        room = (page.viewport_size or DESK)["width"]
        if wide > room:
            self.complaints.append(f"{name}: {wide} px wide on {room}")
        if examine:
            self._examine(page, name)

    def _examine(self, page: Page, name: str) -> None:
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                where = "; ".join(str(node["target"]) for node in found["nodes"][:3])
                self.complaints.append(f"{name}: axe {found['id']}: {found['help']}: {where}")
