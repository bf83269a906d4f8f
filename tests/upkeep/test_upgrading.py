"""Upgrades say what they will do, do it after a backup, and leave no old process guessing."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import Any

import pytest
from sqlalchemy import Boolean, Float, Integer, LargeBinary, MetaData, insert
from sqlalchemy.exc import DatabaseError

from benchmarks.upgrade import fill
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.counts import recount
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.upkeep import contents, shapes
from survey_app.upkeep import upgrading
from survey_app.web import House


@pytest.fixture(scope="module")
def steps():
    """Every change of the tables since there were any."""
    return shapes.steps(None)


A_WAVE = """
    INSERT INTO waves (id, name, study, year, units_on, salt, created_at, opened_at)
    VALUES (1, 'w', 's', 2026, '2026-01-01', 'x', '2026-01-05T01:00:00+00:00', '2026-01-06')"""


def filled(database: Database) -> dict[str, dict[str, Any]]:
    """One row in every table that takes one, as a process of this version writes it."""
    seen = MetaData()
    seen.reflect(database.engine)
    rows = {}
    for table in seen.sorted_tables:
        row = {column.name: _value(column.type) for column in table.columns}
        with suppress(DatabaseError), unchecked(database) as connection:
            connection.execute(insert(table).values(**row))
            rows[table.name] = row
    return rows


def unchecked(database: Database):
    """A transaction that does not look where keys lead."""
    connection = database._bare.connect()
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    return connection


def _value(kind: Any) -> Any:
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return 1
    return b"x" if isinstance(kind, LargeBinary) else "1"


def test_what_a_process_of_before_writes_is_taken_where_it_may_go_on(steps, tmp_path):
    revisions = [step.revision for step in steps]
    additive = [step.revision for step in steps[1:] if not step.obstacles]
    assert additive
    for revision in additive:
        before = revisions[revisions.index(revision) - 1]
        with (
            closing(Database(f"sqlite:///{tmp_path / f'{revision}-before'}")) as old,
            closing(Database(f"sqlite:///{tmp_path / f'{revision}-after'}")) as new,
        ):
            migrate.upgrade(old, before)
            migrate.upgrade(new, revision)
            rows, seen = filled(old), MetaData()
            assert len(rows) > 10
            seen.reflect(old.engine)
            for name, row in rows.items():
                with unchecked(new) as connection:
                    connection.execute(insert(seen.tables[name]).values(**row))


def test_it_is_known_which_changes_need_the_old_version_stopped(steps):
    said = {step.revision: step.obstacles for step in steps}
    assert said["0001"] == (), "nothing was there"
    assert "drafts.revision is gone" in said["0003"]
    assert "table analysts is gone" in said["0005"]
    assert said["0006"] == (), "a new table is in nobody's way"
    assert "one person publish" in said["0013"][0]
    assert all(step.what for step in steps)
    assert shapes.steps(migrate.HEAD) == ()


def test_a_store_of_the_first_version_with_many_rows_comes_up_to_date_and_keeps_them(
    database_url,
):
    cases = 600
    sent = cases * 6 // 10 - 1
    with closing(Database(database_url)) as database:
        migrate.upgrade(database, migrate.known()[0])
        fill(database, 600)
        migrate.upgrade(database)
        with database.reading() as connection:
            (wave,) = waves.list_(connection)
            assert not recount.differences(connection, wave.id)
            assert contents.shown_counts(connection)["w"]["cases"] == cases
            for table, rows in (("contacts", cases), ("ballots", sent), ("ratings", 2 * sent)):
                kept = connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar()
                assert kept == rows


@pytest.fixture
def old(database_url, tmp_path):
    """A site with the tables of before points had a history."""
    data = tmp_path / "data"
    data.mkdir()
    database = Database(database_url)
    migrate.upgrade(database, "0010")
    with database.writing() as connection:
        connection.exec_driver_sql(A_WAVE)
    yield House(Settings(data, database_url, "k" * 40), database)
    database.close()


def test_what_would_happen_is_told_and_nothing_is_done(old):
    forecast = upgrading.foresee(old)
    assert [step.revision for step in forecast.steps][:2] == ["0012", "0013"]
    assert forecast.open_waves == ("w",)
    assert not forecast.may_overlap
    assert forecast.size > 0
    assert forecast.seconds > 0
    assert forecast.is_measured == old.database.is_sqlite
    assert forecast.backup_hours is None
    assert migrate.current(old.database) == "0010"
    assert not list(old.settings.data_folder.glob(".backup-*"))


def test_an_upgrade_can_be_taken_back_only_by_the_backup_before_it(old, safe, elsewhere):
    made = safe.back_up(old)
    assert made.mixed is None, "this version does not know the old tables"
    assert made.manifest.about.schema == "0010"
    upgrading.upgrade(old, "test")
    assert migrate.current(old.database) == migrate.HEAD
    assert upgrading.foresee(old).steps == ()
    hours = upgrading.foresee(old).backup_hours
    assert hours is not None
    assert hours < 1
    safe.restore(made, elsewhere)
    with closing(Database(elsewhere.database_url)) as again:
        assert migrate.current(again) == migrate.HEAD, "and is brought to this version again"
        with again.reading() as connection:
            assert [wave["name"] for wave in contents.waves(connection)] == ["w"]


def test_a_version_that_meets_later_tables_stops(old, safe):
    with old.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for deed in (
        lambda: migrate.upgrade(old.database),
        lambda: upgrading.foresee(old),
        lambda: safe.back_up(old),
    ):
        with pytest.raises(migrate.LaterDatabase, match="restore a backup of before"):
            deed()
