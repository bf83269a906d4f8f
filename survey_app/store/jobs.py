"""Jobs: work that takes long, taken from a table by lease, and done once.

A lease is told from another by the number of the attempt: whoever lost theirs cannot commit, for
every transaction of a job begins by asking whether this attempt still holds it, and keeps its row
locked from there on. Times are arguments.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from survey_app.store.tables import jobs
from survey_app.store.waves import Refused

UNFINISHED = ("waiting", "running")

PENDING = ("list", "sheet", "columns")
"""What a job that is done may leave to be decided: whether its list is taken in; which sheet; what
its columns are."""

MOST_ATTEMPTS = 5
"""A job that its worker never outlives is given up after so many."""

Json = Mapping[str, Any]


class NoSuchJob(Exception):
    """No job has this number."""


class LeaseLost(Exception):
    """Another attempt has the job, or it is over: nothing more of this one may be kept."""


class Cancelled(Exception):
    """Somebody wants the job no more."""


class JobRefused(Refused):
    """Why a job came to nothing, where its work does not say so itself."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A piece of work, who asked for it, and how far it is."""

    id: int
    kind: str
    wave: str
    arguments: Json
    folder: str
    state: str
    progress_value: int
    progress_most: int
    progress_label: str
    lease_until: float
    worker: str
    attempts: int
    asked_by: str
    asked_at: str
    started_at: str | None
    ended_at: str | None
    result: Json
    problem: Json
    cancel_asked: bool

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or runs."""
        return self.state in UNFINISHED

    @property
    def can_be_cancelled(self) -> bool:
        """Whether nothing of it is done yet; what has begun to be done is gone on with."""
        return self.is_unfinished and not self.cancel_asked and not self.result


def ask(
    connection: Connection,
    kind: str,
    wave: str,
    arguments: Json,
    *,
    folder: str,
    by: str,
    at: str,
) -> Job:
    """Put a job into the queue."""
    added = connection.execute(
        insert(jobs)
        .values(
            kind=kind,
            wave=wave,
            arguments=_text(arguments),
            folder=folder,
            state="waiting",
            asked_by=by,
            asked_at=at,
        )
        .returning(jobs.c.id)
    ).scalar_one()
    return find(connection, added)


def same(connection: Connection, kind: str, wave: str, arguments: Json, by: str) -> Job | None:
    """An unfinished job that does the same: who presses a button twice asks once."""
    row = connection.execute(
        select(jobs.c.id).where(
            jobs.c.kind == kind,
            jobs.c.wave == wave,
            jobs.c.arguments == _text(arguments),
            jobs.c.asked_by == by,
            jobs.c.state.in_(UNFINISHED),
            jobs.c.cancel_asked.is_(False),
        )
    ).first()
    return find(connection, row.id) if row else None


def find(connection: Connection, id_: int) -> Job:
    """The job of this number.

    Raises
    ------
    NoSuchJob
    """
    row = connection.execute(select(jobs).where(jobs.c.id == id_)).mappings().first()
    if row is None:
        raise NoSuchJob(id_)
    return _job(row)


def last(connection: Connection, by: str | None = None, most: int = 200) -> tuple[Job, ...]:
    """The newest jobs, newest first; of one person, or of all."""
    newest = select(jobs).order_by(jobs.c.id.desc()).limit(most)
    if by is not None:
        newest = newest.where(jobs.c.asked_by == by)
    return tuple(_job(row) for row in connection.execute(newest).mappings())


def last_done(connection: Connection, kind: str, wave: str) -> Job | None:
    """The job of this kind that was done last: the next one may take as long."""
    alike = (jobs.c.kind == kind) & (jobs.c.wave == wave) & (jobs.c.state == "done")
    newest = select(jobs).where(alike).order_by(jobs.c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return _job(row) if row else None


def counts_of(connection: Connection, by: str) -> tuple[int, int]:
    """How many jobs of one person wait or run, and how many lists wait to be decided about."""
    counts = (
        connection.execute(select(func.count()).where(jobs.c.asked_by == by, is_counted))
        for is_counted in (jobs.c.state.in_(UNFINISHED), (jobs.c.state == "done") & _is_undecided())
    )
    unfinished, undecided = (int(count.scalar_one()) for count in counts)
    return unfinished, undecided


def is_there_work(connection: Connection, kinds: Collection[str], now: float, lease: float) -> bool:
    """Whether a job can be claimed. A look: it locks nothing and writes nothing."""
    free = _free(now, lease) & jobs.c.kind.in_(kinds)
    return connection.execute(select(jobs.c.id).where(free).limit(1)).first() is not None


def claim(
    connection: Connection,
    worker: str,
    kinds: Collection[str],
    *,
    now: float,
    lease: float,
    at: str,
    only: int | None = None,
) -> Job | None:
    """Take the oldest job that nobody has, or whose worker was not heard of for a lease."""
    free = _free(now, lease) & jobs.c.kind.in_(kinds)
    if only is not None:
        free &= jobs.c.id == only
    oldest = select(jobs.c.id).where(free).order_by(jobs.c.id).limit(1)
    oldest = oldest.with_for_update(skip_locked=True)  # SQLite has one writer anyway
    row = connection.execute(
        update(jobs)
        .where(jobs.c.id == oldest.scalar_subquery())
        .values(
            state="running",
            worker=worker,
            attempts=jobs.c.attempts + 1,
            lease_until=now + lease,
            started_at=at,
            progress_value=0,
            progress_most=0,
            progress_label="",
        )
        .returning(jobs.c.id)
    ).first()
    return find(connection, row.id) if row else None


def hold(connection: Connection, job: Job) -> Job:
    """See to it that this attempt still holds its job, and that nobody takes it meanwhile.

    Raises
    ------
    LeaseLost, Cancelled
    """
    held = update(jobs).where(_held(job)).values(worker=jobs.c.worker)
    if connection.execute(held).rowcount != 1:
        raise LeaseLost(job.id)
    known = find(connection, job.id)
    if known.cancel_asked:
        raise Cancelled(job.id)
    return known


def renew(connection: Connection, job: Job, now: float, lease: float) -> None:
    """Tell that the work goes on.

    Raises
    ------
    LeaseLost
    """
    renewed = update(jobs).where(_held(job)).values(lease_until=now + lease)
    if connection.execute(renewed).rowcount != 1:
        raise LeaseLost(job.id)


def tell(connection: Connection, job: Job, value: int, most: int, label: str) -> None:
    """Tell how far it is.

    Raises
    ------
    LeaseLost
    """
    told = {"progress_value": value, "progress_most": most, "progress_label": label}
    if connection.execute(update(jobs).where(_held(job)).values(**told)).rowcount != 1:
        raise LeaseLost(job.id)


def keep(connection: Connection, job: Job, result: Json) -> None:
    """Keep what a job has done so far; from now on it is gone on with, and not cancelled."""
    hold(connection, job)
    connection.execute(update(jobs).where(jobs.c.id == job.id).values(result=_text(result)))


def finish(connection: Connection, job: Job, result: Json, at: str) -> None:
    """It is done: in the transaction of its effect, which has begun by `hold`."""
    values = {"state": "done", "ended_at": at, "result": _text(result), "lease_until": 0}
    ended = update(jobs).where(_held(job)).values(**values, progress_value=jobs.c.progress_most)
    if connection.execute(ended).rowcount != 1:
        raise LeaseLost(job.id)


def settle(connection: Connection, id_: int) -> bool:
    """What a job that is done left to be decided is decided. Gives whether it still was not."""
    kept = select(jobs.c.result).where(jobs.c.id == id_, jobs.c.state == "done")
    known = connection.execute(kept.with_for_update()).scalar()  # SQLite has one writer anyway
    result = json.loads(known) if known else {}
    if not result.get("pending"):
        return False
    settled = _text({**result, "pending": ""})
    connection.execute(update(jobs).where(jobs.c.id == id_).values(result=settled))
    return True


def fail(connection: Connection, job: Job, problem: Json, at: str) -> bool:
    """It came to nothing, and this is why. Gives whether it was still this attempt's."""
    values = {"state": "failed", "ended_at": at, "problem": _text(problem), "lease_until": 0}
    return connection.execute(update(jobs).where(_held(job)).values(**values)).rowcount == 1


def hand_back(connection: Connection, job: Job, *, is_tried: bool) -> bool:
    """Let another have it. What was never tried, as the worker was told to stop, does not count."""
    attempts = jobs.c.attempts - (0 if is_tried else 1)
    freed = {"state": "waiting", "lease_until": 0, "attempts": attempts}
    return connection.execute(update(jobs).where(_held(job)).values(**freed)).rowcount == 1


def ask_to_cancel(connection: Connection, id_: int, at: str) -> Job:
    """Cancel a job that waits; ask the worker of one that runs.

    One that is over, or that has begun to be done, stays as it is.

    Raises
    ------
    NoSuchJob
    """
    mine = (jobs.c.id == id_) & jobs.c.result.is_(None)
    connection.execute(
        update(jobs)
        .where(mine, jobs.c.state == "waiting")
        .values(state="cancelled", ended_at=at, cancel_asked=True)
    )
    running = update(jobs).where(mine, jobs.c.state == "running").values(cancel_asked=True)
    connection.execute(running)
    return find(connection, id_)


def cancel(connection: Connection, job: Job, at: str) -> bool:
    """It was cancelled while it ran. Gives whether it was still this attempt's."""
    ended = {"state": "cancelled", "ended_at": at, "lease_until": 0}
    return connection.execute(update(jobs).where(_held(job)).values(**ended)).rowcount == 1


def give_up(connection: Connection, now: float, lease: float, problem: Json, at: str) -> int:
    """End the jobs whose workers are gone and that are not to be tried again. Returns how many."""
    gone = and_(jobs.c.state == "running", _is_over(now, lease))
    unwanted = update(jobs).where(gone, jobs.c.cancel_asked.is_(True))
    cancelled = connection.execute(unwanted.values(state="cancelled", ended_at=at)).rowcount
    ended = {"state": "failed", "ended_at": at, "problem": _text(problem)}
    hopeless = update(jobs).where(gone, jobs.c.attempts >= MOST_ATTEMPTS)
    return int(cancelled + connection.execute(hopeless.values(**ended)).rowcount)


def withdraw(connection: Connection, id_: int) -> None:
    """Take away a job that nobody has begun, as if it had never been asked for."""
    connection.execute(delete(jobs).where(jobs.c.id == id_, jobs.c.state == "waiting"))


def forget_problems(connection: Connection, wave: str) -> None:
    """Forget what was wrong with the files of a wave: a fault may quote a phone number."""
    ended = (jobs.c.wave == wave) & jobs.c.state.not_in(UNFINISHED)
    connection.execute(update(jobs).where(ended).values(problem=None))


def clean(connection: Connection, before: str) -> frozenset[str]:
    """Take away the jobs that ended before a time. Returns their folders."""
    old = jobs.c.state.not_in(UNFINISHED) & (jobs.c.ended_at < before)
    gone = delete(jobs).where(old).returning(jobs.c.folder)
    return frozenset(connection.execute(gone).scalars())


def folders(connection: Connection, *, unfinished: bool) -> frozenset[str]:
    """The folders of jobs: of those that are not over, or of all that are kept."""
    of_jobs = select(jobs.c.folder)
    if unfinished:
        of_jobs = of_jobs.where(jobs.c.state.in_(UNFINISHED))
    return frozenset(connection.execute(of_jobs).scalars())


def waiting_folders(connection: Connection) -> frozenset[str]:
    """The folders of jobs that left something to be decided, and nobody has decided it yet."""
    undecided = select(jobs.c.folder).where(_is_undecided())
    return frozenset(connection.execute(undecided).scalars())


def forget_waiting(connection: Connection, wave: str) -> None:
    """Decide against everything of a wave that waits to be decided."""
    mine = select(jobs.c.id).where(jobs.c.wave == wave, jobs.c.result.contains('"pending"'))
    for id_ in connection.execute(mine).scalars().all():
        settle(connection, id_)


def _is_undecided() -> ColumnElement[bool]:
    return or_(*(jobs.c.result.contains(f'"pending": "{what}"') for what in PENDING))


def _free(now: float, lease: float) -> ColumnElement[bool]:
    waits = jobs.c.state == "waiting"
    gone = and_(
        jobs.c.state == "running",
        _is_over(now, lease),
        jobs.c.attempts < MOST_ATTEMPTS,
        jobs.c.cancel_asked.is_(False),
    )
    return or_(waits, gone)


def _is_over(now: float, lease: float) -> ColumnElement[bool]:
    """Whether a lease has ended. One that ends much later than any can was taken by another clock.

    Where a clock was set back, work is begun anew at worst: who had it before cannot commit. Clocks
    of two machines may differ by a lease.
    """
    return or_(jobs.c.lease_until < now, jobs.c.lease_until > now + 2 * lease)


def _held(job: Job) -> ColumnElement[bool]:
    return and_(
        jobs.c.id == job.id,
        jobs.c.state == "running",
        jobs.c.worker == job.worker,
        jobs.c.attempts == job.attempts,
    )


def _text(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)


def _job(row: Mapping[Any, Any]) -> Job:
    known = dict(row)
    for name in ("arguments", "result", "problem"):
        known[name] = json.loads(known[name]) if known[name] else {}
    return Job(**known)
