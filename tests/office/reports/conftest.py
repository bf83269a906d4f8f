from __future__ import annotations

from collections.abc import Iterator

import pytest

from survey_app.office.documents import gathering
from survey_app.office.documents.reports.telling import Telling
from survey_app.questionnaire import library
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.reports.printed import told
from tests.office.scored import answered, house_at, kept_scorecard
from tests.support.stores import make_tables


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Wave, Scorecard]]:
    """Twenty departments; three citizens were asked about the first one."""
    folder = tmp_path_factory.mktemp("reports")
    database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
    make_tables(database.engine)
    house = house_at(database, folder)
    wave = answered(house, library.study("sonla/2025-department"), few=3, year=2025)
    yield house, wave, kept_scorecard(house, wave)
    database.close()


@pytest.fixture(scope="session")
def telling(world: tuple[House, Wave, Scorecard]) -> Telling:
    house, wave, card = world
    shown = gathering.results_of(house, wave, card)
    return told(house, shown)


@pytest.fixture(scope="session")
def public(world: tuple[House, Wave, Scorecard]) -> Telling:
    house, wave, card = world
    return told(house, gathering.public_results(house, wave, card))
