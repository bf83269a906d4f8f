"""The task list of a wave through its year, and which button comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey_app.office.page import WORDS
from survey_app.office.waves.listing import PERMISSIONS
from survey_app.permissions import PERMISSIONS as KNOWN
from survey_app.waves.facts import Facts
from survey_app.waves.tasks import ORDER, Task, next_task, tasks
from tests.waves.test_blocks import BEFORE, DONE, MET_BY, NOW, OPEN, READY, SOON

CHECKED = replace(DONE, self_units=20, appraised_units=20, screened=True)


def task(facts: Facts, code: str) -> Task:
    return next(each for each in tasks(facts) if each.code == code)


def test_the_next_task_leads_through_the_year() -> None:
    year = [
        (Facts(state="planned", now=NOW, forms=4, groups=4, units=20), "frame"),
        (Facts(state="planned", now=NOW, forms=4, groups=4, units=20, frame_rows=4), "sample"),
        (replace(READY, issued=0, without_link=200), "letters"),
        (READY, "open"),
        (replace(OPEN, returned=0), "watch"),
        (OPEN, "close"),
        (replace(DONE, scorecards=0, merged=False), "points"),
        (replace(DONE, scorecards=0, merged=False, self_units=20, appraised_units=20), "quality"),
        (replace(CHECKED, scorecards=0, merged=False), "score"),
        (replace(CHECKED, proposals=1), "quality"),
        (CHECKED, "publish"),
        (replace(DONE, published=True), "report"),
    ]
    assert [next_task(facts) for facts, _ in year] == [code for _, code in year]


def test_closing_is_not_offered_in_the_first_minute_of_fieldwork() -> None:
    for fresh in (
        replace(OPEN, returned=0),
        replace(OPEN, returned=0, issued=0),
        replace(OPEN, closes_at=SOON),
    ):
        assert next_task(fresh) == "watch"
    assert next_task(replace(OPEN, returned=5, closes_at=BEFORE)) == "close"


def test_what_has_to_be_mended_is_marked_and_what_waits_says_for_what() -> None:
    assert task(replace(READY, over_drawn=1), "frame").mark == "review"
    assert task(replace(READY, over_drawn=1), "open").mark == "review"
    assert task(replace(READY, groups_without_sample=2), "sample").mark == "review"
    empty = Facts(state="planned", now=NOW, groups=4)
    assert task(empty, "open").waits_for == "sample"
    assert task(READY, "score").waits_for == "close"
    assert task(replace(DONE, unfinished=True), "close").mark == "review"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_task_has_words_for_its_name_its_state_and_its_button(language: str) -> None:
    said = WORDS(language)
    waves = [*MET_BY.values(), replace(READY, opens_at=SOON, closes_at=SOON), DONE,
             replace(DONE, published=True), replace(DONE, scorecards=0),
             CHECKED, replace(CHECKED, proposals=1),
             replace(CHECKED, calls_drawn=5, calls_noted=2)]  # fmt: skip
    for facts in waves:
        assert tuple(each.code for each in tasks(facts)) == ORDER
        for each in tasks(facts):
            assert said[f"waves_is_{each.state}"].format(**each.counts)
            assert said[f"waves_mark_{each.mark}"]
    for code in ORDER:
        assert said[f"waves_task_{code}"]
        assert said[f"waves_go_{code}"]
        assert PERMISSIONS[code] in KNOWN
