"""How long a large closed wave takes from the store to a scorecard, and in how much memory.

python -m benchmarks.release                          296,000 ballots, 762,000 ratings; SQLite
python -m benchmarks.release --postgres               a PostgreSQL of its own
python -m benchmarks.release --before CHECKOUT        beside another version
python -m benchmarks.release --keep FOLDER            keep the store, and use it again

`cchc score` writes the release, scores it and lays its pages out, all anew each time. Beside it, in
the same minutes, stands what `python -m analysis score` takes for the released folder alone. Memory
is that of all processes of the command together (resident, what they share counted in each), but
for the server of PostgreSQL.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import large_wave
from benchmarks.answering import _postgres
from benchmarks.board import _tidy
from benchmarks.large_wave import RATED_BY_A_DELEGATE, WAVE, Sizes
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database

KEY = secrets.token_hex(32)
LOOK = 0.02
"""Seconds between two looks at the memory of a command."""
PAGE = os.sysconf("SC_PAGE_SIZE")
HOW = ("--missing", "renormalise", "--min-group", "2", "--rank-method", "holm-t")
"""As survey_app.conduct.scoring.publish has it."""


@dataclass(frozen=True)
class Took:
    """Seconds, seconds of the processor, and the most MiB that all processes had at once."""

    seconds: float
    cpu: float
    mib: float


def run(command: list[str], checkout: Path, environment: dict[str, str]) -> Took:
    """Run a command and watch its memory."""
    began = time.perf_counter()
    most = [0]
    with subprocess.Popen(
        command,
        cwd=checkout,
        env={**os.environ, **environment, "PYTHONPATH": str(checkout)},
        stdout=subprocess.DEVNULL,
    ) as process:
        over = threading.Event()

        def watch() -> None:
            while not over.wait(LOOK):
                most[0] = max(most[0], sum(map(resident, family(process.pid))))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        over.set()
        watcher.join()
        process.returncode = status
    assert status == 0, command
    return Took(seconds, usage.ru_utime + usage.ru_stime, most[0] / 2**20)


def family(pid: int) -> list[int]:
    """A process and all that came of it."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        below = [int(it) for task in tasks for it in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(each for child in below for each in family(child))]


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--ballots", type=int, default=296_000)
    options.add_argument("--ratings", type=int, default=762_000)
    options.add_argument("--units", type=int, default=300)
    options.add_argument("--times", type=int, default=3)
    options.add_argument("--before", type=Path, help="a checkout of another version")
    options.add_argument("--keep", type=Path, help="an empty folder for the store")
    options.add_argument("--postgres", action="store_true")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{folder / 'large.sqlite3'}"
        if given.postgres:
            url = stack.enter_context(_postgres())
        write(url, given)
        versions = {"now": Path.cwd()}
        if given.before:
            versions["before"] = given.before.resolve()
        measure(given, folder, url, versions)


def write(url: str, given: argparse.Namespace) -> None:
    """Make the store, unless it was kept."""
    delegates = (given.ratings - given.ballots) / (RATED_BY_A_DELEGATE - 1)
    sizes = Sizes(
        ballots=given.ballots,
        units=given.units,
        delegates=round(delegates / Sizes.answered),
        is_closed=True,
    )
    with closing(Database(url)) as database:
        if migrate.current(database) is None:
            large_wave.write(database, sizes)
            migrate.upgrade(database)
            _tidy(database)
        with database.reading() as connection:
            for table in ("cases", "ballots", "ratings"):
                number = connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar()
                print(f"{table}: {number:,}", flush=True)


def measure(given: argparse.Namespace, folder: Path, url: str, versions: dict[str, Path]) -> None:
    """Each version in turns, `analysis score` beside it."""
    print("\n| version | | seconds | CPU | MiB | by `analysis score` |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    ratios: dict[str, list[float]] = {name: [] for name in versions}
    for _ in range(given.times):
        for name, checkout in versions.items():
            whole, alone = once(folder / f"data-{name}", url, checkout)
            ratios[name].append(whole.seconds / alone.seconds)
            for what, took in (("cchc score", whole), ("analysis score", alone)):
                ratio = f"{ratios[name][-1]:.2f}" if took is whole else ""
                line = f"{took.seconds:.2f} | {took.cpu:.2f} | {took.mib:.0f} | {ratio}"
                print(f"| {name} | {what} | {line} |", flush=True)
    for name, measured in ratios.items():
        print(f"{name}: {median(measured):.2f} ({min(measured):.2f} to {max(measured):.2f})")
    print("load average: " + " ".join(f"{load:.1f}" for load in os.getloadavg()))


def once(data: Path, url: str, checkout: Path) -> tuple[Took, Took]:
    """The whole command, then the scoring alone of what it has released."""
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    environment = {"CCHC_DATA": str(data), "CCHC_DATABASE": url, "CCHC_SECRET_KEY": KEY}
    code = "from survey_app.commands.cli import main; main()"
    whole = run([sys.executable, "-c", code, "score", WAVE], checkout, environment)
    (release,) = (each for each in (data / "releases" / WAVE).iterdir() if each.is_dir())
    command = [sys.executable, "-m", "analysis", "score", str(release), *HOW]
    alone = run([*command, "--out", str(data / "alone")], checkout, environment)
    return whole, alone


if __name__ == "__main__":
    main()
