"""What every command needs: the settings, the migrated store, the time, and one way to fail."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import click

from analysis.problems import Problem, ProblemsFound
from survey_app import file_modes
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine.database import (
    Connection,
    Database,
    NotStorable,
    StoreBusy,
    StoreDamaged,
)
from survey_app.store.engine.migrate import OtherTables
from survey_app.store.waves import NoSuchWave, Refused, Wave
from survey_app.web import House

P = ParamSpec("P")
R = TypeVar("R")

OTHER_VERSION = 78
"""The status of a command whose tables are of another version: until somebody does something, it
ends like this each time (`EX_CONFIG` in sysexits.h). A supervisor need not try again."""

WAVE = click.argument("name", metavar="WAVE")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")


def private_settings() -> Settings:
    """The settings; says where others on this machine can read what should be the site's alone.

    Raises
    ------
    click.ClickException
        When names and phone numbers can be read by others and that cannot be mended from here.
    """
    settings = Settings.from_environment()
    file = settings.database_file
    try:
        for each in file_modes.close_database(file) if file else ():
            say(f"others could read {each}: now only its owner can")
    except OSError as error:
        raise click.ClickException(
            f"others can read {error.filename}, with names and phone numbers in it: "
            f"let its owner run `chmod 600 {error.filename}`"
        ) from error
    folder = settings.data_folder
    if folder.is_dir() and file_modes.is_open(folder):
        say(f"warning: others can look into {folder}: run `chmod 700 {folder}`")
    return settings


@contextmanager
def house() -> Iterator[House]:
    """The installation that the environment describes; an empty store gets its tables.

    Raises
    ------
    EarlierDatabase
        They are changed by `cchc upgrade` alone, which makes a backup before.
    LaterDatabase
    """
    from survey_app.store.engine import migrate

    settings = private_settings()
    database = Database(settings.database_url)
    try:
        migrate.begin(database)
        yield House(settings, database)
    finally:
        database.close()


@contextmanager
def unmigrated() -> Iterator[House]:
    """The installation with its tables as they are: for what has to come before an upgrade.

    Raises
    ------
    click.ClickException
        When there is no database.
    """
    settings = private_settings()
    database = Database(settings.database_url)
    try:
        if database.file and not database.file.exists():
            raise click.ClickException(
                f"there is no database at {database.file}: set CCHC_DATA or CCHC_DATABASE"
            )
        yield House(settings, database)
    finally:
        database.close()


@contextmanager
def changing(name: str) -> Iterator[tuple[House, Connection, Wave]]:
    """One transaction on one wave."""
    with house() as here, here.database.writing() as connection:
        yield here, connection, waves.find(connection, name)


def who() -> str:
    """Who runs the command, for the audit log: the account, whatever the environment says."""
    return f"cchc:{_account()}"[:64]


def _account() -> str:
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # an account of a container, without a name
        return str(number)


class OtherVersion(click.ClickException):
    """The tables are of another version than this program."""

    exit_code = OTHER_VERSION


def failing_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Faults that a user can mend are said, all of them, without a traceback."""

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ProblemsFound as error:
            raise click.ClickException(f"\n{error}") from error
        except NoSuchWave as error:
            raise click.ClickException(
                f"there is no wave `{error}`: see `cchc wave list`"
            ) from error
        except (Refused, OtherTables) as error:
            kind = OtherVersion if isinstance(error, OtherTables) else click.ClickException
            raise kind(str(error)) from error
        except OSError as error:
            if error.filename is None:  # not about a file
                raise
            raise click.ClickException(
                f"{error.filename} cannot be used ({error.strerror}): see that the folder is "
                "there, that this user may write in it, and that its disk has room"
            ) from error
        except NotStorable as error:
            raise click.ClickException(f"a value cannot be kept in the store: {error}") from error
        except StoreDamaged as error:
            raise click.ClickException(
                f"the database is damaged ({error}), and nothing was changed: stop everything that "
                "uses it and restore the newest backup"
            ) from error
        except StoreBusy as error:
            raise click.ClickException(
                f"the store cannot be used now ({error}), and nothing was changed: see that its "
                "disk has room, that no other program locks it and that its server runs; "
                "then try again"
            ) from error

    return told


def say(words: str) -> None:
    """Words for people, on stderr."""
    click.echo(words, err=True)


def say_remarks(remarks: Sequence[Problem]) -> None:
    """What to look at in a file that was taken."""
    for remark in remarks:
        say(f"\n{remark}")


def out_json(data: Any) -> None:
    """Data for a program, on stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))
