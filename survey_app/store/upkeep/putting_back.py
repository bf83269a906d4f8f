"""Putting a copy of a store back: into an empty place, as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import delete, update

from survey_app import file_modes
from survey_app.store.engine.database import Connection, Database
from survey_app.store.tables import jobs, sessions
from survey_app.store.upkeep import contents, server_programs
from survey_app.store.waves import Refused


def what_is_there(database: Database) -> str:
    """What a database holds, in words; blank where it is empty."""
    if database.is_sqlite:
        if database.file is None or not database.file.exists():
            return ""
        if not database.file.stat().st_size:
            return ""
    with database.reading() as connection:
        names = contents.tables(connection)
        if not names:
            return ""
        waves = contents.waves(connection) if "waves" in names else ()
        told = ", ".join(f"{wave['name']} ({wave['state']})" for wave in waves)
    return f"{len(names)} tables, waves: {told or 'none'}"


def put_back(database: Database, copy: Path, kind: str) -> None:
    """Make a copy the store. When this raises, the store is as empty as it was.

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
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl"]
    words.append(f"--dbname={database.url.database}")
    server_programs.run(program, [*words, copy], database.url)


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
