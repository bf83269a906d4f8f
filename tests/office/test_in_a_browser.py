from collections.abc import Callable
from typing import Any

import pytest

from survey_app.store.scorecards import Scorecard
from tests.support.accessible import legible_by_night
from tests.support.browsing import settle

Sign = Callable[[Any], str]


@pytest.fixture(params=["desktop_page", "phone_page"])
def anywhere(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_way_from_the_results_leads_to_a_unit_and_out_to_the_sign_in(
    anywhere: Any, signed_page: Sign, published: Scorecard, axe: Callable[[Any], None]
) -> None:
    """Every other page of the office is held against the same in test_look.py."""
    home = signed_page(anywhere)
    anywhere.goto(f"{home}/quan-tri/dot/dot-2026/ket-qua/1")
    anywhere.click("table.summary tbody th a >> nth=0")
    settle(anywhere)
    axe(anywhere)
    assert fits(anywhere)
    if anywhere.is_visible(".menu summary"):
        anywhere.click(".menu summary")
    anywhere.click("text=Đăng xuất")
    settle(anywhere)
    for path in ("quan-tri/dang-nhap", "ket-qua/dot-2026"):
        anywhere.goto(f"{home}/{path}")
        axe(anywhere)
        legible_by_night(anywhere)
        assert fits(anywhere), path


def test_the_chart_is_drawn_and_nothing_is_blocked_by_the_policy(
    desktop_page: Any, signed_page: Sign, draft: Scorecard
) -> None:
    heard: list[str] = []
    desktop_page.on("console", lambda message: heard.append(message.text))
    home = signed_page(desktop_page)
    desktop_page.goto(f"{home}/quan-tri/dot/dot-2026/ket-qua/1")
    drawn = "document.querySelectorAll('table.standings circle.point').length"
    assert desktop_page.evaluate(drawn) == desktop_page.locator("table.summary tbody tr").count()
    assert heard == []


def test_results_are_prepared_by_keyboard_alone(
    desktop_page: Any, signed_page: Sign, draft: Scorecard
) -> None:
    home = signed_page(desktop_page)
    desktop_page.goto(f"{home}/quan-tri/dot/dot-2026")
    desktop_page.keyboard.press("Tab")
    assert desktop_page.evaluate("document.activeElement.className") == "skip"
    desktop_page.focus("main a:text-is('Công bố kết quả')")
    desktop_page.keyboard.press("Enter")
    desktop_page.wait_for_url("**/publish")
    for known in desktop_page.locator("main input[name=known]").all():
        known.focus()
        desktop_page.keyboard.press("Space")
    desktop_page.focus("main button[type=submit]")
    desktop_page.keyboard.press("Enter")
    settle(desktop_page)
    assert "Kết quả chờ một người khác phê duyệt" in desktop_page.inner_text("[role=status]")


def test_faults_of_a_file_and_refusals_are_accessible_and_fit_a_phone(
    anywhere: Any, signed_page: Sign, draft: Scorecard, axe: Callable[[Any], None]
) -> None:
    home = signed_page(anywhere)
    anywhere.goto(f"{home}/quan-tri/dot/dot-2026/nhap/points")
    faulty = {"name": "SNV.xlsx", "mimeType": "text/csv", "buffer": b"no workbook"}
    anywhere.set_input_files("#files", files=[faulty])
    anywhere.click("main button[type=submit]")
    assert "Không mở được tệp Excel" in anywhere.inner_text(".faults")
    axe(anywhere)
    assert fits(anywhere)
    anywhere.goto(f"{home}/quan-tri/dot/dot-2026/open")
    assert "Đợt điều tra đã được mở từ trước" in anywhere.inner_text("[role=alert]")
    assert anywhere.locator("main button[type=submit]").count() == 0
    axe(anywhere)
    assert fits(anywhere)
