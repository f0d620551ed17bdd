"""Somebody in front of the back-office: reads, clicks, types, and notices what is wrong with a page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Response

_PHONE = {"width": 390, "height": 844}


@dataclass
class Person:
    page: Page
    url: str
    screenshots: Path
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        # What a page could not load is told with its address by the answer itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def _see(self, response: Response) -> None:
        if response.status >= 500 or (response.status == 404 and "/static/" in response.url):
            self.errors.append(f"{response.status} {response.url}")

    def log_in(self, username: str, password: str) -> None:
        self.page.goto(f"{self.url}/admin/login/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.locator("form button[type=submit]").first.click()
        self.page.wait_for_url(f"{self.url}/admin/")

    def open(self, path: str) -> int:
        """Returns the status."""
        response = self.page.goto(self.url + path)
        return response.status if response else 0

    def reload(self) -> None:
        self.page.reload()

    def text(self) -> str:
        """As it is written, not as a style shows it: some labels are in capitals on the screen."""
        self.page.wait_for_load_state()
        return self.page.locator("body").text_content() or ""

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=_named(name)).first

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=_named(name)).first

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True).first

    def picture(self, name: str) -> None:
        self.page.screenshot(path=str(self.screenshots / f"{name}.png"), full_page=True)

    def barriers(self) -> list[str]:
        """What axe finds serious or critical on the page, as `rule: where`."""
        result: Any = Axe().run(self.page)
        return [
            f"{violation['id']}: {node['target']}"
            for violation in result.response["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    def sideways_on_a_phone(self) -> int:
        """By how many pixels the page is wider than a phone's screen."""
        size = self.page.viewport_size
        self.page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
        width = int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
        if size:
            self.page.set_viewport_size(size)
        return width


def _named(name: str) -> re.Pattern[str]:
    """The whole name, but for the icon before it, whose font makes a picture of a word."""
    return re.compile(rf"^(\w+\s+)?{re.escape(name)}\s*$")
