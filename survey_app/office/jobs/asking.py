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
from survey_app.store.engine.database import Connection, StoreBusy
from survey_app.store.jobs import Job, Json
from survey_app.watching import disk
from survey_app.web import House, house

QUICK = 1.2
"""Seconds that a page waits for work that is soon done: whoever asked sees its result at once."""

_LOOK = 0.1

MOST_UNFINISHED = 10
"""Jobs of one account that wait or run at once."""

MOST_UNDECIDED = 20
"""Lists of one account that wait to be taken in or dropped: each lies on the disk for a day."""

_COPIES = 3
"""How often what is handed in may lie on the disk: as it came, to be read anew, and read."""


class TooMuch(Exception):
    """No more is begun for this account, or for anybody; `why` is the key of its words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


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
    TooMuch
        It is not begun.
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
        _keep(here, name, files)
    try:
        with here.database.writing() as connection:
            known = None if files else jobs.same(connection, kind, wave, arguments, who())
            if known is None:
                _refuse_more(connection, adds_list=bool(files))
            return known or jobs.ask(
                connection, kind, wave, arguments, folder=name, by=who(), at=here.stamp()
            )
    except BaseException:
        folder.forget_uploads(here.settings, name)
        raise


def _keep(here: House, name: str, files: Sequence[Source]) -> None:
    """Keep what was handed in, if there is room for it and it may be asked for at all."""
    if disk.is_short(here.settings, _COPIES * sum(len(each.content) for each in files)):
        raise TooMuch("jobs_disk_short")
    with here.database.reading() as connection:
        _refuse_more(connection, adds_list=True)
    folder.keep_uploads(here.settings, name, files)


def _refuse_more(connection: Connection, *, adds_list: bool) -> None:
    """See to it that nobody fills the queue, or the disk, by themselves.

    Raises
    ------
    TooMuch
    """
    unfinished, undecided = jobs.counts_of(connection, who())
    if unfinished >= MOST_UNFINISHED:
        raise TooMuch("jobs_too_many")
    if adds_list and undecided >= MOST_UNDECIDED:
        raise TooMuch("jobs_too_many_lists")


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
