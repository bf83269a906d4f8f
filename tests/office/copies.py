"""Stores that are made once in a test process, and copied for each test that begins with one.

    def begun(database: Database, folder: Path) -> Wave: ...

    with copied(begun, tmp_path) as copy: ...                     # on SQLite
    with copied(begun, tmp_path, server=postgres_url) as copy: ...
    copy.url, copy.folder, copy.kept                              # `kept` is what `begun` returned

What lies beside the store (keys, texts) is copied with it. A test does to its copy what it likes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database

Make = Callable[..., Any]
"""What fills an empty store and the folder beside it, the same for the same words."""

_FILE = "survey.sqlite3"


@dataclass(frozen=True)
class Copy:
    """A store, the folder beside it, and what was returned when it was made."""

    url: str
    folder: Path
    kept: Any


_models: dict[tuple[Make, str, str], Copy] = {}


@contextmanager
def copied(make: Make, folder: Path, *, server: str = "", **words: Any) -> Iterator[Copy]:
    """A copy of what `make(database, folder, **words)` leaves: on a server, else on SQLite."""
    of = make, server, repr(sorted(words.items()))
    if of not in _models:
        _models[of] = _model(make, server, words)
    model = _models[of]
    shutil.copytree(model.folder, folder, dirs_exist_ok=True)
    kept = deepcopy(model.kept)
    if not server:
        yield Copy(_file(folder), folder, kept)
        return
    url = _create(server, f" TEMPLATE {_name(model.url)}")
    yield Copy(url, folder, kept)
    _tell(server, f"DROP DATABASE {_name(url)} WITH (FORCE)")


def migrated(database: Database, _folder: Path) -> None:
    """Every table, and nothing in them."""
    migrate.upgrade(database)


def _model(make: Make, server: str, words: dict[str, Any]) -> Copy:
    folder = _place() / uuid4().hex
    folder.mkdir()
    url = _create(server) if server else _file(folder)
    database = Database(url)
    kept = make(database, folder, **words)
    database.close()
    return Copy(url, folder, kept)


@cache
def _place() -> Path:
    """A folder that goes with the process."""
    keeper = tempfile.TemporaryDirectory(prefix="cchc-models-")
    _keepers.append(keeper)
    return Path(keeper.name)


_keepers: list[tempfile.TemporaryDirectory[str]] = []


def _file(folder: Path) -> str:
    return f"sqlite:///{folder / _FILE}"


def _create(server: str, like: str = "") -> str:
    """The URL of a database that was not there before."""
    name = f"test_{uuid4().hex}"
    _tell(server, f"CREATE DATABASE {name}{like}")
    return server.replace("/postgres?", f"/{name}?")


def _name(url: str) -> str:
    return str(sqlalchemy.make_url(url).database)


def _tell(server: str, words: str) -> None:
    engine = sqlalchemy.create_engine(
        server, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(words)
