"""What is taken away goes whole, with all that hangs on it, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey_app.store import removal, waves
from survey_app.store import tables as t
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.sample import cases
from survey_app.store.waves import WaveState
from tests.fielded import Fielded, field


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    migrate.upgrade(made)
    yield made
    made.close()


def planned(database: Database, folder: Path) -> Fielded:
    """A planned wave with a frame, links, contacts, events, and counts that were shown."""
    fielded = field(database, folder, opened=False)
    with database.writing() as connection:
        mine = connection.execute(select(t.cases.c.id)).scalars().all()
        connection.execute(t.contacts.insert().values(case_id=mine[0], name="Lan"))
        cases.add_event(connection, mine[0], "refused", "2026-01-05")
        assert connection.execute(select(t.kept_counts)).all()
    return fielded


def counted(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in t.metadata.tables.items()
        }


def test_a_deleted_wave_leaves_its_number_and_nothing_else(
    database: Database, tmp_path: Path
) -> None:
    fielded = planned(database, tmp_path)
    with database.writing() as connection:
        removal.delete_wave(connection, fielded.wave, "lan", "2026-01-06T00:00:00+00:00")
    assert {name for name, rows in counted(database).items() if rows} == {"deleted_waves"}
    again = field(database, tmp_path, opened=False)
    assert again.wave.id > fielded.wave.id


def test_a_sample_that_is_dropped_leaves_frame_and_texts(
    database: Database, tmp_path: Path
) -> None:
    fielded = planned(database, tmp_path)
    before = counted(database)
    with database.writing() as connection:
        stake = removal.sample_at_stake(connection, fielded.wave)
        removal.drop_sample(connection, fielded.wave)
    assert (stake.cases, stake.links, stake.contacts, stake.events) == (3, 3, 1, 1)
    gone = {name for name, rows in counted(database).items() if rows != before[name]}
    assert gone == {"cases", "contacts", "events", "invitations", "unspent"}


def test_what_is_open_or_answered_stays(database: Database, tmp_path: Path) -> None:
    fielded = field(database, tmp_path)
    for take in (
        lambda connection: removal.delete_wave(connection, fielded.wave, "lan", "now"),
        lambda connection: removal.drop_sample(connection, fielded.wave),
    ):
        with pytest.raises(WaveState), database.writing() as connection:
            take(connection)
    with database.writing() as connection:
        waves.close(connection, fielded.wave, "2026-02-01T00:00:00+00:00")
        connection.execute(t.unspent.delete())
    with database.reading() as connection:
        closed = waves.find(connection, "test")
    with pytest.raises(WaveState, match="holds answers"), database.writing() as connection:
        removal.delete_wave(connection, closed, "lan", "now")
