"""`cchc jobs`: see what runs by itself, stop it, and do it on this machine."""

from __future__ import annotations

import signal
import threading

import click

from survey_app.commands.opened import AS_JSON, failing_plainly, house, out_json, say, who
from survey_app.commands.permitted import needs
from survey_app.jobs import folder
from survey_app.store import jobs
from survey_app.store.jobs import Job, NoSuchJob
from survey_app.store.log import audit
from survey_app.watching.tables import Tables, noticing
from survey_app.web import House

_NUMBER = click.argument("number", type=int, metavar="NUMBER")


@click.group("jobs")
def jobs_() -> None:
    """Work that runs by itself (công việc)."""


@jobs_.command("list")
@AS_JSON
@needs("jobs.see")
@failing_plainly
def list_jobs(*, as_json: bool) -> None:
    """What waits, runs and is done, the newest first."""
    with house() as here, here.database.reading() as connection:
        known = jobs.last(connection)
    if as_json:
        out_json([_about(job) for job in known])
        return
    for job in known:
        steps = f"{job.progress_value}/{job.progress_most}"
        click.echo(f"{job.id}\t{job.kind}\t{job.wave}\t{job.state}\t{steps}\t{job.asked_by}")


@jobs_.command()
@_NUMBER
@AS_JSON
@needs("jobs.see")
@failing_plainly
def show(number: int, *, as_json: bool) -> None:
    """One job: how far it is, and why it failed."""
    with house() as here:
        job = _job(here, number)
    if as_json:
        out_json(_about(job))
        return
    for name, value in _about(job).items():
        click.echo(f"{name}\t{'' if value is None else value}")


@jobs_.command()
@_NUMBER
@needs("jobs.cancel")
@failing_plainly
def cancel(number: int) -> None:
    """Stop a job; nothing of it is kept."""
    with house() as here:
        before = _job(here, number)
        with here.database.writing() as connection:
            after = jobs.ask_to_cancel(connection, number, here.stamp())
            if after.cancel_asked and not before.cancel_asked:
                detail = f"{number} {after.kind} {after.wave}".rstrip()
                audit.append(connection, who(), "job-cancel", detail, here.stamp())
        if not after.is_unfinished:
            folder.forget_uploads(here.settings, after.folder)
    if not after.cancel_asked:
        raise click.ClickException(f"job {number} is {after.state}: it cannot be cancelled now")
    say(f"job {number} is {'being stopped' if after.is_unfinished else 'cancelled'}")


@jobs_.command()
@click.option("--only", "only", multiple=True, help="A kind of job; may be given several times.")
@click.option("--until-idle", is_flag=True, help="End when nothing is left to do.")
@needs("site.run")
@failing_plainly
def work(only: tuple[str, ...], *, until_idle: bool) -> None:
    """Do jobs on this machine, until Ctrl-C.

    It needs the same database and the same data folder as the site; for `close`, its keys too.
    """
    from survey_app.jobs.runner import Worker
    from survey_app.office.jobs.kinds import KINDS

    if unknown := set(only) - set(KINDS):
        raise click.ClickException(
            f"there is no kind `{min(unknown)}`; there are {', '.join(KINDS)}"
        )
    stopped = threading.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stopped.set())
    kinds = {kind: prepare for kind, prepare in KINDS.items() if not only or kind in only}
    with house() as here:
        stop_noticing = noticing(Tables(here.database))
        try:
            done = Worker(house=here, kinds=kinds, stopped=stopped).run(until_idle=until_idle)
        finally:
            stop_noticing()
    say(f"{done} jobs were done here")


def _job(here: House, number: int) -> Job:
    with here.database.reading() as connection:
        try:
            return jobs.find(connection, number)
        except NoSuchJob as error:
            raise click.ClickException(f"there is no job {number}: see `cchc jobs list`") from error


def _about(job: Job) -> dict[str, object]:
    """What may be told of a job: not the faults of a file, which may quote a phone number."""
    return {
        "job": job.id,
        "kind": job.kind,
        "wave": job.wave,
        "state": job.state,
        "step": job.progress_value,
        "steps": job.progress_most,
        "doing": job.progress_label,
        "attempts": job.attempts,
        "asked_by": job.asked_by,
        "asked_at": job.asked_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "why": job.problem.get("message"),
        "faults": len(job.problem.get("faults", ())),
    }
