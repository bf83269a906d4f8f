"""Nobody learns from the board, the cases behind it, or two scorings what one person has just done.

The attacker may see all that an analyst may, and knows who sends, begins or refuses, and when.
Every page is read before and after; nothing may have changed, until five people have done so.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from itertools import pairwise, zip_longest

import pytest
from sqlalchemy import inspect

from survey_app.store import board, waves
from survey_app.store.counts import recount
from tests.contract.test_anonymity_watched import (
    DELEGATES,
    WAVE,
    Analyst,
    delegate_sends,
    mix,
    quick_hashes,
)
from tests.respondent.live_survey import LiveSurvey, live_survey

pytestmark = pytest.mark.usefixtures("quick_processes")

__all__ = ["quick_hashes"]

ANSWERS = {"SNV": "B", "STP": "C"}
FILES = ("csv", "csv-excel", "xlsx", "docx")
STORED = ("kept_counts", "kept_outcomes", "kept_ratings", "kept_days", "closing_counts")


def mix_on(survey: LiveSurvey, day: str) -> None:
    """As the site does by itself on that day."""
    mixer = replace(survey.app.extensions["cchc"].mixer, today=lambda: day)
    mixer.mix_all()


def stored(survey: LiveSurvey) -> dict[str, list[str]]:
    """Every row that pages of counts are made of."""
    return {
        table: sorted(repr(tuple(row)) for row in survey.rows(f"SELECT * FROM {table}"))
        for table in STORED
    }


@pytest.mark.usefixtures("quick_hashes")
def test_no_page_and_no_kept_count_tells_that_one_delegate_has_begun_refused_or_sent(
    database_url, tmp_path
):
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        for number in range(6):
            delegate_sends(survey, number, ANSWERS)
        mix(survey)
        analyst = Analyst(survey)
        pages, rows = analyst.pages(), stored(survey)
        assert "6" in pages[f"{WAVE}/tien-do"], "something is shown"
        begins = survey.phone("council", 6)
        begins.open()
        begins.press("begin")
        mix(survey)
        assert (analyst.pages(), stored(survey)) == (pages, rows)
        refuses = survey.phone("council", 7)
        refuses.open()
        refuses.press("refuse")
        mix(survey)
        assert (analyst.pages(), stored(survey)) == (pages, rows)
        delegate_sends(survey, 8, ANSWERS)
        mix(survey)
        assert analyst.pages() == pages
        assert stored(survey)["kept_days"] == rows["kept_days"]


@pytest.mark.usefixtures("quick_hashes")
def test_no_page_and_no_row_tells_on_which_day_one_delegate_has_sent(database_url, tmp_path):
    """Sent on the second day, shown on the third with four others: the second day has none."""
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        for number in range(8):
            delegate_sends(survey, number, ANSWERS)
        mix_on(survey, "2026-03-02")
        analyst = Analyst(survey)
        before = analyst.pages()
        delegate_sends(survey, 8, ANSWERS)
        mix_on(survey, "2026-03-03")
        assert analyst.pages() == before
        for number in range(9, 13):
            delegate_sends(survey, number, ANSWERS)
        mix_on(survey, "2026-03-04")
        with survey.database.reading() as connection:
            days = board.days(connection, waves.list_(connection)[0])
        assert [(day.day, day.sent) for day in days] == [("2026-03-02", 8), ("2026-03-04", 5)]


def test_watched_with_every_form_each_kept_number_moves_by_five_or_more(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, council=2, citizens=24) as survey:
        seen = [numbers(survey)]
        for number in range(24):
            phone = survey.phone("citizens", number)
            phone.open()
            phone.press("begin")
            mix_on(survey, f"2026-03-{number + 1:02}")
            seen.append(numbers(survey))
            phone.press("next", used_service="2", age="40")
            phone.press("next", leadership="B")
            phone.press("send")
            mix_on(survey, f"2026-03-{number + 1:02}")
            seen.append(numbers(survey))
        for before, after in pairwise(seen):
            for name in {*before, *after}:
                change = abs(after.get(name, 0) - before.get(name, 0))
                assert change == 0 or change >= 5, (name, before, after)
        assert max(seen[-1].values()) >= 20


def numbers(survey: LiveSurvey) -> dict[object, int]:
    """What is kept of what respondents do."""
    with survey.database.reading() as connection:
        wave = waves.list_(connection)[0]
        known = recount.known(connection, wave.id)
        days = board.days(connection, wave)
    found: dict[object, int] = {
        (key, name): number
        for key, counts in known.counts.items()
        for name, number in counts.items()
        if name not in {"cases", "issued"}
    }
    found |= {("days", day.unit, day.day): day.sent for day in days}
    found |= {("rated", *key): number for key, number in known.rated.items()}
    return found


@pytest.mark.usefixtures("quick_hashes")
def test_two_scorings_around_one_delegate_are_equal_in_every_page_and_file(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        for number in range(DELEGATES - 5):
            delegate_sends(survey, number, {"SNV": "ABCD"[number % 4], "STP": "B"})
        mix(survey)
        analyst = Analyst(survey)
        before, first = scored(analyst)
        delegate_sends(survey, DELEGATES - 5, {"SNV": "D", "STP": "A"})
        mix(survey)
        between, second = scored(analyst)
        assert differences(first, second) <= {(str(before), str(between))}
        board_then = analyst.pages()[f"{WAVE}/tien-do"]
        for number in range(DELEGATES - 4, DELEGATES):
            delegate_sends(survey, number, {"SNV": "D", "STP": "D"})
        mix(survey)
        _, third = scored(analyst)
        assert len(differences(second, third)) > 5, "the attack sees five who have answered"
        assert analyst.pages()[f"{WAVE}/tien-do"] != board_then


def scored(analyst: Analyst) -> tuple[int, dict[str, list[str]]]:
    """Score; the scorecard's number, and the words of each of its pages and files."""
    analyst.score()
    ((card,),) = analyst.survey.rows("SELECT id FROM scorecards ORDER BY id DESC LIMIT 1")
    home = f"/quan-tri/dot/test/ket-qua/{card}"
    shown = {}
    of_units = [f"/{page}/{unit}" for page in ("don-vi", "giai-thich") for unit in ("SNV", "STP")]
    derived = ("/giai-thich/SNV/1.2.1", "/giai-thich/STP/1.2.1")
    for path in ("", *of_units, *derived, "/linh-vuc", "/tieu-chi/1.2.1", "/bieu-do.svg"):
        text = analyst.client.get(home + path).get_data(as_text=True)
        shown[path] = words(re.sub(r'value="[^"]{40,}"', "", text.replace(home, "")))
    for kind in FILES:
        body = analyst.client.get(f"{home}/tai-ve/{kind}").get_data()
        shown[kind] = [word for part in parts(body) for word in words(part)]
    return card, shown


def parts(body: bytes) -> list[str]:
    """A file's text; of a zipped one that of each part, without when it was made."""
    if not body.startswith(b"PK"):
        return [body.decode("utf-8-sig")]
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        names = [name for name in package.namelist() if name != "docProps/core.xml"]
        return [package.read(name).decode("utf-8", "replace") for name in names]


def words(text: str) -> list[str]:
    """The words of a text without its tags' names; times and days of making left out."""
    text = re.sub(r"\d\d:\d\d \d\d/\d\d/\d{4}|\d{4}-\d\d-\d\dT[\d:+]+", "", text)
    return re.split(r"[<>\s\"]+", text)


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> set[tuple[str, str]]:
    """The words in which two scorecards differ, as pairs; every place is compared."""
    found = set()
    for name, said in one.items():
        found |= {(a, b) for a, b in zip_longest(said, other[name]) if a != b}
    return found


def test_what_is_kept_has_no_column_of_a_case_or_a_ballot(tmp_path):
    with live_survey(tmp_path, citizens=1) as survey:
        tables = inspect(survey.database.engine)
        columns = {column["name"] for table in STORED for column in tables.get_columns(table)}
    assert columns == {
        "wave_id", "grp", "unit", "sample", "mode", "code", "day", "cases", "issued", "mixed",
        "valid", "begun", "sent", "noted", "own", "unsent", "rated", "size", "classes",
    }  # fmt: skip
