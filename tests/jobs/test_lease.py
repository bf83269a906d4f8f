"""Who has a job, and who may commit: by attempts, times and what somebody wants no more."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import select

from survey_app.jobs import rules
from survey_app.jobs.task import Effect, Task
from survey_app.office.jobs.kinds import KINDS
from survey_app.store import jobs, tables
from survey_app.store.jobs import Cancelled, Job, LeaseLost
from survey_app.store.log import audit
from tests.jobs.shop import PHONE, Shop, sample
from tests.support.apart import APART, Started


@pytest.fixture
def shop(database_url, tmp_path):
    made = Shop(database_url, tmp_path)
    yield made
    made.database.close()


def claim(shop: Shop, name: str, kinds=("note",)) -> Job | None:
    with shop.database.writing() as connection:
        return jobs.claim(
            connection,
            name,
            kinds,
            now=shop.now.timestamp(),
            lease=rules.LEASE,
            at=shop.house.stamp(),
        )


def test_a_job_is_given_to_one_and_to_another_once_the_first_was_not_heard_of(shop):
    asked = shop.ask("note")
    first = claim(shop, "first")
    assert first is not None
    assert first.id == asked.id
    assert claim(shop, "second") is None
    shop.late(rules.LEASE - 1)
    with shop.database.writing() as connection:
        jobs.renew(connection, first, shop.now.timestamp(), rules.LEASE)
    shop.late(rules.LEASE - 1)
    assert claim(shop, "second") is None
    shop.late(2)
    second = claim(shop, "second")
    assert second is not None
    assert second.attempts == 2
    with shop.database.writing() as connection, pytest.raises(LeaseLost):
        jobs.renew(connection, first, shop.now.timestamp(), rules.LEASE)


def test_where_the_clock_was_set_back_a_job_does_not_wait_for_it(shop):
    shop.ask("note")
    assert claim(shop, "first")
    shop.late(-3600)
    assert claim(shop, "second")


@pytest.mark.parametrize("seconds", [-5, 5])
def test_whose_clock_differs_by_seconds_takes_no_job_from_another(shop, seconds):
    shop.ask("note")
    assert claim(shop, "first")
    shop.late(seconds)
    assert claim(shop, "second") is None


def test_jobs_are_taken_in_their_order_and_by_whoever_does_their_kind(shop):
    asked = [shop.ask(kind) for kind in ("note", "other", "note")]
    assert [job.id for _ in range(2) if (job := claim(shop, "a"))] == [asked[0].id, asked[2].id]
    assert claim(shop, "a") is None


def note(task: Task) -> Effect:
    """Leaves a line in the log."""
    task.tell(0, 1, "keep")

    def effect(connection):
        audit.append(connection, "worker", "note", str(task.job.id), task.house.stamp())
        return {}

    return effect


def test_who_has_lost_the_lease_cannot_commit(shop):
    job = shop.ask("note")

    def slow(task: Task) -> Effect:
        effect = note(task)
        shop.late()
        assert shop.worker(kinds={"note": note}).do() is not None
        return effect

    late = shop.worker(kinds={"note": slow}).do()
    assert late is not None
    assert (late.state, late.attempts) == ("done", 2)
    assert shop.log("note") == 1
    assert shop.find(job).worker != ""


def test_who_has_lost_the_lease_can_neither_tell_nor_fail_nor_write_on_the_way(shop):
    shop.ask("note")
    first = claim(shop, "first")
    shop.late()
    second = claim(shop, "second")
    assert first
    assert second
    task = Task(shop.house, first)
    with pytest.raises(LeaseLost):
        task.tell(1, 2, "keep")
    with pytest.raises(LeaseLost), task.writing() as connection:
        audit.append(connection, "worker", "note", "x", shop.house.stamp())
    with shop.database.writing() as connection:
        assert not jobs.fail(connection, first, {"faults": []}, "x")
        assert not jobs.cancel(connection, first, "x")
        assert not jobs.hand_back(connection, first, is_tried=True)
    assert shop.log("note") == 0
    assert shop.find(second).state == "running"


def test_whoever_watches_over_a_job_ends_it_when_it_is_lost(shop):
    shop.ask("note")

    def endless(task: Task) -> Effect:
        shop.late()
        assert claim(shop, "other")
        until(task._ended.is_set)
        task.pause()
        raise AssertionError("the pause should have ended it")

    worker = shop.worker(kinds={"note": endless}, look=0.02)
    lost = worker.do()
    assert lost is not None
    assert (lost.state, lost.worker) == ("running", "other")


def test_a_worker_that_works_on_is_heard_of(shop):
    job = shop.ask("note")
    leases = []

    def long(task: Task) -> Effect:
        for _ in range(3):
            shop.late(5)
            before = shop.find(job).lease_until
            until(lambda before=before: shop.find(job).lease_until > before)
            leases.append(shop.find(job).lease_until)
        return note(task)

    done = shop.worker(kinds={"note": long}, look=0.02, beat=0.04).do()
    assert done is not None
    assert done.state == "done"
    assert leases == sorted(set(leases))


def test_a_job_that_no_worker_outlives_is_given_up(shop):
    job = shop.ask("note")
    for number in range(jobs.MOST_ATTEMPTS):
        assert claim(shop, f"worker {number}")
        shop.late()
    assert claim(shop, "one more") is None
    assert shop.worker(kinds={"note": note}).run(until_idle=True) == 0
    failed = shop.find(job)
    assert failed.state == "failed"
    assert getattr(rules.error_of(failed), "slug", "") == "job-given-up"


def test_a_worker_that_is_told_to_stop_hands_its_job_back(shop):
    job = shop.ask("note")
    stopped = threading.Event()

    def told(task: Task) -> Effect:
        stopped.set()
        until(task._ended.is_set)
        task.pause()
        raise AssertionError

    shop.worker(kinds={"note": told}, look=0.02, stopped=stopped).do()
    back = shop.find(job)
    assert (back.state, back.attempts) == ("waiting", 0)
    assert shop.worker(kinds={"note": note}).do() is not None
    assert shop.find(job).state == "done"


def test_a_fault_of_the_program_ends_one_job_and_not_the_worker_and_tells_no_data(shop, caplog):
    first, second = shop.ask("broken"), shop.ask("note")

    def broken(task: Task) -> Effect:
        raise KeyError(PHONE)

    assert shop.worker(kinds={"broken": broken, "note": note}).run(until_idle=True) == 2
    assert shop.find(first).state == "failed"
    assert getattr(rules.error_of(shop.find(first)), "slug", "") == "job-broken"
    assert shop.find(second).state == "done"
    assert "KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert PHONE not in caplog.text


class Interrupted(Task):
    """A task at whose n-th pause somebody cancels."""

    left = 0
    cancel: Callable[[], Job]

    def pause(self) -> None:
        """Cancels, and lets whoever watches find out."""
        self.left -= 1
        if self.left == 0 and self.cancel().cancel_asked:  # else it has come too far
            until(self._ended.is_set)
        super().pause()


STEPS = 60


@pytest.mark.parametrize(
    ("database_url", "kind"),
    [
        *(("sqlite", kind) for kind in ("list", "sample", "release", "close")),
        # a release reads, by a process of its own, and leaves no row anywhere
        *(("postgresql", kind) for kind in ("list", "sample", "close")),
    ],
    indirect=["database_url"],
)
def test_a_job_is_cancelled_at_each_step_and_leaves_nothing(shop, kind):
    is_list = kind in {"list", "sample"}
    shop.field(council=0, citizens=0 if is_list else 3, opened=not is_list)
    shop.house.mixer.epochs.prepare()
    if kind == "release":
        shop.set_wave(closed_at="2026-08-05T00:00:00+00:00")
    before = shop.count("audit"), shop.count("cases"), shop.state(), release_files(shop)
    seen = []
    for step in range(1, STEPS):
        job = asked_of(shop, kind)

        def interrupted(task: Task, step=step, job=job) -> Effect:
            mine = Interrupted(**{f.name: getattr(task, f.name) for f in dataclasses.fields(task)})
            mine.left, mine.cancel = step, lambda: shop.cancel(job)
            return KINDS[kind](mine)

        ended = shop.worker(kinds={kind: interrupted}, look=0.02).do()
        seen.append(ended.state)
        if ended.state == "done":
            break
        assert ended.state == "cancelled"
        assert (shop.count("audit"), shop.count("cases"), shop.state()) == before[:3]
        assert shop.job_files() == []
        assert shop.half_done() == []
    assert seen[-1] == "done"
    assert len(seen) > 2


def asked_of(shop: Shop, kind: str) -> Job:
    match kind:
        case "list":
            return shop.ask("list", {"kind": "sample", "language": "vi"}, [sample(3)])
        case "sample":
            return shop.confirm("sample", sample(3))
    return shop.ask(kind, {"accepted": True} if kind == "close" else {})


def release_files(shop: Shop) -> int:
    return len([*(shop.path / "data").glob("releases/**/*")])


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_is_over_is_not(shop):
    job = shop.ask("note")
    assert shop.cancel(job).state == "cancelled"
    assert shop.worker(kinds={"note": note}).do() is None
    other = shop.ask("note")
    shop.worker(kinds={"note": note}).do()
    assert shop.cancel(other).state == "done"
    assert not shop.find(other).cancel_asked


def test_who_cancels_while_it_is_committed_comes_before_or_too_late(shop):
    job = shop.ask("note")

    def cancelled(task: Task) -> Effect:
        effect = note(task)
        shop.cancel(job)
        return effect

    ended = shop.worker(kinds={"note": cancelled}).do()
    assert ended is not None
    assert ended.state == "cancelled"
    assert shop.log("note") == 0


def test_a_closing_that_has_closed_is_gone_on_with_and_not_cancelled(shop):
    shop.field(council=0, citizens=3)
    shop.house.mixer.epochs.prepare()
    job = shop.ask("close", {"accepted": True})

    def dies(task: Task) -> Effect:
        KINDS["close"](task)
        raise LeaseLost

    shop.worker(kinds={"close": dies}).do()
    assert shop.state() == "closed"
    assert not shop.cancel(job).cancel_asked
    shop.late()
    assert shop.worker().do() is not None
    assert shop.find(job).state == "done"
    assert shop.log("wave-close") == 1


def test_a_cancelled_one_whose_worker_died_is_not_begun_again(shop):
    job = shop.ask("note")
    assert claim(shop, "first")
    assert shop.cancel(job).cancel_asked
    shop.late()
    assert claim(shop, "second") is None
    shop.worker(kinds={"note": note}).run(until_idle=True)
    assert shop.find(job).state == "cancelled"
    with shop.database.writing() as connection, pytest.raises((LeaseLost, Cancelled)):
        jobs.hold(connection, dataclasses.replace(shop.find(job), worker="first", attempts=1))


MANY = 120


def race(url: str, folder: Path, line: Connection) -> None:
    """Be a worker; tell of the first job that it holds and wait; tell how much was done."""
    shop = Shop(url, folder)
    is_first = True

    def told(task: Task) -> Effect:
        nonlocal is_first
        if is_first:
            is_first = False
            line.send("holds one")
            line.recv()
        return note(task)

    line.send(shop.worker(kinds={"note": told}, look=0.05).run(until_idle=True))


def racer(shop: Shop) -> tuple[Started, Connection]:
    url = shop.database.url.render_as_string(hide_password=False)
    ours, theirs = APART.Pipe()
    return Started(race, url, shop.path, theirs), ours


def test_three_workers_of_whom_one_is_killed_do_a_hundred_and_twenty_jobs_once_each(shop):
    asked = [shop.ask("note") for _ in range(MANY)]
    workers = [racer(shop) for _ in range(3)]
    for _, line in workers:
        assert line.recv() == "holds one"  # three at once
    for _, line in workers:
        line.send("go on")
    until(lambda: shop.log("note") > MANY // 6)
    workers[0][0].kill()
    done = [line.recv() for _, line in workers[1:]]
    for worker, _ in workers:
        worker.wait()
    shop.late()
    shop.worker(kinds={"note": note}).run(until_idle=True)
    with shop.database.reading() as connection:
        mine = tables.audit.c.action == "note"
        noted = Counter(connection.execute(select(tables.audit.c.detail).where(mine)).scalars())
        states = Counter(job.state for job in jobs.last(connection, most=2 * MANY))
    assert noted == {str(job.id): 1 for job in asked}
    assert states == {"done": MANY}
    assert all(done)


def until(what: Callable[[], bool], patience: float = 30) -> None:
    """Wait until it is so."""
    end = time.monotonic() + patience
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)
