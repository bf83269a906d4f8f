"""Lists, draws and reserves on either database: kept, taken once, and gone with the contacts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from survey_app.questionnaire import library
from survey_app.sampling.drawing import Drawn, draw
from survey_app.sampling.population import Population
from survey_app.store import removal, waves
from survey_app.store import tables as t
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Connection, Database
from survey_app.store.sample import cases, draws, population_lists, substitutions
from survey_app.store.sample.draws import DrawRefused
from survey_app.store.waves import Wave, WaveState
from tests.builders import write_study
from tests.sampling.lists import design, listed, people, person

AT, TODAY = "2026-01-05T01:00:00+00:00", "2026-01-05"
LIST = listed(people({"a": 30, "b": 12}, unit="SNV"))
DESIGN = design("stratified", 14, reserve=50)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def wave(database: Database, tmp_path: Path) -> Wave:
    name = write_study(tmp_path)
    with database.writing() as connection:
        study = library.study(name, tmp_path)
        return waves.create(connection, "test", study, 2026, date(2026, 1, 1), AT)


def recorded(
    connection: Connection, wave: Wave, population: Population = LIST
) -> tuple[int, Drawn]:
    drawn = draw(population, DESIGN)
    number = draws.keep_draw(
        connection, wave, DESIGN, drawn, file="dan-so.csv", people=42, by="lan", at=AT
    )
    return number, drawn


def count(connection: Connection, name: str) -> int:
    return connection.execute(
        select(func.count()).select_from(t.metadata.tables[name])
    ).scalar_one()


def test_a_list_comes_back_as_it_was_and_a_second_takes_its_place(
    database: Database, wave: Wave
) -> None:
    with database.writing() as connection:
        population_lists.keep_list(connection, wave, LIST, "dan-so.csv", "lan", AT)
        back = population_lists.population(connection, wave.id)
        assert draw(back, DESIGN).digest == draw(LIST, DESIGN).digest
        sizes = population_lists.sizes(connection, wave.id)
        assert [(place[1], place[2], place[3]) for place in sizes] == [("a", 30, 0), ("b", 12, 0)]
        shorter = listed(people({"a": 3}, unit="SNV"))
        population_lists.keep_list(connection, wave, shorter, "khac.csv", "lan", AT)
        about = population_lists.kept_list(connection, wave.id)
        assert about is not None
        assert (about.file, about.people, about.left) == ("khac.csv", 3, 3)


def test_a_draw_is_taken_once_with_frame_and_reserve(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        number, drawn = recorded(connection, wave)
        assert draws.take(connection, wave, number, drawn, "lan", AT) == 14
        assert tuple(cases.drawn(connection, wave.id)) == drawn.cases
        assert set(cases.frame(connection, wave.id)) == set(drawn.frame)
        assert sum(substitutions.in_reserve(connection, wave.id).values()) == 7
        with pytest.raises(DrawRefused, match="already"):
            draws.take(connection, wave, number, drawn, "lan", AT)
        kept = draws.find_draw(connection, wave.id, number)
        assert (kept.design, kept.taken_at, kept.digest) == (DESIGN, AT, drawn.digest)
        assert [each["drawn"] for each in kept.strata] == [10, 4]
        with pytest.raises(draws.NoSuchDraw):
            draws.find_draw(connection, wave.id + 1, number)


def test_a_draw_that_comes_out_otherwise_now_is_not_taken(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        number, _ = recorded(connection, wave)
        longer = listed([*LIST.people, person(77, unit="SNV", stratum="a")])
        with pytest.raises(DrawRefused, match="otherwise"):
            draws.take(connection, wave, number, draw(longer, DESIGN), "lan", AT)
        assert count(connection, "cases") == 0


def test_the_frame_of_other_samples_stays(database: Database, wave: Wave) -> None:
    with database.writing() as connection:
        other = listed(people({"a": 9}, unit="STP"))
        cases.import_frame(connection, wave, draw(other, design("all")).frame)
        number, drawn = recorded(connection, wave)
        draws.take(connection, wave, number, drawn, "lan", AT)
        frame = {(each.unit, each.stratum): each.population
                 for each in cases.frame(connection, wave.id)}  # fmt: skip
        assert frame == {("SNV", "a"): 30, ("SNV", "b"): 12, ("STP", "all"): 9}


def test_the_next_of_the_same_stratum_stands_in_and_the_outcome_stays(
    database: Database, wave: Wave
) -> None:
    with database.writing() as connection:
        number, drawn = recorded(connection, wave)
        draws.take(connection, wave, number, drawn, "lan", AT)
        cases.issue_invitations(connection, wave, TODAY)
        case = next(each for each in drawn.cases if each.stratum == "b")
        first = next(each for each in drawn.reserve if each.stratum == "b")
        told = {"day": TODAY, "by": "lan", "at": AT}
        with pytest.raises(DrawRefused, match="nothing is noted"):
            substitutions.substitute(connection, wave, case.label, "", **told)
        cases.add_event(connection, cases.find(connection, wave, case.label), "refused", TODAY)
        swapped = substitutions.substitute(connection, wave, case.label, "bận", **told)
        assert (swapped.by_label, swapped.outcome) == (first.label, "2.111")
        assert substitutions.of_wave(connection, wave.id) == (swapped,)
        assert first in tuple(cases.drawn(connection, wave.id))
        reached = connection.execute(
            select(t.contacts.c.phone).where(
                t.contacts.c.case_id == cases.find(connection, wave, first.label)
            )
        ).scalar_one()
        assert reached == drawn.contacts[first.label].phone
        events = {known.label: known.history.events
                  for known in cases.histories(connection, wave.id)}  # fmt: skip
        assert events[case.label] == ("issued", "refused", "revoked")


def test_with_the_contacts_everybody_goes_who_was_only_listed_and_counts_stay(
    database: Database, wave: Wave
) -> None:
    with database.writing() as connection:
        population_lists.keep_list(connection, wave, LIST, "dan-so.csv", "lan", AT)
        number, drawn = recorded(connection, wave)
        draws.take(connection, wave, number, drawn, "lan", AT)
        cases.add_event(
            connection, cases.find(connection, wave, drawn.cases[0].label), "dead", TODAY
        )
        substitutions.substitute(
            connection, wave, drawn.cases[0].label, "ông Lò Văn An mất", day=TODAY, by="lan", at=AT
        )
        with pytest.raises(WaveState):
            cases.purge_contacts(connection, wave, AT)
        connection.execute(update(t.waves).values(opened_at=AT, closed_at=AT))
        cases.purge_contacts(connection, waves.find(connection, "test"), AT)
        assert count(connection, "population_people") == count(connection, "reserve_people") == 0
        assert count(connection, "contacts") == 0
        assert [each.reason for each in substitutions.of_wave(connection, wave.id)] == [""]
        about = population_lists.kept_list(connection, wave.id)
        assert about is not None
        assert (about.people, about.left) == (42, 0)
        assert draws.draws(connection, wave.id)[0].drawn == 14


def test_a_replaced_sample_takes_its_reserve_along_and_a_deleted_wave_everything(
    database: Database, wave: Wave
) -> None:
    with database.writing() as connection:
        population_lists.keep_list(connection, wave, LIST, "dan-so.csv", "lan", AT)
        number, drawn = recorded(connection, wave)
        draws.take(connection, wave, number, drawn, "lan", AT)
        cases.add_event(
            connection, cases.find(connection, wave, drawn.cases[0].label), "dead", TODAY
        )
        told = {"day": TODAY, "by": "lan", "at": AT}
        substitutions.substitute(connection, wave, drawn.cases[0].label, "", **told)
        removal.drop_sample(connection, wave)
        assert count(connection, "reserve_people") == count(connection, "substitutions") == 0
        assert count(connection, "population_people") == 42
        number, drawn = recorded(connection, wave)
        draws.take(connection, wave, number, drawn, "lan", AT)
        removal.delete_wave(connection, wave, "lan", AT)
        for name in ("population_lists", "population_people", "draws", "reserve_people"):
            assert count(connection, name) == 0
