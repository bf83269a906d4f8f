"""Every state of the form under what people set on their devices: zoom, dark, spacing, print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

ZOOM = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
"""1280 x 1024 at 400 %, as browsers do it."""

FOCUS_IS_SEEN = """() => {
  const at = document.activeElement, box = at.getClientRects()[0];
  const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(box.left + box.width / 2, middle);
  const seen = !!top && (at.contains(top) || top.contains(at));
  return {what: at.id || at.name || at.textContent, seen};
}"""
CLIPPED = """() => [...document.querySelectorAll("body *")]
  .filter(each => each.offsetParent && !each.matches("[type=radio],[type=checkbox],progress"))
  .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth
                  && getComputedStyle(each).display != "inline")
  .map(each => each.outerHTML.slice(0, 90))"""
SPACED = """() => document.querySelectorAll("body *").forEach(each => {
  const set = (name, value) => each.style.setProperty(name, value, "important");
  set("line-height", "1.5"); set("letter-spacing", ".12em"); set("word-spacing", ".16em");
  if (each.matches("p")) set("margin-bottom", "2em");
})"""
MOVING = """() => [...document.querySelectorAll("*")].map(each => getComputedStyle(each))
  .filter(style => style.animationName != "none" || parseFloat(style.transitionDuration) > 0
                   || style.scrollBehavior == "smooth").length"""
INK_ON_PAPER = """() => [getComputedStyle(document.documentElement).color,
  getComputedStyle(document.documentElement).colorScheme,
  [...document.querySelectorAll("button,header a")].filter(each => each.offsetParent).length]"""
LANGUAGES = """() => [document.documentElement.lang,
  [...document.querySelectorAll("[lang]")].slice(1).map(each => each.lang)]"""


def press(page: Any, button: str) -> None:
    with page.expect_navigation():
        page.click(f"button[value={button}]:visible")


def states(page: Any, base: str, survey: Any) -> Iterator[str]:
    """Every state that a respondent can meet, one after the other."""
    yield from a_form(page, f"{base}/p/{survey.wave.tokens['citizens'].pop()}")
    yield from a_delegate(page, f"{base}/p/{survey.wave.tokens['council'][0]}")
    page.goto(f"{base}/p/{survey.wave.tokens['council'][1]}")
    press(page, "refuse")
    yield "refused"
    page.goto(f"{base}/p/0000000000000000000000000x")
    yield "unknown"
    survey.run("UPDATE waves SET closed_at = '2026-02-01T00:00:00+00:00'")
    page.goto(f"{base}/p/{survey.wave.tokens['citizens'][0]}")
    yield "closed"


def a_form(page: Any, link: str) -> Iterator[str]:
    """From the notice to the receipt, with every mistake on the way."""
    page.goto(link)
    yield "notice"
    press(page, "begin")
    yield "page"
    page.fill("[name=age]", "1 tuổi")
    press(page, "next")
    yield "error"
    page.fill("[name=age]", "44")
    page.check("[name=used_service][value='1']")
    press(page, "next")
    yield "opened"
    press(page, "next")
    page.goto(f"{link}/~")
    press(page, "send")
    yield "review, not finished"
    page.click(".e a >> nth=0")
    page.check("[name=leadership][value=A]")
    press(page, "next")
    yield "review"
    press(page, "send")
    yield "receipt"


def a_delegate(page: Any, link: str) -> Iterator[str]:
    """A page of many about one unit, rated and left out."""
    page.goto(link)
    press(page, "begin")
    yield "unit"
    press(page, "skip")
    page.go_back()
    yield "skipped unit"


STATES = 12


@pytest.fixture
def walk(survey, serve, browser):
    """walk(options) gives a page in each state; every state is met."""
    contexts = []

    def through(**options: Any) -> Iterator[tuple[str, Any]]:
        context = browser.new_context(locale="vi-VN", **options)
        contexts.append(context)
        page, base, met = context.new_page(), serve(survey.app), 0
        for state in states(page, base, survey):
            met += 1
            yield state, page
        assert met == STATES

    yield through
    for context in contexts:
        context.close()


def test_at_400_percent_nothing_scrolls_sideways_and_the_focus_is_never_covered(walk):
    for state, page in walk(**ZOOM):
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, state
        first = None
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            found = page.evaluate(FOCUS_IS_SEEN)
            if found["what"] == first:
                break
            first = first or found["what"]
            assert found["seen"], f"{state}: {found['what']}"


def test_every_state_keeps_its_contrast_in_the_dark(walk, axe):
    for _, page in walk(viewport={"width": 360, "height": 740}, color_scheme="dark"):
        axe(page)


def test_every_state_can_be_read_where_a_system_forces_its_colours(walk, axe):
    for _, page in walk(viewport={"width": 360, "height": 740}, forced_colors="active"):
        axe(page)


@pytest.mark.parametrize("width", [320, 360])
def test_text_may_be_spaced_out_without_being_cut(walk, width):
    for state, page in walk(viewport={"width": width, "height": 740}):
        page.evaluate(SPACED)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, state
        assert page.evaluate(CLIPPED) == [], state


def test_nothing_moves_by_itself(walk):
    for state, page in walk(viewport={"width": 360, "height": 740}):
        assert page.evaluate(MOVING) == 0, state


def test_on_paper_ink_is_dark_and_there_is_nothing_to_press(walk):
    for state, page in walk(viewport={"width": 360, "height": 740}, color_scheme="dark"):
        page.emulate_media(media="print", color_scheme="dark")
        colour, scheme, buttons = page.evaluate(INK_ON_PAPER)
        assert scheme == "normal", state  # or a box without a tick is printed black
        assert max(int(part) for part in colour[4:-1].split(",")) < 60, f"{state}: {colour}"
        assert buttons == 0, state
        page.emulate_media(media="screen", color_scheme="dark")


def test_every_state_has_a_title_of_its_own_and_says_what_language_it_is_in(walk):
    titles: dict[str, str] = {}
    for state, page in walk(viewport={"width": 360, "height": 740}):
        titles[state] = page.title()
        whole, parts = page.evaluate(LANGUAGES)
        assert whole == "vi", state
        assert set(parts) <= {"en"}, state
        assert page.locator("h1").count() == 1, state
        assert page.locator("main").count() == 1, state
    assert all(titles.values())
    for state, title in titles.items():
        assert title.startswith("Lỗi:") == (state in {"error", "review, not finished"}), state
    same = {"page": "opened", "unit": "skipped unit"}  # one page, met twice
    others = [title for state, title in titles.items() if state not in same]
    assert len(set(others)) == len(others), titles
