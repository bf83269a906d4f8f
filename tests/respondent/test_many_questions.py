"""Many questions about each of many units: a unit on several pages."""

from __future__ import annotations

from typing import Any

import pytest

COOPERATION = """\
  - section: cooperation
    title:
      vi: Phối hợp
      en: Cooperation
    each_unit: true
    items:
      - item: cooperation
        ask:
          vi: Ông/Bà đánh giá thế nào về sự phối hợp của {unit}?
          en: How do you rate the cooperation of {unit}?
        scale: level4
        required: true
  - section: closing
"""


@pytest.fixture
def phone(surveys, monkeypatch) -> Any:
    """A delegate's phone, after "begin": two units, and a page for each of two sections."""
    monkeypatch.setattr("survey_app.questionnaire.filling.journey.MOST_OPTIONS", 5)
    survey = surveys(study={"council": ("  - section: closing\n", COOPERATION)})
    made = survey.phone("council")
    made.open()
    made.press("begin")
    made.survey = survey
    return made


def test_each_page_says_which_unit_it_is_about_and_which_part_of_it(phone):
    unit, first = phone.page.heading, phone.page
    assert first.title.startswith(f"{unit}: Chỉ đạo, điều hành – ")
    assert "<h2>Chỉ đạo, điều hành</h2>" in first.html
    second = phone.press("next", leadership="A")
    assert second.heading == unit
    assert second.title.startswith(f"{unit}: Phối hợp – ")
    assert "<h2>Phối hợp</h2>" in second.html
    assert phone.press("next", cooperation="B").heading != unit


@pytest.mark.parametrize("answered_first", [False, True])
def test_a_unit_is_skipped_as_a_whole_from_either_of_its_pages(phone, answered_first):
    unit = phone.page.heading
    if answered_first:
        phone.press("next", leadership="A")
    phone.press("skip")
    assert phone.page.heading != unit
    phone.press("next", leadership="C")
    phone.press("next", cooperation="D")
    phone.press("next", remark="")
    assert phone.press("send").receipt
    kept = sorted(phone.survey.ballots()[0]["units"].values(), key=str)
    assert kept == [None, {"cooperation": "D", "leadership": "C"}]


def test_a_skipped_unit_that_is_taken_up_again_is_asked_about_in_full(phone):
    unit = phone.page.heading
    phone.press("skip")
    phone.press("back")
    assert phone.page.heading == unit
    assert "leadership" in phone.page.options
    phone.press("next", leadership="B")
    assert phone.page.heading == unit
    assert "cooperation" in phone.page.options


def test_the_review_tells_of_a_unit_once_and_leads_to_what_is_missing(phone):
    phone.press("next", leadership="A")
    missing = phone.page.action
    html = phone.open("~").html
    assert html.count('class="r"') == 3
    assert "Đã trả lời 1/2 câu" in html
    assert f'href="{missing}"' in html
    errors = phone.press("send").html
    assert errors.count("Còn câu chưa trả lời: ") == 2
