"""Bringing a store's tables up to date, by Alembic and without a configuration file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from survey_app.store.engine.database import Connection, Database

Also = Callable[[Connection], object]

_SCRIPTS = Path(__file__).parents[1] / "migrations"
HEAD = (_SCRIPTS / "current-head").read_text(encoding="ascii").strip()
"""The newest migration. In a file, so that two made in parallel conflict in git."""


class OtherTables(Exception):
    """The tables are of another version of this program than the one that runs."""


class EarlierDatabase(OtherTables):
    """The tables are of an earlier version: `cchc upgrade` changes them, and nothing else."""

    def __init__(self, at: str) -> None:
        super().__init__(
            f"the tables of the database are at {at}, and this version needs them at {HEAD}: "
            "`cchc upgrade --check` says what would happen, and `cchc upgrade --backup FILE` makes "
            "a backup and brings them up to date; nothing was changed"
        )


class LaterDatabase(OtherTables):
    """A later version of this program has been here: this one does not know these tables."""

    def __init__(self, at: str) -> None:
        super().__init__(
            f"the database is at {at}, of a later version of this program, and this one knows up "
            f"to {HEAD}: run the later version. To go back to this one, restore a backup of before"
        )


def begin(database: Database) -> None:
    """Make the tables of an empty store; those of one that has some are left as they are.

    Raises
    ------
    EarlierDatabase
    LaterDatabase
    """
    at = current(database)
    if at is None:
        upgrade(database)
    elif at != HEAD:
        refuse_later(at)
        raise EarlierDatabase(at)


def upgrade(database: Database, to: str = "head", then: Also = lambda _: None) -> None:
    """Make every table that is missing; what is there keeps its rows.

    `then` is done in the same transaction: all of it is there afterwards, or nothing.

    Raises
    ------
    LaterDatabase
    """
    at = current(database)
    if to == "head" and at == HEAD:
        return
    refuse_later(at)
    with database.writing() as connection:
        command.upgrade(_config(connection), to)
        then(connection)


def downgrade(database: Database, to: str) -> None:
    """Go back to an earlier shape. Rows of tables that go are lost."""
    with database.writing() as connection:
        command.downgrade(_config(connection), to)


def current(database: Database) -> str | None:
    """The migration that the store is at; None for an empty store."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def refuse_later(at: str | None) -> None:
    """Stop where the tables are of a later version.

    Raises
    ------
    LaterDatabase
    """
    if at is not None and at not in known():
        raise LaterDatabase(at)


def known() -> tuple[str, ...]:
    """Every migration that this version knows, the oldest first."""
    return tuple(script.revision for script in scripts().walk_revisions())[::-1]


def told_of(revision: str) -> tuple[str, str]:
    """What a migration does; and why no process of before may go on beside it, where it says so.

    It says so by `ALONE`, where the tables would allow it and their meaning does not.
    """
    script = scripts().get_revision(revision)
    return (script.doc or "").strip().splitlines()[0], str(getattr(script.module, "ALONE", ""))


def scripts() -> ScriptDirectory:
    """The migrations, in folders of ten."""
    return ScriptDirectory(str(_SCRIPTS), recursive_version_locations=True)


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("recursive_version_locations", "true")  # ten to a folder
    config.attributes["connection"] = connection
    return config
