"""The form by keyboard alone in a real Chromium: in order, seen, and nothing jumps."""

from __future__ import annotations

from typing import Any

import pytest

SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(each => sum += each.value))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})"""
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {what: at.name ? at.name + ":" + at.value : at.getAttribute("href") || at.id,
          ring: style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 3,
          inside: box.top >= 0 && box.bottom <= innerHeight + 1}
}"""
TARGETS = """() => [...document.querySelectorAll("button,a,fieldset label,[type=text],textarea")]
  .filter(each => each.offsetParent)
  .map(each => each.getBoundingClientRect())
  .map(box => Math.min(box.width, box.height))"""


@pytest.fixture
def start(survey, serve, desktop_page):
    """The first page of a citizen's form, at a width of one's choice."""
    base = serve(survey.app)

    def at(width: int = 360) -> Any:
        desktop_page.set_viewport_size({"width": width, "height": 740})
        desktop_page.goto(f"{base}/p/{survey.wave.tokens['citizens'][0]}")
        return desktop_page

    return at


def tabbed(page: Any, most: int = 30) -> list[str]:
    """Everything that Tab reaches, in order; each is seen to have the focus."""
    reached: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if page.evaluate("document.activeElement === document.body") or found["what"] in reached:
            return reached
        assert found["ring"], f"no ring around {found['what']}"
        assert found["inside"], f"{found['what']} has the focus out of sight"
        reached.append(found["what"])
    raise AssertionError("the focus never came round")


def arrive(page: Any, what: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED)["what"] == what:
            return
    raise AssertionError(f"Tab does not reach {what}")


def enter(page: Any) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_whole_form_is_filled_in_and_sent_without_a_mouse(start, survey):
    page = start()
    arrive(page, "go:begin")
    enter(page)
    arrive(page, "used_service:1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("41")
    arrive(page, "go:next")
    enter(page)
    arrive(page, "leadership:A")
    page.keyboard.press("ArrowDown")
    enter(page)  # Enter within a question goes on, as in any form
    arrive(page, "go:send")
    enter(page)
    assert page.inner_text("#receipt")
    (ballot,) = survey.ballots()
    assert ballot["about"] == {"used_service": "2", "age": "41"}
    assert ballot["units"] == {"SNV": {"leadership": "B"}}


def test_tab_follows_the_order_of_the_page_and_skips_nothing(start):
    page = start()
    page.click("button[value=begin]")
    page.wait_for_selector("fieldset")
    assert tabbed(page) == ["go:lang-en", "used_service:1", "age:", "go:next"]


def test_the_focus_goes_to_the_errors_and_from_there_to_the_question(start):
    page = start()
    page.click("button[value=begin]")
    page.wait_for_selector("fieldset")
    page.fill("[name=age]", "x")
    with page.expect_navigation():
        page.click("button[value=next]:visible")
    assert page.title().startswith("Lỗi:")
    assert page.evaluate(FOCUSED)["what"] == "errors"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#age-1"
    assert page.evaluate("document.activeElement.name") == "age"


@pytest.mark.parametrize("width", [320, 360])
def test_targets_are_large_and_nothing_moves_while_a_page_loads(start, width):
    page = start(width)
    while True:
        assert min(page.evaluate(TARGETS)) >= 44, page.url
        assert page.evaluate(SHIFT) == 0, page.url
        if page.locator("#receipt").count():
            return
        if page.locator("[value=leadership], [name=leadership]").count():
            page.locator("[name=leadership]").first.check()
        with page.expect_navigation():
            page.locator("button[value=begin],button[value=send],main > [value=next]").first.click()
