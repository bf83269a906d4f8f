"""The store's shape: what migrations make is what the tables say, and every step goes both ways."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.tables import metadata


def test_the_newest_migration_makes_exactly_the_tables(database_url):
    database = Database(database_url)
    migrate.upgrade(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_every_migration_goes_up_and_down_again(database_url):
    database = Database(database_url)
    steps = [script.revision for script in migrate.scripts().walk_revisions()][::-1]
    for step in steps:
        migrate.upgrade(database, step)
        assert migrate.current(database) == step
    for before in [*steps[:-1][::-1], "base"]:
        migrate.downgrade(database, before)
    assert migrate.current(database) is None
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(database)
    database.close()


def test_ballots_of_before_there_were_seeds_are_kept_both_ways(database_url):
    database = Database(database_url)
    migrate.upgrade(database, "0001")
    with database.writing() as connection:
        for row in _A_BALLOT:
            connection.exec_driver_sql(row)
    migrate.upgrade(database, "0002")
    assert _rows(database, "SELECT id, about, order_seed FROM ballots") == [("b", "{}", None)]
    migrate.downgrade(database, "0001")
    assert _rows(database, "SELECT id, about FROM ballots") == [("b", "{}")]
    assert "order_seed" not in {
        column["name"] for column in inspect(database.engine).get_columns("ballots")
    }
    database.close()


def test_the_file_current_head_names_the_newest_migration():
    assert migrate.scripts().get_current_head() == migrate.HEAD


def test_bringing_a_current_store_up_to_date_changes_nothing(database_url):
    database = Database(database_url)
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.current(database) == migrate.HEAD
    database.close()


def test_ballots_are_kept_in_the_order_of_their_random_keys_on_sqlite(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    migrate.upgrade(database)
    with database.reading() as connection:
        kept = dict(
            connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            ).all()
        )
    assert "WITHOUT ROWID" in kept["ballots"]
    assert "WITHOUT ROWID" in kept["ratings"]
    assert "WITHOUT ROWID" in kept["drafts"]
    database.close()


_A_BALLOT = [
    """INSERT INTO waves (id, name, study, year, units_on, salt, created_at)
       VALUES (1, 'w', 's', 2026, '2026-01-01', 'x', '2026-01-05T01:00:00+00:00')""",
    """INSERT INTO ballots (id, wave_id, questionnaire, version, grp, sample, stratum, psu, weight,
                            mode, language, pace, about)
       VALUES ('b', 1, 'q', 1, 'g', '', 'all', '', '1', 'web', 'vi', 'usual', '{}')""",
]


def _rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_points_of_before_there_was_a_history_are_its_first_and_count_as_submitted(database_url):
    database = Database(database_url)
    migrate.upgrade(database, "0010")
    with database.writing() as connection:
        connection.exec_driver_sql(_A_BALLOT[0])
        for row in _POINTS:
            connection.exec_driver_sql(row)
    migrate.upgrade(database, "0012")
    history = "SELECT unit, whose, version, points, words, file FROM point_history ORDER BY 1, 2"
    assert _rows(database, history) == [
        ("SNV", "appraised", 1, "4", "", "a.xlsx"),
        ("SNV", "own", 1, "5", "số 12", "a.xlsx"),
        ("STP", "own", 1, "6", "", "b.xlsx"),
    ]
    submitted = "SELECT unit, submitted_at, submitted_by FROM assessments ORDER BY unit"
    assert _rows(database, submitted) == [("SNV", _AT, "lan"), ("STP", _AT, "lan")]
    with database.writing() as connection:  # typed, and not submitted
        connection.exec_driver_sql(_POINTS[1].replace("'STP'", "'SYT'"))
    migrate.downgrade(database, "0010")
    kept = "SELECT unit, self_points, appraised_points FROM self_assessments ORDER BY unit"
    assert _rows(database, kept) == [("SNV", "5", "4"), ("STP", "6", None)]
    database.close()


_AT = "2026-01-05T01:00:00+00:00"
_POINTS = [
    f"""INSERT INTO self_assessments (wave_id, unit, criterion, self_points, appraised_points,
                                      evidence, file, cell, entered_by, entered_at)
        VALUES (1, '{unit}', '1.1', {points}, '{file}', 'D9', 'lan', '{_AT}')"""
    for unit, points, file in (
        ("SNV", "'5', '4', 'số 12'", "a.xlsx"),
        ("STP", "'6', NULL, ''", "b.xlsx"),
    )
]
