"""Units that were others last year are compared with what they were, and the page says so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from survey_app.conduct.scoring import kept_pages, predecessors, publish
from survey_app.questionnaire import library
from survey_app.store.scorecards import Scorecard
from survey_app.web import House
from tests.builders import UNITS, write_study
from tests.office.scored import answered

_HEAD = UNITS[: UNITS.index("units:\n")]


def units_of(*lines: tuple[str, str, str]) -> str:
    """units.yaml with units of this code, name, and what else is known of them."""
    units = [
        f"  - unit: {code}\n    class: department\n    name:\n      vi: {name}\n      en: {name}\n"
        for code, name, _ in lines
    ]
    known = [f"{more}    provenance: analogous\n    source: list\n" for _, _, more in lines]
    return f"{_HEAD}units:\n" + "".join(map("".join, zip(units, known, strict=True)))


ENDED, BEGAN = "    valid_to: 2025-12-31\n", "    valid_from: 2026-01-01\n"
LAST = (
    ("SNV", "Sở Nội vụ", ENDED),
    ("STP", "Sở Tư pháp", ENDED),
    ("SXD", "Sở Xây dựng", ENDED),
    ("SYT", "Sở Y tế", ""),
)
THIS = (
    ("SNV26", "Sở Nội vụ và Lao động", f"{BEGAN}    predecessors: [SNV]\n"),
    ("GOP", "Sở Tư pháp và Xây dựng", f"{BEGAN}    predecessors: [STP, SXD]\n"),
)


@pytest.fixture
def card(house: House, tmp_path: Path) -> Scorecard:
    """Two years are scored; between them one unit was renamed, and two were merged."""
    for year in (2025, 2026):
        folder = tmp_path / str(year)
        study = library.study(write_study(folder, units=units_of(*LAST, *THIS)), folder)
        wave = answered(house, study, year=year, seed=year)
        made = publish.score(house, wave, "lan", merge=True)
    return made


def rows(house: House, card: Scorecard) -> Mapping[str, Any]:
    kept = kept_pages.read(house, card.id, "comparison")
    assert kept is not None
    return {row["unit"]: row for row in kept["units"]}


def test_a_renamed_unit_is_compared_and_a_merged_one_where_somebody_says_how(
    house: House, analyst: FlaskClient, card: Scorecard
) -> None:
    page = f"/quan-tri/dot/dot-2026/ket-qua/{card.id}/nam-truoc"
    assert analyst.post(f"{page}/tinh", data={"last": "dot-2025"}).location == page
    alone = rows(house, card)
    assert alone["SNV26"]["change"] is not None
    assert alone["SYT"]["basis"] == "same"
    assert (alone["GOP"]["change"], alone["GOP"]["reason"]) == (None, "merged_without_rule")
    shown = analyst.get(page).text
    assert "Năm trước: Sở Nội vụ</span>" in shown
    assert "Sáp nhập; chưa chọn gộp." in shown
    analyst.post(f"{page}/tinh", data={"last": "dot-2025", "rule": "frame"})
    together = rows(house, card)
    assert together["GOP"]["change"] is not None
    assert together["SNV26"]["change"] == pytest.approx(alone["SNV26"]["change"])
    assert "Năm trước: Sở Tư pháp; Sở Xây dựng</span>" in analyst.get(page).text
    release = house.settings.data_folder / card.release
    assert "predecessors" not in (release / "units.csv").read_text("utf-8"), "it stays as it was"


def test_only_units_that_are_gone_went_into_others(tmp_path: Path) -> None:
    units = library.study(write_study(tmp_path), tmp_path).units
    both = ("SNV", "STP")
    assert predecessors.declared(units, both, both) == {}, "the first goes on beside the second"
    assert predecessors.declared(units, ("STP",), ("SNV",)) == {"STP": ("SNV",)}
    assert predecessors.declared(units, ("STP",), ("STP",)) == {}
