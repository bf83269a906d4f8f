"""What holds for every job: how long a lease lasts, what is kept, how long it will still take."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets import progress
from survey_app.store.jobs import Job, JobRefused, Json
from survey_app.store.waves import Refused

LEASE = 20.0
"""Seconds after which a worker that was not heard of is taken for dead."""

BEAT = 4.0
"""Seconds between two signs of life."""

LOOK = 0.5
"""Seconds between two looks whether somebody cancelled."""

KEPT = timedelta(days=14)
"""How long it is shown what a job came to, and its files are kept."""

FEWEST_DONE = 0.05
"""Under this share nothing is said of the time that is left: it would be a guess."""


def given_up() -> Json:
    """What is told of a job whose workers all died."""
    message = "this was begun several times and the program ended each time before it was done"
    return problem_of(JobRefused("job-given-up", message))


def broken() -> JobRefused:
    """What is told of a job that met a fault of this program."""
    message = "a fault of the program itself; the log of the server has it"
    return JobRefused("job-broken", message)


def problem_of(error: ProblemsFound | Refused) -> Json:
    """What is wrong, as it is kept: every fault of a file, or why it cannot be done now."""
    if isinstance(error, ProblemsFound):
        return {"faults": kept_problems(error.problems)}
    return {"slug": error.slug, "message": str(error), "values": dict(error.values)}


def kept_problems(problems: tuple[Problem, ...] | list[Problem]) -> list[dict[str, Any]]:
    """Faults or remarks, as they are kept."""
    return [asdict(each) for each in problems]


def problems_again(kept: list[dict[str, Any]]) -> tuple[Problem, ...]:
    """Faults or remarks, from what was kept."""
    return tuple(Problem(**each) for each in kept)


def error_of(job: Job) -> ProblemsFound | Refused | None:
    """What a job failed with; None where it did not."""
    if job.state != "failed":
        return None
    if "faults" in job.problem:
        return ProblemsFound(problems_again(job.problem["faults"]))
    if "slug" in job.problem:
        return Refused(job.problem["slug"], job.problem["message"], **job.problem["values"])
    return JobRefused("job-forgotten", "why it failed is no longer kept")


def seconds_left(job: Job, before: Job | None, now: datetime) -> float | None:
    """How long a job will still take; None where nobody can tell.

    By its own pace where it has gone some way, else by the one that was done before it.
    """
    if job.state != "running" or job.started_at is None:
        return None
    passed = (now - datetime.fromisoformat(job.started_at)).total_seconds()
    share = share_done(job)
    if before is not None and before.started_at and before.ended_at:
        return max(_length(before) - passed, 0.0)
    if share < FEWEST_DONE:
        return None
    return max(passed * (1 - share) / share, 0.0)


def counts_rows(job: Job) -> bool:
    """Whether its progress is told in rows of a list, and not in steps."""
    return job.progress_label in progress.STEPS


def share_done(job: Job) -> float:
    """How much of a job is done, from 0 to 1: the rows of a list are gone through twice."""
    share = job.progress_value / job.progress_most if job.progress_most else 0.0
    if counts_rows(job):
        return (progress.STEPS.index(job.progress_label) + share) / len(progress.STEPS)
    return share


def _length(job: Job) -> float:
    began, ended = job.started_at or "", job.ended_at or ""
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
