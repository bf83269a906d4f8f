"""Putting a copy of a store back: into an empty place, as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import MetaData, delete, update

from survey_app import file_modes
from survey_app.store.engine.database import Connection, Database
from survey_app.store.tables import jobs, sessions
from survey_app.store.upkeep import contents, server_programs
from survey_app.store.waves import Refused


def what_is_there(database: Database) -> str:
    """What a database holds, in words; blank where it holds no row: a new site is made so."""
    if database.file and not (database.file.exists() and database.file.stat().st_size):
        return ""
    with database.reading() as connection:
        names = contents.tables(connection)
        full = [name for name in sorted(names) if _holds_a_row(connection, name)]
        waves = contents.waves(connection) if "waves" in names else ()
    if not full:
        return ""
    told = ", ".join(f"{wave['name']} ({wave['state']})" for wave in waves)
    return f"rows in {len(full)} tables ({', '.join(full[:3])}...), waves: {told or 'none'}"


def _holds_a_row(connection: Connection, table: str) -> bool:
    if table == "alembic_version":
        return False
    quoted = connection.dialect.identifier_preparer.quote(table)
    return connection.exec_driver_sql(f"SELECT 1 FROM {quoted} LIMIT 1").first() is not None


def put_back(database: Database, copy: Path, kind: str) -> None:
    """Make a copy the store, in place of tables without a row. When this raises, none has one.

    Raises
    ------
    Refused
        Where the copy is of another kind of database.
    """
    if database.is_sqlite != (kind == "sqlite"):
        message = (
            f"the backup is of {kind.replace('-', ' ')}, and CCHC_DATABASE is another kind of "
            "database: set it to an empty one of that kind"
        )
        raise Refused("other-kind", message)
    if database.is_sqlite:
        _put_file(database, copy)
    else:
        _put_dump(database, copy)


def _put_file(database: Database, copy: Path) -> None:
    file = database.file
    assert file is not None
    database.close()  # nothing may look at what is replaced
    with copy.open("rb") as handle:
        os.fsync(handle.fileno())
    copy.chmod(file_modes.FILE)
    for beside in ("-wal", "-shm", "-journal"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    copy.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _put_dump(database: Database, copy: Path) -> None:
    with database.reading() as connection:
        said = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    program = server_programs.find("pg_restore", int(said) // 10_000)
    _drop_empty_tables(database)
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    words.append(f"--dbname={database.url.database}")
    server_programs.run(program, [*words, copy], database.url)


def _drop_empty_tables(database: Database) -> None:
    """Make room in a database that holds no row: what was made of tables is made anew."""
    with database.writing() as connection:
        if any(_holds_a_row(connection, name) for name in contents.tables(connection)):
            raise Refused("site-is-there", "somebody has begun a site in this database meanwhile")
        reflected = MetaData()
        reflected.reflect(connection)
        reflected.drop_all(connection)


def settle(connection: Connection, at: str) -> int:
    """End what ended meanwhile: sessions, and work whose files are not in a backup.

    Returns how many pieces of work were given up; they can be asked for again.
    """
    connection.execute(delete(sessions))
    unfinished = jobs.c.state.in_(("waiting", "running"))
    ended = connection.execute(
        update(jobs)
        .where(unfinished)
        .values(state="cancelled", ended_at=at, lease_until=0, cancel_asked=True)
    )
    return ended.rowcount
