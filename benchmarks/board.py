"""How long the office's pages of a very large wave take, beside the version before.

python -m benchmarks.board                                 a million ballots, 300 units; SQLite
python -m benchmarks.board --postgres                      a PostgreSQL of its own
python -m benchmarks.board --before CHECKOUT               beside a version at migration 0004
python -m benchmarks.board --keep FOLDER                   keep the store, and use it again

The store is written in bulk as it was before counts were kept, read by the version before, brought
up to date, and read by this one. A page is asked for in the process that makes it, again and again;
what is told is the median, the fastest and the CPU of it, compressed as for a browser.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import large_wave
from benchmarks.answering import _postgres
from benchmarks.large_wave import WAVE, Sizes
from survey_app.store.counts import recount
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database

PAGES = ("/quan-tri/", f"/quan-tri/dot/{WAVE}")
BOARD = (
    f"/quan-tri/dot/{WAVE}/tien-do",
    f"/quan-tri/dot/{WAVE}/tien-do/manh?nhom=citizens&duoi=1&sap-xep=-ty-le",
    f"/quan-tri/dot/{WAVE}/tien-do/truong-hop?nhom=citizens&don-vi=U001",
)

ASK = """
import json, sys, time
from pathlib import Path
from statistics import median
from survey_app.app import create_app
from survey_app.identity import passwords
from survey_app.settings import Settings, SignIn
from survey_app.store.identity import accounts
from survey_app.store.engine.database import Database
folder, url, times, *pages = sys.argv[1:]
settings = Settings(Path(folder), url, "k" * 40, sign_in=SignIn(second_factor="none"))
database = Database(url)
with database.writing() as connection:
    try:
        hashed = passwords.hash_of("một mật khẩu dài")
        accounts.add(connection, "lan", hashed, "2026-01-05T01:00:00+00:00",
                     roles=("administrator", "analyst", "approver"))
    except accounts.NameTaken:
        pass
app = create_app(settings, database)
app.config["WTF_CSRF_ENABLED"] = False
client = app.test_client()
client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": "một mật khẩu dài"})
for page in pages:
    took, worked = [], []
    for _ in range(int(times) + 1):
        began, works = time.perf_counter(), time.process_time()
        reply = client.get(page, headers={"Accept-Encoding": "br"})
        took.append(time.perf_counter() - began)
        worked.append(time.process_time() - works)
        assert reply.status_code == 200, (page, reply.status_code)
    size = len(reply.get_data())
    print(json.dumps([page, took[0], median(took[1:]), min(took[1:]), min(worked[1:]), size]))
"""


@dataclass(frozen=True)
class Took:
    """Milliseconds: the first time, the median, the fastest, of CPU at least; bytes on the wire."""

    first: float
    median: float
    fastest: float
    cpu: float
    size: int


def ask(
    folder: Path, url: str, pages: tuple[str, ...], times: int, checkout: Path | None = None
) -> dict[str, Took]:
    """What each page takes a version."""
    where = checkout or Path.cwd()
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(folder), url, str(times), *pages],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    lines = (json.loads(line) for line in done.stdout.splitlines())
    return {page: Took(*(1000 * it for it in seconds), size) for page, *seconds, size in lines}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--ballots", type=int, default=Sizes.ballots)
    options.add_argument("--units", type=int, default=Sizes.units)
    options.add_argument("--times", type=int, default=7)
    options.add_argument("--before", type=Path, help="a checkout of a version at migration 0004")
    options.add_argument("--keep", type=Path, help="an empty folder for the store")
    options.add_argument("--postgres", action="store_true")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'large.sqlite3'}"
        if given.postgres:
            url = stack.enter_context(_postgres())
        _measure(given, folder, url)


def _measure(given: argparse.Namespace, folder: Path, url: str) -> None:
    old = {}
    with closing(Database(url)) as database:
        if migrate.current(database) is None:
            _timed("written", large_wave.write, database, _sizes(given))
            _tidy(database)
    if given.before:
        old = ask(folder, url, PAGES, 2, given.before.resolve())
    with closing(Database(url)) as database:
        if migrate.current(database) == large_wave.BEFORE:
            _timed("brought up to date", migrate.upgrade, database)
            large_wave.spread_days(database, date(2026, 10, 1), 45)
            _tidy(database)
        with database.reading() as connection:
            began = time.perf_counter()
            assert recount.differences(connection, 1) == ()
            print(f"recounted and found equal in {time.perf_counter() - began:.1f} s")
            for table in ("cases", "ballots", "kept_counts", "kept_days"):
                number = connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar()
                print(f"{table}: {number:,}")
    new = ask(folder, url, (*PAGES, *BOARD), given.times)
    heads = ("page", "before, ms", "CPU", "first", "median", "fastest", "CPU", "bytes", "CPU ratio")
    print(f"\n| {' | '.join(heads)} |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for page, took in new.items():
        was = old.get(page)
        before = f"{was.fastest:.0f} | {was.cpu:.0f}" if was else " | "
        print(
            f"| {page.partition('?')[0]} | {before} | {took.first:.0f} | {took.median:.0f} "
            f"| {took.fastest:.0f} | {took.cpu:.0f} | {took.size} "
            f"| {f'{was.cpu / took.cpu:.0f}' if was else ''} |"
        )


def _sizes(given: argparse.Namespace) -> Sizes:
    return Sizes(ballots=given.ballots, units=given.units)


def _timed(what: str, do: object, *arguments: object) -> None:
    began = time.perf_counter()
    assert callable(do)
    do(*arguments)
    print(f"{what} in {time.perf_counter() - began:.0f} s", flush=True)


def _tidy(database: Database) -> None:
    """As a store that has been in use: its statistics are there."""
    with database.engine.connect() as connection:
        connection.rollback()
        bare = connection.connection.driver_connection
        assert bare is not None
        if database.is_sqlite:
            bare.execute("ANALYZE")
        else:
            bare.autocommit = True
            bare.execute("VACUUM ANALYZE")
            bare.autocommit = False


if __name__ == "__main__":
    main()
