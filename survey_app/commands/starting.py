"""What must hold before the site is served: better no site than one that loses what people send."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from survey_app.commands.opened import say
from survey_app.identity import second_factor
from survey_app.serving import limits
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import health, migrate
from survey_app.store.engine.database import Database, StoreDamaged
from survey_app.store.identity import accounts
from survey_app.web import House

_NO_STORE = (
    "there is no database {at}: set CCHC_DATA or CCHC_DATABASE to where it is, "
    "or begin a new one with `cchc db upgrade`"
)
_TOO_FEW_FILES = (
    "this process may open {files} files and needs {needed}: raise the limit, by `ulimit -n 16384` "
    "or by LimitNOFILE=16384 in the systemd unit"
)
_MANY_CONNECTIONS = 1000


@contextmanager
def pausing(seconds: int) -> Iterator[None]:
    """Where the site cannot be served, say so, and end after so many seconds.

    Whoever starts it anew as soon as it has ended would do nothing else all night.
    """
    try:
        yield
    except Exception as error:
        if seconds:
            said = error.format_message() if isinstance(error, click.ClickException) else str(error)
            say(f"{said}\nThis ends in {seconds} seconds.")
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
            time.sleep(seconds)
        raise


def make_ready(settings: Settings) -> None:
    """See that the store is there, of this version, sound, and in a folder that can be written.

    Raises
    ------
    click.ClickException
        With what is missing, and what to do.
    EarlierDatabase
    LaterDatabase
    StoreDamaged
    """
    _need_files()
    with closing(Database(settings.database_url)) as database:
        at = f"at {database.file}" if database.file else f"on {database.url.host or 'the server'}"
        if database.file and not database.file.exists():
            raise click.ClickException(_NO_STORE.format(at=at))
        for folder in {settings.data_folder, database.file.parent if database.file else None}:
            if folder:
                _need_to_write(folder)
        if migrate.current(database) is None:
            raise click.ClickException(_NO_STORE.format(at=at))
        migrate.begin(database)
        if fault := health.look_thoroughly(database):
            raise StoreDamaged(fault)
        with database.reading() as connection:
            if not waves.list_(connection):
                say(f"There is no wave yet in the database {at}: every link is unknown.")


def tell_of_sign_in(settings: Settings) -> None:
    """Say what is to be known of signing in: that there is no account, or no second factor."""
    if settings.sign_in.second_factor == "none":
        say(
            "warning: no second factor is asked (CCHC_SECOND_FACTOR=none): a password that is "
            "guessed or read lets in administrators and approvers too"
        )
    with closing(Database(settings.database_url)) as database:
        with database.reading() as connection:
            if not accounts.is_empty(connection):
                return
        code = second_factor.setup_code()
        with database.writing() as connection:
            digest = second_factor.digest_of_setup(code)
            accounts.keep_setup_code(connection, digest, House(settings, database).stamp())
    say(f"There is no account yet. Open {settings.public_url}/quan-tri/thiet-lap-lan-dau")
    say(f"and make the first administrator with this code, which is used once: {code}")


def _need_files() -> None:
    limits.open_more_files()
    connections = limits.connections_here()
    if connections < limits.FEWEST_CONNECTIONS:
        files, needed = limits.OWN_FILES + connections, limits.OWN_FILES + limits.FEWEST_CONNECTIONS
        raise click.ClickException(_TOO_FEW_FILES.format(files=files, needed=needed))
    if connections < _MANY_CONNECTIONS and connections != limits.CONNECTIONS_BY_SELECT:
        say(
            f"Each process holds {connections} connections: it may open no more files "
            "(`ulimit -n 16384` or LimitNOFILE=16384 gives it more)."
        )


def _need_to_write(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
