"""How long tables take to come up to date, from every released version, and who waits meanwhile.

python -m benchmarks.upgrade [--cases 100000]        SQLite
python -m benchmarks.upgrade --postgres              a durable PostgreSQL of its own

A store of the first version is filled: an open wave whose cases have contacts, links and events,
six in ten with a ballot of two ratings, and a long log. It is brought from version to version, and
a copy of each is upgraded to this one at once, while others read a row and change one, again and
again: the longest that one of them waited is how long the store was locked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, insert
from sqlalchemy.pool import NullPool

from benchmarks.answering import _postgres
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.upkeep import shapes

AT, DAY = "2026-10-01T01:00:00+00:00", "2026-10-01"
ANSWERS = json.dumps({f"question_{number}": "B" for number in range(12)})
ROWS_AT_ONCE = 5_000
MEGABYTE = 2**20


def main() -> None:
    given = _arguments()
    print("| from | MB | s | longest wait to read, ms | to write, ms | the first change |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as folder:
        if given.postgres:
            with _postgres() as url:
                _all(_Server(url), given.cases)
        else:
            _all(_Files(Path(folder)), given.cases)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true")
    return parser.parse_args()


@dataclass
class _Files:
    """Stores in files."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def new(self) -> str:
        return f"sqlite:///{self.folder / f'{next(self.numbers)}.sqlite3'}"

    def copy(self, url: str) -> str:
        database = self.new()
        shutil.copyfile(url.removeprefix("sqlite:///"), database.removeprefix("sqlite:///"))
        return database

    def drop(self, url: str) -> None:
        for file in self.folder.glob(Path(url).name + "*"):
            file.unlink()


@dataclass
class _Server:
    """Databases of a server."""

    url: str
    numbers: Iterator[int] = field(default_factory=count)

    def _do(self, words: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(words)

    def new(self, like: str = "template1") -> str:
        name = f"store_{next(self.numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url.replace("/postgres?", f"/{name}?")

    def copy(self, url: str) -> str:
        return self.new(url.partition("?")[0].rpartition("/")[2])

    def drop(self, url: str) -> None:
        self._do(f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]}")


def _all(stores: _Files | _Server, cases: int) -> None:
    store = stores.new()
    with closing(Database(store)) as database:
        migrate.upgrade(database, migrate.known()[0])
        fill(database, cases)
    for revision, following in zip(migrate.known(), migrate.known()[1:], strict=False):
        with closing(Database(store)) as database:
            migrate.upgrade(database, revision)
        copy = stores.copy(store)
        with closing(Database(copy)) as database:
            size, waits = shapes.size_of(database) / MEGABYTE, [0.0, 0.0]
            began = time.monotonic()
            with _others(copy, waits):
                migrate.upgrade(database)
                seconds = time.monotonic() - began
        stores.drop(copy)
        read, wrote = (1000 * wait for wait in waits)
        what = migrate.told_of(following)[0]
        print(f"| {revision} | {size:.0f} | {seconds:.2f} | {read:.0f} | {wrote:.0f} | {what} |")


@contextmanager
def _others(url: str, waits: list[float]) -> Iterator[None]:
    """Somebody reads and somebody writes, all the time; the longest that each of them waited."""
    over = threading.Event()

    def look(database: Database) -> None:
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT name FROM waves WHERE id = 1").all()

    def change(database: Database) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE waves SET salt = salt WHERE id = 1")

    def run(at: int, deed: Any) -> None:
        with closing(Database(url)) as database:
            while not over.wait(0.005):
                began = time.monotonic()
                with suppress(StoreBusy):  # told after ten seconds that nothing was kept
                    deed(database)
                waits[at] = max(waits[at], time.monotonic() - began)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate((look, change))]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    waits[:] = [0.0, 0.0]  # of beginning
    yield
    over.set()
    for thread in threads:
        thread.join()


def fill(database: Database, cases: int) -> None:
    """Write a large wave into the tables of the first version."""
    reflected = MetaData()
    reflected.reflect(database.engine)
    for table, rows in _rows(cases):
        while some := list(islice(rows, ROWS_AT_ONCE)):
            with database.engine.begin() as connection:
                connection.execute(insert(reflected.tables[table]), some)


def _rows(cases: int) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """The rows of each table, in an order in which keys lead somewhere."""
    every, answered = range(1, cases + 1), range(1, cases * 6 // 10)
    unit = [f"U{number:03}" for number in range(300)]
    shown = {"wave_id": 1, "grp": "citizens", "sample": "", "stratum": "all", "psu": ""}
    shown |= {"weight": "2.5", "mode": "web", "fpc1": 1000, "fpc2": None}
    wave = {"id": 1, "name": "w", "study": "s", "year": 2026, "units_on": DAY, "salt": "x"}
    yield "waves", iter([{**wave, "created_at": AT, "opened_at": AT}])
    yield (
        "wave_units",
        (
            {"wave_id": 1, "unit": code, "position": at, "unit_class": "dept", "name_vi": code,
             "name_en": code}
            for at, code in enumerate(unit)
        ),
    )  # fmt: skip
    yield (
        "cases",
        (
            {
                **shown,
                "id": n,
                "label": f"c{n}",
                "unit": unit[n % 300],
                "asked": "",
                "home_unit": "",
            }
            for n in every
        ),
    )
    yield "contacts", ({"case_id": n, "name": f"Nguyễn Văn {n}", "phone": f"09{n:08}",
                        "email": "", "address": "xã Mường La"} for n in every)  # fmt: skip
    yield "invitations", ({"digest": _digest(n), "case_id": n, "issued_on": DAY} for n in every)
    yield "unspent", ({"case_id": n} for n in every if n not in answered)
    yield (
        "events",
        ({"case_id": n, "kind": "reminded", "day": DAY, "detail": "", "by": "lan"} for n in every),
    )
    yield (
        "ballots",
        (
            {**shown, "id": _digest(n)[:32], "questionnaire": "s/citizens", "version": 1,
             "language": "vi", "pace": "usual", "about": '{"age":"40"}'}
            for n in answered
        ),
    )  # fmt: skip
    yield (
        "ratings",
        (
            {"ballot_id": _digest(n)[:32], "unit": unit[(n + at) % 300], "position": at,
             "chance": "1", "skipped": False, "answers": ANSWERS}
            for n in answered
            for at in (0, 1)
        ),
    )  # fmt: skip
    yield (
        "audit",
        (
            {"at": AT, "who": "lan", "action": "event", "detail": f"c{n}", "hash": _digest(-n)}
            for n in range(1, 20_001)
        ),
    )


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


if __name__ == "__main__":
    main()
