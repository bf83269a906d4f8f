"""Asking for work: a job is put into the queue, and what is quick is waited for.

Where no worker runs beside the site (a test, a demonstration, the application inside another
server), the work is done at once, by the same code.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

from survey_app.fieldwork.sheets.cells import Source
from survey_app.jobs import folder, rules
from survey_app.jobs.runner import Worker
from survey_app.office.guard.login import who
from survey_app.office.jobs.kinds import KINDS
from survey_app.store import jobs
from survey_app.store.engine import patience
from survey_app.store.engine.database import StoreBusy
from survey_app.store.jobs import Job, Json
from survey_app.web import House, house

QUICK = 1.2
"""Seconds that a page waits for work that is soon done: whoever asked sees its result at once."""

_LOOK = 0.1


def ask(
    kind: str,
    wave: str,
    arguments: Json | None = None,
    files: Sequence[Source] = (),
    in_folder: str = "",
) -> Job:
    """Have something done; gives the job, which is done where that was quick.

    Raises
    ------
    ProblemsFound, Refused
        It has failed already, and this is why.
    """
    job = tried(kind, wave, arguments, files, in_folder)
    if error := rules.error_of(job):
        raise error
    return job


def tried(
    kind: str,
    wave: str,
    arguments: Json | None = None,
    files: Sequence[Source] = (),
    in_folder: str = "",
) -> Job:
    """The same, and the job also where it has failed; `in_folder`: where its files are already."""
    here = house()
    job = _asked(here, kind, wave, arguments or {}, files, in_folder)
    return _done_here(here, job) if here.settings.workers is None else _waited_for(here, job)


def _asked(
    here: House, kind: str, wave: str, arguments: Json, files: Sequence[Source], in_folder: str
) -> Job:
    name = in_folder or folder.new_name()
    if files:
        folder.keep_uploads(here.settings, name, files)
    try:
        with here.database.writing() as connection:
            known = None if files else jobs.same(connection, kind, wave, arguments, who())
            return known or jobs.ask(
                connection, kind, wave, arguments, folder=name, by=who(), at=here.stamp()
            )
    except BaseException:
        folder.forget_uploads(here.settings, name)
        raise


def _done_here(here: House, job: Job) -> Job:
    with patience.work():
        try:
            done = Worker(house=here, kinds=KINDS).do(job.id)
        except BaseException:
            folder.forget_uploads(here.settings, job.folder)
            with suppress(StoreBusy), here.database.writing() as connection:
                jobs.withdraw(connection, job.id)
            raise
        return done or _now(here, job)


def _waited_for(here: House, job: Job) -> Job:
    end = time.monotonic() + QUICK
    while job.is_unfinished and time.monotonic() < end:
        time.sleep(_LOOK)
        job = _now(here, job)
    return job


def _now(here: House, job: Job) -> Job:
    with here.database.reading() as connection:
        return jobs.find(connection, job.id)
