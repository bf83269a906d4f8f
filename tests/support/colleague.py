"""Somebody of the office in a browser, who reads a page and does what it says.

clerk = Colleague(page, home).comes("van-thu", PASSWORD)
clerk.follow("Tự đánh giá")            # a link in the page's own part, by what it says
clerk.press("Lưu", told="Đã lưu")      # a button, and what the next page says
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.browsing import settle

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Check = Callable[["Page"], None]


def _unchecked(_: Page) -> None:
    """Nothing more than that a page fits its screen."""


JOB = 90_000
"""Milliseconds that a job may take, on a machine that has much else to do."""


class Colleague:
    """A page of a browser and whoever sits before it; every page is seen to fit the screen."""

    def __init__(self, page: Page, home: str, check: Check = _unchecked) -> None:
        self.page, self.home, self.check = page, home, check

    def comes(self, name: str, password: str) -> Colleague:
        """Sign in as somebody, whoever sat here before."""
        self.page.context.clear_cookies()
        self.page.goto(f"{self.home}/quan-tri/dang-nhap")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        return self.press("Đăng nhập")

    def opens(self, path: str) -> Colleague:
        """A page by its address."""
        self.page.goto(self.home + path)
        return self._look()

    def follow(self, name: str, *, inside: str = "main") -> Colleague:
        """A link by what it says."""
        self._of(inside).get_by_role("link", name=name).first.click()
        return self._look()

    def press(self, name: str, told: str = "") -> Colleague:
        """A button by what it says; `told` is what the next page has to say."""
        self._of("main").get_by_role("button", name=name, exact=True).first.click()
        self._look()
        if told:
            self.page.locator("main").get_by_text(told).first.wait_for(timeout=JOB)
        return self

    def click(self, what: str) -> Colleague:
        """Whatever leads on, by a selector: what has no words of its own."""
        self.page.click(what)
        return self._look()

    def fill(self, **texts: str) -> Colleague:
        """Fields by their ids."""
        for field, text in texts.items():
            self.page.fill(f"[id='{field}']", text)
        return self

    def tick_all(self, name: str) -> Colleague:
        """Every box of a name: what has to be known, for instance."""
        for box in self.page.locator(f"main input[name='{name}']").all():
            box.check()
        return self

    @property
    def reads(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    def _of(self, inside: str) -> Locator:
        return self.page.locator(inside)

    def _look(self) -> Colleague:
        settle(self.page)
        widths = "[document.documentElement.scrollWidth, window.innerWidth]"
        content, screen = self.page.evaluate(widths)
        assert content <= screen, f"{self.page.url} is {content} wide, the screen {screen}"
        self.check(self.page)
        return self
