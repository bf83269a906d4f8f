"""The invented survey of an earlier version goes on under this one, without being asked."""

from __future__ import annotations

from collections.abc import Collection

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.upkeep import contents


def bring_up_to_date(database: Database, invented: Collection[str]) -> None:
    """Make or upgrade the tables; never those of a site that has waves of its own.

    Raises
    ------
    EarlierDatabase
    """
    if migrate.current(database) is not None:
        with database.reading() as connection:
            names = {wave["name"] for wave in contents.waves(connection)}
        if not names <= set(invented):
            migrate.begin(database)
    migrate.upgrade(database)
