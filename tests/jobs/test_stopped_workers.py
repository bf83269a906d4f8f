"""A worker that is stopped (SIGSTOP, a hung disk): another takes over, and it cannot commit."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from survey_app.serving.workers import Workers, looking_after
from survey_app.store import tables
from tests.jobs.live_site import is_worker
from tests.jobs.shop import Shop, sample
from tests.jobs.test_lease import note, until
from tests.support.apart import Started


def stop(url: str, folder: Path, where: str) -> None:
    """Be a worker that stops itself in the middle of its job."""
    shop = Shop(url, folder)

    def stops(task):
        effect = note(task)

        def stopped_in(connection):
            result = effect(connection)
            if where == "within its transaction":
                os.kill(os.getpid(), signal.SIGSTOP)
            return result

        if where == "before its transaction":
            os.kill(os.getpid(), signal.SIGSTOP)
        return stopped_in

    shop.worker(kinds={"note": stops}).do()


@pytest.fixture
def shop(database_url, tmp_path):
    made = Shop(database_url, tmp_path)
    yield made
    made.database.close()


def stopping(shop: Shop, where: str) -> Started:
    """A worker that stops itself in the middle of its job, and has done so."""
    url = shop.database.url.render_as_string(hide_password=False)
    worker = Started(stop, url, shop.path, where)
    until(lambda: is_stopped(worker.pid))
    return worker


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("T")


def test_one_that_was_stopped_and_goes_on_cannot_commit_what_another_did_meanwhile(shop):
    job = shop.ask("note")
    stopped = stopping(shop, "before its transaction")
    assert shop.worker(kinds={"note": note}).do() is None
    shop.late()
    done = shop.worker(kinds={"note": note}).do()
    assert (done.state, done.attempts) == ("done", 2)
    stopped.send_signal(signal.SIGCONT)
    assert stopped.wait(60) == 0
    assert shop.log("note") == 1
    assert shop.find(job).worker == done.worker


def test_what_one_had_not_committed_when_it_was_stopped_is_undone_with_its_end(shop):
    job = shop.ask("note")
    stopped = stopping(shop, "within its transaction")
    shop.late()
    assert shop.find(job).state == "running"
    stopped.kill()  # as whoever looks after workers does
    stopped.wait()
    done = shop.worker(kinds={"note": note}).do()
    assert (done.state, done.attempts) == ("done", 2)
    assert shop.log("note") == 1


PATIENT = 10_000
"""Looks, more than a test has time for."""


def workers_of_this() -> list[int]:
    """The workers that a thread of this process has started."""
    said = " ".join(file.read_text() for file in Path("/proc/self/task").glob("*/children"))
    return [pid for pid in map(int, said.split()) if is_worker(pid)]


def test_one_that_is_stopped_is_noticed_and_another_does_its_job_once(shop):
    """As in the field, but that a second of silence is enough and no lease is long."""
    shop.field(council=0, citizens=0, opened=False)
    url = shop.database.url.render_as_string(hide_password=False)
    settings = replace(shop.house.settings, database_url=url, workers=1)
    workers = Workers(settings, hangs_after=PATIENT)  # with one that is still being started
    leave = looking_after(workers, every=0.2)
    try:
        until(lambda: len(workers_of_this()) == 1, patience=60)
        (first,) = workers_of_this()
        job = shop.ask("list", {"kind": "sample", "language": "vi"}, [sample(3)])
        until(lambda: shop.find(job).state == "running", patience=60)
        os.kill(first, signal.SIGSTOP)
        workers._hangs_after = 5
        assert shop.find(job).is_unfinished
        until(lambda: workers_of_this() not in ([], [first]), patience=60)
        assert not Path(f"/proc/{first}").exists()
        workers._hangs_after = PATIENT
        past = update(tables.jobs).values(lease_until=0)
        with shop.database.writing() as connection:
            connection.execute(past.where(tables.jobs.c.state == "running"))
        until(lambda: not shop.find(job).is_unfinished, patience=60)
    finally:
        leave()
    assert (shop.find(job).state, shop.find(job).attempts) == ("done", 2)
    assert shop.find(job).result["pending"] == "list"
