"""A job in the hands of a worker: what it may ask while it prepares what is to be committed.

A kind of work is a function that takes a `Task`, does what takes long without changing anything
that is shown, and returns its effect: what is done in the one transaction in which the job is done
too. Files are made in the task's own folder; the effect puts them in their place last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from survey_app.fieldwork.sheets.cells import Source
from survey_app.jobs import folder
from survey_app.store import jobs, waves
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Cancelled, Job, Json, LeaseLost
from survey_app.store.waves import Wave
from survey_app.web import House

Effect = Callable[[Connection], Json]
"""What is done when everything is prepared; gives what is kept of it."""

Why = Literal["cancelled", "lost", "stopped"]


class WorkerStopped(Exception):
    """The worker is told to stop: another begins the job anew."""


_RAISED: dict[Why, type[Exception]] = {
    "cancelled": Cancelled,
    "lost": LeaseLost,
    "stopped": WorkerStopped,
}


@dataclass
class Task:
    """One attempt at a job. `end` is called by another thread, which watches over it."""

    house: House
    job: Job
    _why: list[Why] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def end(self, why: Why) -> None:
        """Let the work end at its next pause."""
        self._why.append(why)
        self._ended.set()

    def pause(self) -> None:
        """Call this now and then.

        Raises
        ------
        Cancelled, LeaseLost, WorkerStopped
        """
        if self._ended.is_set():
            raise _RAISED[self._why[0]](self.job.id)

    def tell(self, value: int, most: int, label: str) -> None:
        """Say how far it is: so many steps of so many, and which is the next."""
        self.pause()
        with self.house.database.writing() as connection:
            jobs.tell(connection, self.job, value, most, label)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction before the last one, for work that has several. Only who has the job may.

        Raises
        ------
        Cancelled, LeaseLost, WorkerStopped
        """
        self.pause()
        with self.house.database.writing() as connection:
            jobs.hold(connection, self.job)
            yield connection

    @property
    def wave(self) -> Wave:
        """The wave that it is about, as it is now."""
        with self.house.database.reading() as connection:
            return waves.find(connection, self.job.wave)

    @property
    def uploads(self) -> list[Source]:
        """The files that were handed in."""
        return folder.uploads(self.house.settings, self.job.folder)

    def work_folder(self) -> Path:
        """An empty folder for what is made on the way."""
        return folder.work_folder(self.house.settings, self.job.folder, self.job.attempts)

    @property
    def folder(self) -> Path:
        """Where a file is kept that is fetched later."""
        return folder.make(self.house.settings, self.job.folder)
