"""The pages of a scorecard in a browser, on a laptop and a phone: understood in a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from survey_app.conduct.scoring import publish
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from tests.office.conftest import begin
from tests.office.copies import Copy, copied
from tests.office.scored import house_at
from tests.support.accessible import legible_by_night
from tests.support.browsing import settle

Sign = Callable[[Any], str]
PAGES = (
    "",
    "/linh-vuc",
    "/tieu-chi",
    "/tieu-chi/1.2.1",
    "/don-vi/SNV",
    "/giai-thich/SNV",
    "/giai-thich/STP/1.2.1",
    "/nam-truoc",
    "/do-nhay",
    "/bao-cao",
    "/bao-cao/phan-viet",
)


@pytest.fixture(params=["desktop_page", "phone_page"])
def anywhere(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Copy]:
    with copied(_scored, tmp_path) as copy:
        yield copy


@pytest.fixture
def laid_out(begun: Copy) -> Scorecard:
    """What the analysis writes for these pages is there too."""
    return begun.kept


def _scored(database: Database, folder: Path) -> Scorecard:
    wave = begin(database, folder, "wave").wave
    assert wave is not None
    return publish.score(house_at(database, folder), wave, "lan", merge=True)


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_every_page_of_a_scorecard_is_accessible_and_fits(
    anywhere: Any, signed_page: Sign, laid_out: Scorecard, axe: Callable[[Any], None]
) -> None:
    home = signed_page(anywhere)
    for path in PAGES:
        anywhere.goto(f"{home}/quan-tri/dot/dot-2026/ket-qua/{laid_out.id}{path}")
        axe(anywhere)
        legible_by_night(anywhere)
        assert fits(anywhere), path


def test_open_data_are_asked_for_decided_on_and_previewed_on_pages_that_everyone_can_use(
    anywhere: Any, signed_page: Sign, laid_out: Scorecard, axe: Callable[[Any], None]
) -> None:
    home = signed_page(anywhere)
    preview = f"/quan-tri/bang-diem/{laid_out.id}/cong-chung"
    pages = (
        *("/quan-tri/dot/dot-2026/du-lieu-mo", "/quan-tri/dot/dot-2026/publish", preview),
        *(f"{preview}/tieu-chi", f"{preview}/tieu-chi/1.2.1", f"{preview}/giai-thich"),
    )
    for path in pages:
        for language in ("vi", "en"):
            anywhere.goto(f"{home}{path}?lang={language}")
            axe(anywhere)
            assert fits(anywhere), path


def test_a_leader_gets_from_the_chart_down_to_the_answers_and_an_analyst_to_the_sensitivity(
    anywhere: Any, signed_page: Sign, laid_out: Scorecard, axe: Callable[[Any], None]
) -> None:
    home = signed_page(anywhere)
    anywhere.goto(f"{home}/quan-tri/dot/dot-2026/ket-qua/{laid_out.id}")
    inside = anywhere.evaluate(
        """() => [...document.querySelectorAll("table.standings svg .point")].every(point => {
          const box = point.getBoundingClientRect();
          const svg = point.closest("td").getBoundingClientRect();
          return box.left >= svg.left && box.right <= svg.right; })"""
    )
    assert inside
    anywhere.click("table.standings tbody tr:nth-child(1) td.strong a")
    settle(anywhere)
    assert "Cách tính điểm" in anywhere.inner_text("h1")
    anywhere.click("main section table a")
    settle(anywhere)
    assert "Từ câu trả lời đến tỷ lệ của từng nhóm" in anywhere.inner_text("main")
    anywhere.click("nav.tabs a:text-is('Độ nhạy')")
    settle(anywhere)
    anywhere.click("main button:text-is('Tính độ nhạy')")
    settle(anywhere)
    assert "Đã tính độ nhạy" in anywhere.inner_text("[role=status]")
    assert anywhere.locator("table.standings svg .point").count() >= 1
    axe(anywhere)
    assert fits(anywhere)
