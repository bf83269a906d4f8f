"""How many small jobs are done a second, and what a phone waits while a wave is scored beside.

python -m benchmarks.jobs                          jobs a second, on SQLite and PostgreSQL
python -m benchmarks.jobs --ratings 1000000        and pages while so many ratings are scored

The jobs each add a line to the log and are done, one transaction each beside those that claim them.
The scoring is of an invented data set, by the command that a job calls, in a process at the low
priority of a worker; the pages are the form's first, asked for on new connections.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks import peer
from benchmarks.answering import _postgres, quantile, server
from benchmarks.scoring import make
from survey_app.jobs.runner import Worker
from survey_app.jobs.task import Effect, Task
from survey_app.settings import Settings
from survey_app.store import jobs
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Connection, Database
from survey_app.store.jobs import Json
from survey_app.store.log import audit
from survey_app.web import House

PAGES = 400

SERVE = """
import sys
from pathlib import Path
from survey_app.serving.processes import listener, serve
from survey_app.settings import Settings
folder, url, port = sys.argv[1:]
serve(Settings(Path(folder), url, "k" * 40), listener("127.0.0.1", int(port)), 2, workers=1)
"""


def note(task: Task) -> Effect:
    """The smallest piece of work."""

    def effect(connection: Connection) -> Json:
        audit.append(connection, "worker", "note", str(task.job.id), task.house.stamp())
        return {}

    return effect


def jobs_a_second(url: str, folder: Path, count: int, workers: int) -> float:
    """So many jobs by so many processes."""
    with closing(Database(url)) as database:
        migrate.upgrade(database)
        house = House(Settings(folder, url, "k" * 40), database)
        for number in range(count):
            with database.writing() as connection:
                jobs.ask(connection, "note", "", {}, folder=f"{number}", by="x", at=house.stamp())
    me = [sys.executable, "-m", "benchmarks.jobs", "--work", url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = [subprocess.Popen(me, **pipes) for _ in range(workers)]
    for process in started:
        assert process.stdout
        process.stdout.readline()
    began = time.perf_counter()
    for process in started:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
    return count / (time.perf_counter() - began)


def work(url: str, folder: str) -> None:
    with closing(Database(url)) as database:
        house = House(Settings(Path(folder), url, "k" * 40), database)
        print("ready", flush=True)
        sys.stdin.readline()
        Worker(house=house, kinds={"note": note}).run(until_idle=True)


def pages(links: list[str], until: subprocess.Popen[bytes] | None) -> list[float]:
    """What each page takes, until a process has ended."""
    took: list[float] = []
    while (len(took) < PAGES) if until is None else (until.poll() is None):
        began = time.perf_counter()
        with urllib.request.urlopen(links[len(took) % len(links)]) as reply:
            reply.read()
        took.append(time.perf_counter() - began)
        time.sleep(0.02)
    return sorted(took)


def beside(ratings: int, folder: Path) -> None:
    """Pages while nothing runs, and while a wave of so many ratings is scored."""
    url = f"sqlite:///{folder / 'peer.sqlite3'}"
    release = folder / "release"
    make(release, ratings, 300, as_csv=False)
    with ExitStack() as stack:
        database = stack.enter_context(closing(Database(url)))
        tokens = peer.field(database, 50)
        base, _ = stack.enter_context(server([sys.executable, "-c", SERVE, str(folder), url]))
        links = [f"{base}/p/{token}" for token in tokens]
        pages(links, None)
        quiet = pages(links, None)
        out = ("--out", str(folder / "results"))
        how = ["nice", "-n", "10", sys.executable, "-m", "analysis", "score", str(release), *out]
        began = time.perf_counter()
        scoring = subprocess.Popen(how, stdout=subprocess.DEVNULL)
        busy = pages(links, scoring)
        took = time.perf_counter() - began
        assert scoring.returncode == 0
    print(f"\n{ratings} ratings scored in {took:.1f} s beside the site\n")
    print("| a page of the form | n | p50 ms | p95 ms | p99 ms | longest ms |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, times in (("nothing beside", quiet), ("scoring beside", busy)):
        cells = " | ".join(f"{quantile(times, share):.1f}" for share in (0.5, 0.95, 0.99))
        print(f"| {name} | {len(times)} | {cells} | {1000 * times[-1]:.0f} |")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--count", type=int, default=500)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--ratings", type=int, default=0)
    options.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.work:
        work(*given.work)
        return
    print(f"{given.count} jobs, {given.workers} workers, {os.cpu_count()} processors\n")
    print("| | jobs/s |\n|---|---:|")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'jobs.sqlite3'}"
        print(f"| SQLite | {jobs_a_second(url, folder, given.count, given.workers):.0f} |")
        with _postgres() as server_url:
            rate = jobs_a_second(server_url, folder, given.count, given.workers)
        print(f"| PostgreSQL | {rate:.0f} |")
        if given.ratings:
            beside(given.ratings, folder)


if __name__ == "__main__":
    main()
