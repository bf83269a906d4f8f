"""The look of the office: every part in every state, on a laptop and a phone, by day and night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from survey_app.app import create_app
from survey_app.store.engine.database import Database
from tests.office.conftest import PASSWORD, begin
from tests.office.copies import copied
from tests.office.scored import house_at
from tests.support.accessible import legible_by_night
from tests.support.browsing import settle
from tests.support.server import serving

LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SIZES = {"laptop": LAPTOP, "phone": PHONE}
PARTS = "quan-tri/bo-phan"
PAGES = (
    PARTS,
    "quan-tri/",
    "quan-tri/nhat-ky",
    "quan-tri/nhat-ky?loc=khong-co",
    "quan-tri/khong-co",
    "quan-tri/dot/dot-2026",
    "quan-tri/dot/dot-2026/publish",
    "quan-tri/dot/dot-2026/nhap/points",
    "quan-tri/dot/dot-2026/ket-qua/1",
    "quan-tri/dot/dot-2026/ket-qua/1/don-vi/SNV",
    "quan-tri/dot/dot-2026/ket-qua/1/linh-vuc",
    "quan-tri/dot/dot-2026/ket-qua/1/giai-thich/SNV",
    "quan-tri/bang-diem/1/cong-chung",
    "ket-qua",
    "ket-qua/dot-2026?sap-xep=-don-vi",
    "ket-qua/khong-co",
    "kha-nang-tiep-can",
)
BOXES = """ids => ids.map(id => {
  const box = document.querySelector(id).getBoundingClientRect();
  return [id, Math.round(box.left), Math.round(box.width)];
})"""
IN_REACH = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter(each => each.type !== "hidden" && each.checkVisibility({visibilityProperty: true}))
  .length"""
SMALL = """() => [...document.querySelectorAll("button, .button, input, select, summary, nav a")]
  .filter(each => each.type !== "hidden" && each.checkVisibility({visibilityProperty: true}))
  .filter(each => !["checkbox", "radio"].includes(each.type) && !each.closest(".trail"))
  .filter(each => each.getBoundingClientRect().height < 44)
  .map(each => each.outerHTML)"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An office with published results. It is the same for all: nobody here changes anything."""
    with copied(begin, tmp_path_factory.mktemp("look"), state="published") as copy:
        database = Database(copy.url)
        house = house_at(database, copy.folder)
        yield create_app(house.settings, house=house)
        database.close()


@pytest.fixture(scope="module")
def home(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(scope="module")
def signed(home: str, browser: Any) -> Any:
    """What a browser keeps of somebody who has signed in."""
    context = browser.new_context(locale="vi-VN")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"{home}/quan-tri/")
    page.fill("#name", "lan")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    settle(page)
    yield context.storage_state()
    context.close()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Any, signed: Any) -> Iterator[Any]:
    """A page on a laptop, and on a phone, that runs no script of ours."""
    context = browser.new_context(locale="vi-VN", storage_state=signed, **SIZES[request.param])
    context.set_default_timeout(15_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def is_wide(page: Any) -> bool:
    return bool(page.evaluate("innerWidth > 1100"))


def test_every_page_is_accessible_by_day_and_by_night_and_overflows_nowhere(
    page: Any, home: str, axe: Callable[[Any], None]
) -> None:
    for path in PAGES:
        page.goto(f"{home}/{path}")
        axe(page)
        legible_by_night(page)
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, path
        assert len(page.query_selector_all("h1")) == 1, path
        assert page.evaluate("document.querySelector('body > header').offsetHeight") <= 56, path


def test_the_head_is_one_row_on_a_laptop_for_whoever_may_go_everywhere(
    browser: Any, home: str, signed: Any
) -> None:
    context = browser.new_context(locale="vi-VN", storage_state=signed, **LAPTOP)
    page = context.new_page()
    for language in ("vi", "en"):
        page.goto(f"{home}/quan-tri/tai-khoan?lang={language}")
        page.evaluate("document.querySelector('.who > a').append(' nguyen-thi-phuong-thao')")
        assert page.evaluate("document.querySelector('body > header').offsetHeight") <= 64
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    context.close()


def test_colours_that_the_system_chooses_leave_every_part_legible(page: Any, home: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{home}/{PARTS}")
    borders = page.evaluate(
        """() => [...document.querySelectorAll(".tag, .note, .button, button.second, .empty")]
          .map(each => getComputedStyle(each).borderTopStyle)"""
    )
    assert borders
    assert "none" not in borders


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(page: Any, home: str) -> None:
    page.goto(f"{home}/{PARTS}")
    controls, seen = page.evaluate(IN_REACH), set()
    for _ in range(controls * 3):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const at = document.activeElement;
              const outline = getComputedStyle(at);
              return [[...document.querySelectorAll("*")].indexOf(at), at.tagName,
                      outline.outlineStyle, parseFloat(outline.outlineWidth)]; }"""
        )
        if at[1] == "BODY":
            break
        assert at[2] != "none", at
        assert at[3] >= 2, at
        if at[1] in {"A", "BUTTON", "INPUT", "SELECT", "SUMMARY"}:
            seen.add(at[0])
    assert len(seen) == controls


def test_what_is_pressed_is_as_large_as_a_finger(page: Any, home: str) -> None:
    for path in (PARTS, "quan-tri/nhat-ky"):
        page.goto(f"{home}/{path}")
        assert page.evaluate(SMALL) == []


def test_the_menu_of_a_phone_opens_by_its_button_without_script(home: str, browser: Any) -> None:
    context = browser.new_context(**PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{home}/quan-tri/dang-nhap")
    link = page.get_by_role("link", name="English")
    assert not link.is_visible()
    page.click(".menu summary")
    assert link.is_visible()
    link.click()
    assert "Sign in" in page.inner_text("h1")
    context.close()


def test_a_laptop_has_two_columns_and_no_empty_half(page: Any, home: str) -> None:
    page.goto(f"{home}/{PARTS}")
    boxes = {id: (left, width) for id, left, width in page.evaluate(BOXES, ["main", "table.heat"])}
    left, width = boxes["main"]
    if is_wide(page):
        side = page.evaluate("document.querySelector('.side').getBoundingClientRect().right")
        assert side < left
        assert width > 900
    else:
        assert not page.is_visible(".side")
        page.click(".side-menu summary")
        assert page.is_visible(".side")
    assert boxes["table.heat"][1] >= width - 2  # a table takes all there is
    measure = page.evaluate("document.querySelector('p.lead').getBoundingClientRect().width")
    letter = page.evaluate(
        """() => { const ruler = document.createElement("span"); ruler.textContent = "0";
          document.querySelector("p.lead").append(ruler);
          return ruler.getBoundingClientRect().width; }"""
    )
    assert measure <= 66 * letter + 1


def test_the_head_and_the_first_column_of_a_long_table_stay_in_view(page: Any, home: str) -> None:
    page.goto(f"{home}/quan-tri/dot/dot-2026/ket-qua/1/don-vi/SNV")
    moved = page.evaluate(
        """() => { const wrap = [...document.querySelectorAll(".table-wrap")]
            .find(each => each.querySelector("tbody th[scope=rowgroup]"));
          wrap.style.height = "7rem"; wrap.scrollTop = 30; wrap.scrollLeft = 40;
          const box = each => each.getBoundingClientRect();
          return {top: box(wrap.querySelector("thead th")).top - box(wrap).top,
                  left: box(wrap.querySelector("tbody th")).left - box(wrap).left,
                  down: wrap.scrollTop}; }"""
    )
    assert moved["down"] > 0
    assert abs(moved["top"]) <= 1
    assert abs(moved["left"]) <= 1


def test_a_table_sorts_by_its_heads_without_script_and_says_how(page: Any, home: str) -> None:
    page.goto(f"{home}/{PARTS}")
    table = page.get_by_role("region", name="Tỷ lệ trả lời theo đơn vị")
    assert table.get_by_role("rowheader").all_inner_texts()[:3] == [
        "Sở Dân tộc và Tôn giáo",
        "Sở Nội vụ",
        "Sở Nông nghiệp và Môi trường",
    ]
    head = table.get_by_role("columnheader", name="Tỷ lệ trả lời")
    assert head.get_attribute("aria-sort") == "none"
    head.get_by_role("link").click()
    settle(page)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("link").click()
    settle(page)
    assert head.get_attribute("aria-sort") == "descending"
    assert table.get_by_role("rowheader").all_inner_texts()[0] == "Sở Nội vụ"
    page.get_by_label("Tìm đơn vị").fill("dân tộc")
    page.get_by_role("button", name="Lọc").click()
    settle(page)
    assert table.get_by_role("rowheader").all_inner_texts() == ["Sở Dân tộc và Tôn giáo"]


def test_what_is_printed_is_the_page_without_its_controls(page: Any, home: str) -> None:
    page.goto(f"{home}/{PARTS}")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.is_visible("body > header")
    assert not page.is_visible(".filters")
    assert page.is_visible("table.heat")
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(26, 36, 48)"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.table-wrap')).overflow")
        == "visible"
    )


def test_nothing_moves_for_who_wants_no_motion(page: Any, home: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{home}/{PARTS}")
    assert page.evaluate("document.getAnimations().length") == 0
    assert page.evaluate(
        """() => [...document.querySelectorAll("*")].every(each => {
          const style = getComputedStyle(each);
          return style.transitionDuration === "0s" && style.scrollBehavior === "auto"; })"""
    )
