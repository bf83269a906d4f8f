"""A streaming replica of a throw-away PostgreSQL: what an office has that copies its server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tests.support import postgres

PORT = 5433
"""Names the socket; nothing listens on the net."""


@contextmanager
def standby(url: str) -> Iterator[tuple[str, Path]]:
    """A replica of the server of a database: its URL of that database, and its folder of data.

    Raises
    ------
    NoPostgres
        Where no copy can be made.
    """
    source = Path(str(make_url(url).query["host"]))
    programs = _programs(source)
    owner = source.stat()
    person = (
        {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        if os.geteuid() == 0
        else {}
    )
    folder = Path(tempfile.mkdtemp(prefix="cchc-sb", dir=source.parent))
    try:
        if person:
            os.chown(folder, owner.st_uid, owner.st_gid)
        _copy(programs, source, folder, person)
        with postgres.running(programs, folder, person):
            yield f"{url.replace(str(source), str(folder))}&port={PORT}", folder / "data"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def can_be_had() -> bool:
    """Whether the programs are here that copy a server and read its log."""
    try:
        programs = postgres.find_programs()
    except postgres.NoPostgres:
        return False
    return all((programs / name).exists() for name in ("pg_basebackup", "pg_waldump"))


def _programs(source: Path) -> Path:
    """Where the running server's programs stand."""
    started = (source / "data" / "postmaster.opts").read_text().split()[0]
    return Path(started.strip('"')).parent


def _copy(programs: Path, source: Path, folder: Path, person: dict[str, object]) -> None:
    command = [programs / "pg_basebackup", "-D", folder / "data", "-h", source, "-U", "postgres"]
    command += ["-X", "stream", "-c", "fast", "--no-sync", "--write-recovery-conf"]
    copied = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=postgres.ENVIRONMENT,
        **person,  # type: ignore[call-overload]
    )
    if copied.returncode != 0:
        raise postgres.NoPostgres(f"pg_basebackup failed:\n{copied.stderr}")
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"unix_socket_directories = '{folder}'\nport = {PORT}\nwal_keep_size = '1GB'\n")
