"""How long mixing takes, and how long it holds a respondent up: 100,000 sealed ballots at once.

python -m benchmarks.mixing                               SQLite, a file in this folder
python -m benchmarks.mixing --postgres                    a PostgreSQL of its own, durable
python -m benchmarks.mixing --ballots 20000 --classes 400

Far more ballots than a site lets wait: it mixes every half minute. The real site (two processes,
one of which mixes in a thread) finds them when it starts, and mixes while respondents answer the
peer survey at a steady pace, slow enough for the machine to have time; what "send" takes them is
told beside what it takes when nothing is mixed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path

from sqlalchemy import insert, text

from benchmarks import peer
from benchmarks.answering import _postgres, cpu_seconds, load, quantile, server
from benchmarks.phones import Timings
from survey_app.fieldwork.protection import ballot_sealing
from survey_app.mixing.epochs import Epochs
from survey_app.mixing.keyring import Keyring
from survey_app.questionnaire.model import Questionnaire
from survey_app.respondent import padding
from survey_app.store import waves
from survey_app.store.answers import ballot_box
from survey_app.store.answers.ballots import Ballot, Rating
from survey_app.store.engine.database import Database
from survey_app.store.tables import sealed_ballots

KEY = "k" * 40
CLIENTS = 4

SERVE = """
import sys
from pathlib import Path
from survey_app.serving.processes import listener, serve
from survey_app.settings import Settings
folder, url, port = sys.argv[1:]
serve(Settings(Path(folder), url, "k" * 40), listener("127.0.0.1", int(port)), processes=2)
"""


def fill(database: Database, folder: Path, ballots: int, classes: int) -> None:
    """Put sealed ballots of the peer survey into the box, in so many classes."""
    epochs = Epochs(database=database, keyring=Keyring(folder / "keys"))
    epochs.prepare()
    (epoch,) = epochs.known()
    questionnaire = peer.questionnaire()
    with database.reading() as connection:
        wave = waves.find(connection, peer.WAVE)
        unit = waves.units(connection, wave.id)[0].unit
    plain = _ballot(questionnaire, unit).dump()
    _, size = padding.of_forms(questionnaire, 1, [unit])
    shared = {"wave_id": wave.id, "epoch_id": epoch.id, "grp": peer.GROUP, "unit": unit}
    for start in range(0, ballots, 1000):
        rows = [
            {
                **shared,
                "id": ballot_box.new_key([f"{number % classes}"]),
                "asked": "",
                "stratum": f"{number % classes}",
                "weight": "1",
                "mode": "web",
                "body": ballot_sealing.seal(epoch.public_key, epoch.id, plain, size),
            }
            for number in range(start, min(start + 1000, ballots))
        ]
        with database.writing() as connection:
            connection.execute(insert(sealed_ballots), rows)


def _ballot(questionnaire: Questionnaire, unit: str) -> Ballot:
    given = [answers for _, answers in peer.answers()]
    names = {item.name for item in questionnaire.unit_items}
    merged = {name: code for page in given for name, code in page.items()}
    about = {name: code for name, code in merged.items() if name not in names}
    rated = {name: code for name, code in merged.items() if name in names}
    return Ballot(
        id="",
        questionnaire=questionnaire.name,
        version=questionnaire.version,
        language="vi",
        pace="usual",
        about=_json(about),
        ratings=(Rating(unit, 1, "1", skipped=False, answers=_json(rated)),),
    )


def _json(answers: dict[str, str]) -> str:
    return json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def waiting(database: Database) -> int:
    """How many ballots are sealed."""
    with database.reading() as connection:
        return int(connection.execute(text("SELECT COUNT(*) FROM sealed_ballots")).scalar_one())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--ballots", type=int, default=100_000)
    options.add_argument("--classes", type=int, default=2_000)
    options.add_argument("--pace", type=float, default=8.0, help="responses a second meanwhile")
    options.add_argument("--postgres", action="store_true")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd())))
        url = f"sqlite:///{folder / 'peer.sqlite3'}"
        if given.postgres:
            url = stack.enter_context(_postgres())
        database = stack.enter_context(closing(Database(url)))
        links = [f"http://127.0.0.1/p/{token}" for token in peer.field(database, 2000)]
        fill(database, folder, given.ballots, given.classes)
        base, pid = stack.enter_context(server([sys.executable, "-c", SERVE, str(folder), url]))
        _report(
            given, database, base, pid, [link.replace("http://127.0.0.1", base) for link in links]
        )


def _report(
    given: argparse.Namespace, database: Database, base: str, pid: int, links: list[str]
) -> None:
    done = threading.Event()
    took: list[float] = []

    def watch() -> None:
        while waiting(database) >= given.ballots:
            time.sleep(0.05)
        began, worked = time.perf_counter(), cpu_seconds(pid)
        while waiting(database) > given.classes * 3 + len(links):
            time.sleep(0.2)
        took.extend((time.perf_counter() - began, cpu_seconds(pid) - worked))
        done.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    during = _answer_until(given, base, links[:1000], done)
    watcher.join()
    print(
        f"{given.ballots} ballots of {given.classes} classes: mixed in {took[0]:.1f} s; "
        f"{took[1]:.1f} s of CPU, {len(during) // 7} responses among it"
    )
    after = threading.Event()
    threading.Timer(12, after.set).start()
    print("\n| send | n | p50 ms | p95 ms | p99 ms | longest ms |\n|---|---:|---:|---:|---:|---:|")
    quiet = _answer_until(given, base, links[1000:], after)
    for name, timings in (("while mixing", during), ("after", quiet)):
        sends = sorted(seconds for kind, seconds in timings if kind == "send")
        cells = [f"{quantile(sends, share):.0f}" for share in (0.5, 0.95, 0.99)]
        print(f"| {name} | {len(sends)} | {' | '.join(cells)} | {1000 * sends[-1]:.0f} |")


def _answer_until(
    given: argparse.Namespace, base: str, links: list[str], done: threading.Event
) -> Timings:
    """Respondents at a steady pace until then."""
    timings, at = Timings(), 0
    while not done.is_set() and at + CLIENTS <= len(links):
        some, at = links[at : at + CLIENTS], at + CLIENTS
        _, answered = load(base, some, KEY, CLIENTS, paced=CLIENTS / given.pace)
        timings += answered
    return timings


if __name__ == "__main__":
    main()
