"""Doing jobs: one at a time, each once, whoever dies meanwhile."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from analysis.problems import ProblemsFound
from survey_app import file_modes, quarantine
from survey_app.jobs import folder, rules
from survey_app.jobs.task import Effect, Task, Why, WorkerStopped
from survey_app.store import jobs
from survey_app.store.engine.database import StoreBusy, TablesChanged
from survey_app.store.jobs import Cancelled, Job, LeaseLost
from survey_app.store.waves import NoSuchWave, Refused
from survey_app.web import House

_log = logging.getLogger(__name__)

Kinds = Mapping[str, Callable[[Task], Effect]]
"""Kind of work -> what prepares it."""

LOOK_FOR_WORK = 0.25
"""Seconds between two looks into the queue: a look is one statement that writes nothing."""

AGAIN_AFTER = 3.0
"""Seconds after which it is tried again, where the store could not be used."""

SWEEP_EVERY = 600.0
"""Seconds between two looks at what may be thrown away."""


def new_name() -> str:
    """What a worker is called: by its machine and its process, and unlike any before it."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """Takes jobs of some kinds and does them."""

    house: House
    kinds: Kinds
    name: str = field(default_factory=new_name)
    lease: float = rules.LEASE
    beat: float = rules.BEAT
    look: float = rules.LOOK
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, *, until_idle: bool = False) -> int:
        """Work until told to stop, or until nothing is left to do. Returns how much was done.

        Raises
        ------
        TablesChanged
            A later version has been here: no job is taken any more.
        """
        done, looked = 0, 0
        with file_modes.owner_only():
            while not self.stopped.is_set():
                if looked % round(SWEEP_EVERY / LOOK_FOR_WORK) == 0:
                    self._sweep()
                looked += 1
                worked = self._work_once()
                done += worked
                if not worked and until_idle:
                    break
                if not worked:
                    self.stopped.wait(LOOK_FOR_WORK)
        return done

    def do(self, only: int | None = None) -> Job | None:
        """Claim a job, do it, and tell how it ended; None where there is none.

        Raises
        ------
        StoreBusy, quarantine.Busy
            The job is handed back.
        """
        job = self._claim(only)
        if job is None:
            return None
        task = Task(self.house, job)
        try:
            with self._watched(task):
                effect = self.kinds[job.kind](task)
                task.pause()
                self._commit(task, effect)
        except (ProblemsFound, Refused) as error:
            self._fail(job, error)
        except NoSuchWave:
            self._fail(job, jobs.JobRefused("job-no-wave", "the wave is not there any more"))
        except Cancelled:
            with self.house.database.writing() as connection:
                jobs.cancel(connection, job, self.house.stamp())
        except LeaseLost:
            _log.warning("job %s was taken over by another worker", job.id)
            folder.tidy(self.house.settings, job.folder, job.attempts)
            return self._found(job)
        except WorkerStopped:
            self._hand_back(job, is_tried=False)
            return self._found(job)
        except (StoreBusy, quarantine.Busy):
            self._hand_back(job, is_tried=False)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends one job and not the worker
            _log.error("job %s (%s) failed: %s", job.id, job.kind, _told_without_data(error))
            self._fail(job, rules.broken())
        return self._over(job)

    def _claim(self, only: int | None) -> Job | None:
        now = self.house.clock().timestamp()
        with self.house.database.reading() as connection:
            if not jobs.is_there_work(connection, self.kinds, now, self.lease):
                return None
        with self.house.database.writing() as connection:
            return jobs.claim(
                connection,
                self.name,
                self.kinds,
                now=self.house.clock().timestamp(),  # it may have waited for the store
                lease=self.lease,
                at=self.house.stamp(),
                only=only,
            )

    def _commit(self, task: Task, effect: Effect) -> None:
        """The effect of a job, and that it is done, in one transaction of whoever has it still."""
        with self.house.database.writing() as connection:
            jobs.hold(connection, task.job)
            result = effect(connection)
            jobs.finish(connection, task.job, result, self.house.stamp())

    def _fail(self, job: Job, error: ProblemsFound | Refused) -> None:
        with self.house.database.writing() as connection:
            jobs.fail(connection, job, rules.problem_of(error), self.house.stamp())

    def _hand_back(self, job: Job, *, is_tried: bool) -> None:
        folder.tidy(self.house.settings, job.folder, job.attempts)
        try:
            with self.house.database.writing() as connection:
                jobs.hand_back(connection, job, is_tried=is_tried)
        except StoreBusy:  # its lease will end
            _log.warning("job %s could not be handed back", job.id)

    def _over(self, job: Job) -> Job:
        """Take away the files of a job that is over, but for what is fetched later."""
        now = self._found(job)
        if not now.is_unfinished:
            folder.forget_uploads(self.house.settings, job.folder)
            if not now.result.get("pending"):
                folder.forget_list(self.house.settings, job.folder)
        folder.tidy(self.house.settings, job.folder, job.attempts)
        return now

    def _found(self, job: Job) -> Job:
        with self.house.database.reading() as connection:
            return jobs.find(connection, job.id)

    def _work_once(self) -> bool:
        """Whether there was something to do.

        Raises
        ------
        TablesChanged
        """
        try:
            return self.do() is not None
        except TablesChanged:
            raise
        except (StoreBusy, quarantine.Busy) as error:
            _log.warning("a worker cannot go on now: %s", error)
            self.stopped.wait(AGAIN_AFTER)
            return False

    @contextmanager
    def _watched(self, task: Task) -> Iterator[None]:
        """Have another thread tell that the work goes on, and see whether it is still wanted."""
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(task, over), name="lease", daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()

    def _watch(self, task: Task, over: threading.Event) -> None:
        looks = 0
        while not over.wait(self.look):
            if self.stopped.is_set():
                task.end("stopped")
                return
            looks += 1
            is_time = looks % max(1, round(self.beat / self.look)) == 0
            if why := self._why_end(task.job, renew=is_time):
                task.end(why)
                return

    def _why_end(self, job: Job, *, renew: bool) -> Why | None:
        database = self.house.database
        try:
            if renew:
                with database.writing() as connection:
                    now = self.house.clock().timestamp()
                    jobs.renew(connection, job, now, self.lease)
            with database.reading() as connection:
                known = jobs.find(connection, job.id)
        except (LeaseLost, jobs.NoSuchJob):
            return "lost"
        except StoreBusy:  # the job's own transaction may hold the store: the next look tells
            return None
        if known.cancel_asked:
            return "cancelled"
        return "lost" if known.state == "running" and known.attempts != job.attempts else None

    def _sweep(self) -> None:
        """End what is hopeless, forget what is old, and delete the files that no job needs."""
        now, stamp = self.house.clock().timestamp(), self.house.stamp()
        before = (datetime.fromisoformat(stamp) - rules.KEPT).isoformat(timespec="seconds")
        try:
            with self.house.database.writing() as connection:
                jobs.give_up(connection, now, self.lease, rules.given_up(), stamp)
                forgotten = jobs.clean(connection, before)
                unfinished = jobs.folders(connection, unfinished=True)
                kept = jobs.folders(connection, unfinished=False)
                waiting = jobs.waiting_folders(connection)
            folder.sweep(self.house.settings, unfinished, kept, forgotten, waiting)
        except (StoreBusy, OSError):
            _log.exception("what jobs left behind could not be tidied up")


def _told_without_data(error: Exception) -> str:
    """An error and where it was met, without its words: they may hold a row of a list."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
