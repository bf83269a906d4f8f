"""Waves open and close by themselves: once, on the minute, and never against what blocks them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from survey_app.conduct import timetable
from survey_app.settings import Settings
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.respondent.live_survey import LiveSurvey, Mobile, live_survey
from tests.support.apart import APART, Started

pytestmark = pytest.mark.usefixtures("quick_processes")

OPENS, CLOSES = datetime(2026, 3, 2, 0, 30, tzinfo=UTC), datetime(2026, 3, 20, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def planned(survey: LiveSurvey, clock: Clock, **more: Any) -> House:
    """The survey's house by this clock, and its wave with both its times set."""
    house: House = survey.app.extensions["cchc"]
    house.clock = clock
    set_ = {"opens_at": kept(OPENS), "closes_at": kept(CLOSES), **more}
    with survey.database.writing() as connection:
        connection.execute(update(t.waves).values(**set_))
    return house


def kept(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def state(survey: LiveSurvey) -> str:
    with survey.database.reading() as connection:
        return waves.find(connection, "test").state


def logged(survey: LiveSurvey) -> list[tuple[str, str]]:
    rows = survey.rows("SELECT who, action FROM audit ORDER BY id")
    return [(who, action) for who, action in rows if action.startswith("wave-")]


def test_a_wave_opens_and_closes_at_its_times_and_each_is_in_the_log_once(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, citizens=6, opened=False) as survey:
        clock = Clock(OPENS - SECOND)
        house = planned(survey, clock)
        for at, expected in (
            (OPENS - SECOND, "planned"),
            (OPENS, "open"),
            (CLOSES - SECOND, "open"),
            (CLOSES, "closed"),
        ):
            clock.at = at
            timetable.look(house)
            timetable.look(house)
            assert state(survey) == expected, at
        assert logged(survey) == [("timetable", "wave-open"), ("timetable", "wave-close")]


def test_a_respondents_page_goes_by_the_same_times_to_the_second(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, citizens=6, opened=False) as survey:
        clock = Clock(OPENS - SECOND)
        house = planned(survey, clock, title_vi="Khảo sát năm 2026", contact_vi="Bà Hà, 0212 1")
        phone = survey.phone("citizens", 0)
        page = phone.open()
        assert page.status == 403
        for words in ("Khảo sát năm 2026", "07:30 02/03/2026", "17:00 20/03/2026", "Bà Hà"):
            assert words in page.html
        clock.at = OPENS
        timetable.look(house)
        answer_but_not_send(phone)
        clock.at = CLOSES  # nobody has looked at the times yet
        assert state(survey) == "open"
        assert phone.press("send").status == 410
        assert survey.rows("SELECT COUNT(*) FROM sealed_ballots")[0][0] == 0
        assert survey.phone("citizens", 1).open().status == 410


def answer_but_not_send(phone: Mobile) -> None:
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age="40")
    phone.press("next", leadership="B")
    assert "send" in phone.page.buttons


def test_a_form_that_is_being_sent_when_the_time_passes_is_not_taken(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, citizens=6, opened=False) as survey:
        clock = Clock(OPENS)
        house = planned(survey, clock)
        timetable.look(house)
        phone = survey.phone("citizens", 0)
        answer_but_not_send(phone)
        looked_at: list[datetime] = []

        def passes_meanwhile() -> datetime:  # the first look finds it open, the next does not
            looked_at.append(CLOSES - SECOND if not looked_at else CLOSES)
            return looked_at[-1]

        house.clock = passes_meanwhile
        assert phone.press("send").status == 410
        assert survey.rows("SELECT COUNT(*) FROM sealed_ballots")[0][0] == 0
        assert len(looked_at) > 1


def test_what_blocks_a_wave_holds_it_back_and_is_said_once(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, citizens=6, opened=False) as survey:
        house = planned(survey, Clock(OPENS))
        survey.run("UPDATE strata SET population = 1")
        for _ in range(3):
            timetable.look(house)
        assert state(survey) == "planned"
        assert logged(survey) == [("timetable", "wave-open-blocked")]
        assert survey.rows("SELECT held_back FROM waves") == [("over-drawn",)]
        survey.run("UPDATE strata SET population = 500")
        timetable.look(house)
        assert state(survey) == "open"
        assert survey.rows("SELECT held_back FROM waves") == [("",)]


def test_ballots_that_somebody_must_accept_stay_sealed_when_a_wave_closes_by_itself(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, citizens=6, opened=False) as survey:
        clock = Clock(OPENS)
        house = planned(survey, clock)
        timetable.look(house)
        phone = survey.phone("citizens", 0)
        answer_but_not_send(phone)
        assert phone.press("send").receipt
        clock.at = CLOSES
        timetable.look(house)
        timetable.look(house)
        assert state(survey) == "closed"
        assert survey.rows("SELECT COUNT(*) FROM sealed_ballots")[0][0] == 1
        assert survey.rows("SELECT COUNT(*) FROM ballots")[0][0] == 0
        assert logged(survey)[-1] == ("timetable", "wave-close")


def test_a_machine_without_keys_leaves_it_to_the_one_that_has_them(tmp_path: Path) -> None:
    with live_survey(tmp_path, citizens=6, opened=False) as survey:
        with_keys = planned(survey, Clock(OPENS))
        settings = replace(with_keys.settings, keys="none")
        timetable.look(House(settings, survey.database, Clock(OPENS)))
        assert state(survey) == "planned"


def _look_at_once(url: str, folder: str, started: Any, at: str) -> None:
    """One serving process, which looks at the times when all others do."""
    database = Database(url)
    moment = datetime.fromisoformat(at)
    house = House(Settings(Path(folder), url, "k" * 40), database, lambda: moment)
    started.wait(timeout=60)
    timetable.look(house)
    database.close()


@pytest.mark.parametrize("at", [OPENS, CLOSES], ids=["opening", "closing"])
def test_two_processes_that_look_at_once_open_and_close_a_wave_once(
    database_url: str, tmp_path: Path, at: datetime
) -> None:
    with live_survey(tmp_path, url=database_url, citizens=6, opened=False) as survey:
        house = planned(survey, Clock(OPENS))
        if at == CLOSES:
            timetable.look(house)
        started = APART.Barrier(3)
        told = (database_url, str(tmp_path), started, kept(at))
        processes = [Started(_look_at_once, *told) for _ in range(3)]
        assert [process.wait(90) for process in processes] == [0, 0, 0]
        done = [("timetable", "wave-open"), ("timetable", "wave-close")]
        assert logged(survey) == done[: 1 + (at == CLOSES)]
        assert len(survey.rows("SELECT id FROM epochs WHERE is_current")) == (at == OPENS)
