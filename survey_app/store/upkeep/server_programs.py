"""PostgreSQL's own programs: found in the version of the server, given no secret as an argument."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import URL

from survey_app.store.waves import Refused

FOLDERS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora and Red Hat
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "usr/local/pgsql/bin",
)

_OF_LIBPQ = {
    "host": "PGHOST",
    "port": "PGPORT",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def find(name: str, major: int, path: str | None = None) -> Path:
    """A program of the server's major version, on the search path or in the systems' folders.

    Another version is not taken: an older one refuses the server, and what a newer one writes an
    older server may not read.

    Raises
    ------
    Refused
    """
    seen: list[str] = []
    for program in _candidates(name, path):
        version = _version(program)
        if version == major:
            return program
        seen.append(f"{program} is of version {version or 'unknown'}")
    others = "; ".join(seen) or "none is here"
    message = (
        f"{name} of PostgreSQL {major} is needed, the version of the server ({others}): install "
        f"the package postgresql-client-{major}, or put its folder on PATH"
    )
    raise Refused("no-server-program", message)


def _candidates(name: str, path: str | None) -> Iterable[Path]:
    if on_path := shutil.which(name, path=path):
        yield Path(on_path)
    for pattern in FOLDERS:
        for folder in sorted(Path("/").glob(pattern), reverse=True):
            if (folder / name).is_file():
                yield folder / name


@cache
def _version(program: Path) -> int | None:
    """The major version that a program says it has."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    told = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(told[1]) if told else None


def environment(url: URL) -> dict[str, str]:
    """How a program reaches the database of a URL: by its environment, never by its arguments."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    parts = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username}
    parts |= {"PGPASSWORD": url.password, "PGDATABASE": url.database}
    for name, value in url.query.items():
        if name in _OF_LIBPQ:
            parts[_OF_LIBPQ[name]] = value if isinstance(value, str) else ",".join(value)
    told |= {name: str(value) for name, value in parts.items() if value is not None}
    return told | {"PGCONNECT_TIMEOUT": "30"}


def run(program: Path, arguments: Sequence[object], url: URL | None = None) -> str:
    """Run a program until it ends well; gives what it printed.

    Raises
    ------
    Refused
        With what it said. Its standard error names tables and files, and no value of a row.
    """
    command = [str(word) for word in (program, *arguments)]
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment(url) if url else None,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        told = said[0] if said else f"status {ended.returncode}"
        raise Refused("server-program-failed", f"{program.name} did not succeed: {told}")
    return ended.stdout
