"""Stores that tests are given are those that the program makes."""

from __future__ import annotations

from contextlib import closing

import sqlalchemy

from survey_app.store import tables
from survey_app.store.engine.database import Database
from tests.support import stores


def test_an_empty_store_has_the_tables_whichever_way_it_was_made(database_url):
    with closing(Database(database_url)) as database:
        stores.make_tables(database.engine)
        made_for_tests = _shape(database)
        tables.metadata.drop_all(database.engine)
        tables.metadata.create_all(database.engine)
        assert made_for_tests == _shape(database)
        tables.metadata.drop_all(database.engine)
        stores.upgrade(database)
        upgraded_again = _shape(database)
        tables.metadata.drop_all(database.engine)
        with database.writing() as connection:
            connection.exec_driver_sql("DROP TABLE alembic_version")
        stores._upgrade(database)
        assert upgraded_again == _shape(database)


def _shape(database: Database) -> dict[str, tuple[object, ...]]:
    with database.reading() as connection:
        seen = sqlalchemy.inspect(connection)
        return {
            table: (
                [(column["name"], str(column["type"])) for column in seen.get_columns(table)],
                seen.get_pk_constraint(table)["constrained_columns"],
                sorted(str(index["name"]) for index in seen.get_indexes(table)),
                sorted(str(key["constrained_columns"]) for key in seen.get_foreign_keys(table)),
            )
            for table in seen.get_table_names()
        }
