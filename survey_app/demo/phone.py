"""A respondent made of HTTP: opens a link, fills in the form it is shown, presses the button.

It knows nothing of the application but its pages, so what it can do a phone can do. Used by the
demonstration, the benchmarks and the tests.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

Answers = Callable[[str, Sequence[str]], str]
"""A field's name and its options' values ("" only: a text field) -> the value to give."""


@dataclass
class Page:
    """What one reply shows: its status, its title, its form."""

    status: int
    html: str
    title: str = ""
    heading: str = ""
    action: str | None = None
    hidden: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    receipt: str = ""


class _Reader(HTMLParser):
    """Reads the form of a page, as a browser would."""

    def __init__(self, page: Page) -> None:
        super().__init__(convert_charrefs=True)
        self.page, self._into, self._without_scripts = page, "", False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.page.action = given.get("action", "")
            case "noscript":
                self._without_scripts = True
            case "input" | "textarea" if not self._without_scripts:
                self._field(given)
            case "button" if given.get("name") == "go" and "hidden" not in given:
                self.page.buttons.append(given.get("value", ""))
            case "a":
                self.page.links.append(given.get("href", ""))
            case "title" | "h1":
                self._into = "title" if tag == "title" else "heading"
        if given.get("id") == "receipt":
            self._into = "receipt"

    def _field(self, given: Mapping[str, str]) -> None:
        name = given.get("name", "")
        if given.get("type") == "hidden":
            self.page.hidden[name] = given.get("value", "")
        elif given.get("type") in {"radio", "checkbox"}:
            self.page.options.setdefault(name, []).append(given.get("value", ""))
        elif name:
            self.page.options.setdefault(name, [""])

    def handle_data(self, data: str) -> None:
        if self._into:
            setattr(self.page, self._into, getattr(self.page, self._into) + data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag in {"title", "h1", "p"}:
            self._into = ""
        if tag == "noscript":
            self._without_scripts = False


class Phone:
    """One respondent's browser: keeps its connection, follows what it is shown."""

    def __init__(self, base: str, *, timeout: float = 30) -> None:
        parts = urlsplit(base)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port, timeout=timeout
        )
        self.address = "/"
        self.page = Page(0, "")

    def open(self, path: str) -> Page:
        """Go to an address."""
        return self._go("GET", path)

    def press(self, button: str, answers: Mapping[str, str] | None = None) -> Page:
        """Send the form of the page at hand with these answers, by this button."""
        if self.page.action is None:
            raise LookupError(f"no form on the page `{self.page.title}`")
        sent = {**self.page.hidden, **(answers or {}), "go": button}
        return self._go("POST", urljoin(self.address, self.page.action), urlencode(sent))

    def fill_in(self, answer: Answers, *, pages: int = 500) -> Page:
        """Begin, answer every page as `answer` says, and send. Returns the last page seen."""
        if "begin" in self.page.buttons:
            self.press("begin")
        for _ in range(pages):
            if self.page.receipt or self.page.action is None:
                break
            if "send" in self.page.buttons:
                self.press("send")
                continue
            given = {name: answer(name, options) for name, options in self.page.options.items()}
            skip = (
                "skip" in self.page.buttons and given and all(v == "skip" for v in given.values())
            )
            self.press(
                "skip" if skip else "next", {} if skip else {n: v for n, v in given.items() if v}
            )
        return self.page

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _go(self, method: str, path: str, body: str | None = None) -> Page:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        self._connection.request(method, path, body, headers)
        reply = self._connection.getresponse()
        html = reply.read().decode("utf-8")
        self.address, self.page = path, read(reply.status, html)
        return self.page


def read(status: int, html: str) -> Page:
    """A reply as a browser with scripts sees it."""
    page = Page(status, html)
    _Reader(page).feed(html)
    return page
