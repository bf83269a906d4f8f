"""Nobody finds out by lists of reminders who has answered, but for five people or more at a time.

The attacker is an analyst who knows when a certain delegate answers, and looks at every list and
file before and after, notes outcomes, issues links, and has the next round drawn up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.letters import reminders
from survey_app.store.letters.reminders import RemindersRefused
from survey_app.store.sample import cases, one_case
from survey_app.store.waves import Wave
from tests.contract.test_anonymity_watched import (
    Analyst,
    citizen_sends,
    delegate_sends,
    quick_hashes,  # noqa: F401  # a fixture
)
from tests.respondent.live_survey import LiveSurvey, live_survey

LIST = "/quan-tri/dot/test/thu-moi/nhac"
ANSWERS = {"SNV": "A", "STP": "B"}


@contextmanager
def watched(tmp_path: Path, url: str, **groups: int) -> Iterator[tuple[LiveSurvey, Analyst]]:
    """An open wave whose cases can be reached, and the attacker."""
    with live_survey(tmp_path, url=url, **groups) as survey:
        with survey.database.writing() as connection:
            for case_id, label in connection.execute(select(t.cases.c.id, t.cases.c.label)).all():
                connection.execute(
                    insert(t.contacts).values(case_id=case_id, name=f"Người {label}", phone="09")
                )
        yield survey, Analyst(survey)


def wave_of(survey: LiveSurvey) -> Wave:
    with survey.database.reading() as connection:
        return waves.find(connection, "test")


def draw_up(survey: LiveSurvey) -> None:
    """The next round, as if its day had come."""
    today = date.fromisoformat(survey.app.extensions["cchc"].today())
    with survey.database.writing() as connection:
        wave = waves.find(connection, "test")
        drawn = [it for it in reminders.rounds(connection, wave.id) if it.drawn_up_on]
        long_ago = (today - reminders.BETWEEN).isoformat()
        connection.execute(
            update(t.reminder_rounds)
            .where(t.reminder_rounds.c.drawn_up_on.is_not(None))
            .values(drawn_up_on=long_ago, planned_on=long_ago)
        )
        if len(reminders.rounds(connection, wave.id)) == len(drawn):
            row = {"wave_id": wave.id, "round": len(drawn) + 1, "planned_on": today.isoformat()}
            connection.execute(insert(t.reminder_rounds).values(**row))
        reminders.draw_up(connection, wave, today.isoformat())


def listed(analyst: Analyst, whole: str = "") -> set[str]:
    """The case numbers of the file that the attacker downloads."""
    reply = analyst.client.get(f"{LIST}?tai=csv{whole}")
    if "text/csv" not in reply.content_type:
        return set()
    rows = list(csv.reader(io.StringIO(reply.get_data(as_text=True)), delimiter=";"))
    return {row[0] for row in rows[1:]}


def everyone(group: str, count: int) -> set[str]:
    return {f"{group}-{number}" for number in range(count)}


@pytest.mark.usefixtures("quick_hashes")
def test_a_list_is_the_same_before_and_after_one_delegate_answers(database_url, tmp_path):
    with watched(tmp_path, database_url, council=20) as (survey, analyst):
        for number in range(6):
            delegate_sends(survey, number, ANSWERS)
        draw_up(survey)
        before = listed(analyst)
        assert before == everyone("council", 20) - everyone("council", 6)
        pages = analyst.pages()
        delegate_sends(survey, 6, ANSWERS)
        assert listed(analyst) == before
        assert analyst.pages()[LIST] == pages[LIST]
        draw_up(survey)
        assert listed(analyst) == before, "one more is not told by the next round either"
        for number in range(7, 11):
            delegate_sends(survey, number, ANSWERS)
        assert listed(analyst) == before, "a list stays as it was drawn up"
        draw_up(survey)
        assert before - listed(analyst) == {f"council-{number}" for number in range(6, 11)}


@pytest.mark.usefixtures("quick_hashes")
def test_a_sample_in_which_few_have_answered_or_few_have_not_is_not_told_apart(
    database_url, tmp_path
):
    with watched(tmp_path, database_url, council=9, citizens=12) as (survey, analyst):
        for number in range(5):
            delegate_sends(survey, number, ANSWERS)
        for number in range(4):
            citizen_sends(survey, number)
        draw_up(survey)
        assert listed(analyst) == set(), "four delegates are left, and four citizens answered"
        assert listed(analyst, "&ca-nhom=1") == everyone("council", 9) | everyone("citizens", 12)
        citizen_sends(survey, 4)
        draw_up(survey)
        assert listed(analyst) == everyone("citizens", 12) - everyone("citizens", 5)
        assert listed(analyst, "&ca-nhom=1") == everyone("council", 9)


@pytest.mark.usefixtures("quick_hashes")
def test_by_notes_nobody_brings_a_sample_to_where_one_person_decides(database_url, tmp_path):
    """The attacker notes outcomes of nearly all who are left: the rule counts them all the same."""
    with watched(tmp_path, database_url, council=14) as (survey, analyst):
        for number in range(5):
            delegate_sends(survey, number, ANSWERS)
        noted = " ".join(f"council-{number}" for number in range(5, 13))
        sent = {"labels": noted, "kind": "away"}
        assert analyst.client.post(f"{LIST[:-4]}ket-qua", data=sent).status_code == 303
        draw_up(survey)
        assert listed(analyst) == {"council-13"}, "those noted are not reminded"
        page = analyst.client.get(LIST).get_data(as_text=True)
        assert all(f"council-{number}<" in page for number in range(5, 14)), "but they are shown"


@pytest.mark.usefixtures("quick_hashes")
def test_who_declines_by_the_form_is_mixed_with_those_who_answer(database_url, tmp_path):
    with watched(tmp_path, database_url, council=12) as (survey, analyst):
        with survey.database.writing() as connection:
            wave = waves.find(connection, "test")
            cases.refuse(connection, cases.find(connection, wave, "council-0"), "2026-01-05")
            case = one_case.find(connection, wave, "council-0")
        assert case.events == ()
        assert case.state == "issued"
        draw_up(survey)
        assert listed(analyst) == set()
        for number in range(1, 5):
            delegate_sends(survey, number, ANSWERS)
        draw_up(survey)
        assert listed(analyst) == everyone("council", 12) - everyone("council", 5)


@pytest.mark.usefixtures("quick_hashes")
def test_lists_are_three_at_most_and_days_apart(database_url, tmp_path):
    with watched(tmp_path, database_url, council=6) as (survey, _):
        wave, today = wave_of(survey), date.fromisoformat(survey.app.extensions["cchc"].today())

        def day(after: int) -> str:
            return (today + timedelta(days=after)).isoformat()

        with survey.database.writing() as connection:
            with pytest.raises(RemindersRefused):
                reminders.plan(connection, wave, [day(0), day(1)])
            reminders.plan(connection, wave, [day(0), day(3), day(6), day(9)])
            assert len(reminders.rounds(connection, wave.id)) == 3
            assert reminders.draw_up(connection, wave, day(0)).number == 1
            for too_early in (0, 1, 2):
                with pytest.raises(RemindersRefused, match="from"):
                    reminders.draw_up(connection, wave, day(too_early))
            reminders.plan(connection, wave, ["", day(3), day(6)])
            assert reminders.draw_up(connection, wave, day(3)).number == 2
            assert reminders.draw_up(connection, wave, day(6)).number == 3
            with pytest.raises(RemindersRefused, match="no round"):
                reminders.draw_up(connection, wave, day(30))
