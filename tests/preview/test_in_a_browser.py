"""An author at work: the form beside the editor, in a real Chromium."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import ORDERS_DRAWN, changed
from tests.support.browsing import settle

FAULT, MENDED = "scale: level5", "scale: level4"


def form(page: Any, language: str = "vi") -> Any:
    """The form in its frame."""
    return page.frame_locator(f"iframe[data-language={language}]")


def press(page: Any, button: str, language: str = "vi") -> None:
    form(page, language).locator(f"button[value={button}]:visible").first.click()


def heading(page: Any, words: str, language: str = "vi") -> None:
    """Wait until the form shows this heading."""
    form(page, language).locator("h1", has_text=words).wait_for()


def fits(page: Any) -> bool:
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return bool(wide <= room)


@pytest.mark.parametrize("device", ["desktop_page", "phone_page"])
def test_a_fault_is_shown_at_its_line_and_the_form_comes_back_where_it_was(
    author, address, request, device, axe
):
    page = request.getfixturevalue(device)
    page.goto(address())
    press(page, "begin")
    form(page).locator("[name=used_service][value='1']").check()
    form(page).locator("[name=age]").fill("44")
    press(page, "next")
    form(page).locator("[name=ways][value=online]").check()
    press(page, "next")
    heading(page, "Phục vụ")

    author.save(MENDED, FAULT)
    page.wait_for_selector(".faults")
    assert page.title().startswith("Lỗi: 1 lỗi")
    line = 1 + author.file().read_text(encoding="utf-8").split(FAULT)[0].count("\n")
    assert page.inner_text(".faults h2").endswith(f"citizens.yaml:{line}:16")
    assert page.inner_text("pre .bad").split("\n")[0].strip() == f"{line}        {FAULT}".strip()
    assert "^^^^^^" in page.inner_text("pre .caret")
    assert "did you mean `level4`?" in page.inner_text(".faults")
    assert "Thang đo chưa định nghĩa." in page.inner_text(".faults")
    axe(page)
    assert fits(page)

    author.save(FAULT, MENDED)
    heading(page, "Phục vụ")
    axe(page)
    assert fits(page)
    press(page, "back")
    assert form(page).locator("[name=ways][value=online]").is_checked()


def test_words_are_new_as_soon_as_the_file_is_saved_and_half_an_answer_is_kept(
    author, address, desktop_page
):
    page = desktop_page
    page.goto(address())
    press(page, "begin")
    form(page).locator("[name=age]").fill("44")
    author.save("bao nhiêu tuổi?", "năm nay bao nhiêu tuổi?")
    form(page).locator("label", has_text="năm nay bao nhiêu tuổi?").wait_for()
    form(page).locator("[name=used_service][value='2']").check()
    press(page, "next")
    heading(page, "Phục vụ")
    press(page, "back")
    assert form(page).locator("[name=age]").input_value() == "44"


def test_an_order_that_is_drawn_shows_on_the_open_page(author, address, desktop_page):
    page = desktop_page
    page.goto(address())
    press(page, "begin")
    form(page).locator("[name=used_service][value='1']").check()
    press(page, "next")
    form(page).locator("[name=ways][value=online]").wait_for()
    for name in ("scales", "council", "citizens"):
        text = author.file(name).read_text(encoding="utf-8")
        author.file(name).write_text(changed(text, ORDERS_DRAWN[name]), encoding="utf-8")
    form(page).locator("[name=ways][value=other]").wait_for()
    codes = (
        form(page)
        .locator("[name=ways]:not([type=hidden])")
        .evaluate_all("boxes => boxes.map(box => box.value)")
    )
    assert sorted(codes[:4]) == ["counter", "friend", "online", "post"]
    assert codes[4:] == ["other", "none"]


def test_every_page_of_every_questionnaire_can_be_walked_for_one_unit_and_many(
    author, address, desktop_page, axe
):
    page = desktop_page
    page.goto(address(author.file().parent))  # the folder of the study
    for group, many in (("council", True), ("council", False), ("citizens", False)):
        page.click(f"nav a >> text={'Đại biểu' if group == 'council' else 'Người dân'}")
        page.click(f"nav a >> text={'Nhiều đơn vị' if many else 'Một đơn vị'}")
        page.click("nav button >> text=Làm lại từ đầu")
        settle(page)
        numbers = page.locator("nav button:not([disabled])[value]").evaluate_all(
            "buttons => buttons.map(button => button.value)"
        )
        assert numbers[0] == "start"
        assert numbers[-2:] == ["review", "again"]
        for number in numbers[:-1]:
            page.click(f"nav button[value='{number}']")
            for language in ("vi", "en"):
                form(page, language).locator("h1").wait_for()
        heading(page, "Check before sending", "en")
        axe(page)


def test_a_form_that_was_sent_shows_its_receipt_until_it_is_begun_again(
    author, address, desktop_page
):
    page = desktop_page
    page.goto(address())
    page.click("nav a >> text=Tiếng Việt")
    press(page, "begin")
    form(page).locator("[name=used_service][value='2']").check()
    press(page, "next")
    form(page).locator("[name=leadership][value=B]").check()
    press(page, "next")
    press(page, "send")
    form(page).locator("#receipt").wait_for()
    before = page.get_attribute("body", "data-version")
    author.save("How old are you?", "What is your age?")
    page.wait_for_selector(f"body:not([data-version='{before}'])")
    form(page).locator("#receipt").wait_for()
    page.click("nav button >> text=Làm lại từ đầu")
    form(page).locator("button[value=begin]").wait_for()


def test_the_preview_page_says_so_when_the_command_has_ended(author, preview, desktop_page):
    from tests.support.server import serving

    with serving(preview()) as base:
        desktop_page.goto(base)
        assert desktop_page.locator("#gone").is_hidden()
    desktop_page.wait_for_selector("#gone:visible")
    assert "đã dừng" in desktop_page.inner_text("#gone")


def test_the_preview_page_speaks_english_when_asked(address, author, desktop_page, axe):
    author.save(MENDED, FAULT)
    page = desktop_page
    page.goto(address(None, "en"))
    assert page.title().startswith("Error: 1 found")
    axe(page)
    author.save(FAULT, MENDED)
    page.wait_for_selector("nav >> text=Start again")
    axe(page)


def test_the_preview_page_is_accessible_in_the_dark(address, author, desktop_page, axe):
    page = desktop_page
    page.emulate_media(color_scheme="dark")
    page.goto(address())
    axe(page)
    author.save(MENDED, FAULT)
    page.wait_for_selector(".faults")
    axe(page)
