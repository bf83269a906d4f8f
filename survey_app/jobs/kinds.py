"""The kinds of work that need no page of the office: each prepares, and returns its effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analysis.problems import Problem
from survey_app import quarantine
from survey_app.conduct import closing, wave_making
from survey_app.conduct import drawing as drawn
from survey_app.conduct.drawing import FromList
from survey_app.conduct.scoring import publish
from survey_app.fieldwork.assessment import self_workbook
from survey_app.fieldwork.assessment.self_template import Form
from survey_app.fieldwork.assessment.self_workbook import Asked
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.jobs import drawing, examining, letters, lists, publishing, quality, rules
from survey_app.jobs.task import Effect, Task
from survey_app.jobs.texts import Texts
from survey_app.sampling.population import Population
from survey_app.store import jobs, waves
from survey_app.store.assessment import imports
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.log import audit
from survey_app.store.sample import cases, spellings, weight_sums
from survey_app.store.waves import Wave

IMPORTS = ("frame", "sample", "points", "population", "appraised")
"""The kinds that take in what was handed in."""


def frame(task: Task) -> Effect:
    """How many there are to be asked, as a list said that was confirmed."""
    read: frame_file.Frame = lists.kept(task)

    def keep(connection: Connection, wave: Wave) -> int:
        count = cases.import_frame(connection, wave, read.rows)
        _log(task, connection, "frame-import", count)
        return count

    return _confirmed(task, read, keep)


def sample(task: Task) -> Effect:
    """Who is asked, as a list said that was confirmed; in the place of those before, if wanted."""
    read: sample_file.Sample = lists.kept(task)
    by, typed = task.job.asked_by, task.job.arguments.get("replace")

    def keep(connection: Connection, wave: Wave) -> int:
        if typed:
            sample = read.rows, read.contacts
            return wave_making.sample_replaced(
                connection, wave.name, typed, sample, by=by, at=task.house.stamp()
            )
        count = cases.import_sample(connection, wave, read.rows, read.contacts)
        _log(task, connection, "sample-import", count)
        return count

    return _confirmed(task, read, keep)


def population(task: Task) -> Effect:
    """Everybody who might be asked, as a list said that was confirmed; kept with the wave."""
    read: Population = lists.kept(task)
    file = read.understanding.file if read.understanding else ""

    def keep(connection: Connection, wave: Wave) -> int:
        listed, by = FromList(file=file, population=read), task.job.asked_by
        return drawn.keep_list(connection, wave, listed, by=by, at=task.house.stamp())

    return _confirmed(task, read, keep, compare=False)


def _confirmed(
    task: Task,
    read: frame_file.Frame | sample_file.Sample | Population,
    keep: Callable[[Connection, Wave], int],
    *,
    compare: bool = True,
) -> Effect:
    """A list that was looked at is kept whole, and settled: nobody takes it in once more."""
    wave = task.wave
    task.tell(1, 2, "keep")

    def effect(connection: Connection) -> Json:
        lists.settle(connection, task.job.arguments["list"])
        count = keep(connection, waves.find(connection, wave.name))
        file = read.understanding.file if read.understanding else ""
        compared = _compared(connection, wave, file) if compare else ()
        return _taken(count, [*read.remarks, *compared])

    return effect


def points(task: Task) -> Effect:
    """The points that units give themselves, from workbooks: of all, or of one unit's clerk."""
    return _proposed(task, Asked("own", unit=task.job.arguments.get("unit", "")))


def appraised(task: Task) -> Effect:
    """Appraised points, from workbooks: of every field, or of those of one agency."""
    fields = task.job.arguments.get("fields")
    return _proposed(task, Asked("appraised", None if fields is None else frozenset(fields)))


def _proposed(task: Task, asked: Asked) -> Effect:
    """Points that were read. They wait until whoever handed them in has seen what they change."""
    wave, files = task.wave, task.uploads
    texts = Texts.of(task, wave)
    task.tell(0, 2, "read")
    form = Form(wave.name, wave.year, texts.study)
    read = quarantine.read(self_workbook.read, files, form, texts.units, asked, pause=task.pause)
    task.tell(1, 2, "keep")

    def effect(connection: Connection) -> Json:
        now = waves.find(connection, wave.name)
        by, at = task.job.asked_by, task.house.stamp()
        number = imports.propose(connection, now, read.proposal, by, at)
        return _taken(len(read.units), list(read.remarks)) | {"import": number}

    return effect


def _taken(count: int, remarks: list[Problem]) -> dict[str, Any]:
    return {"count": count, "remarks": rules.kept_problems(remarks)}


def _compared(connection: Connection, wave: Wave, file: str) -> tuple[Problem, ...]:
    """What to look at once a list is beside all others of the wave: names, and sums of weights."""
    drawn = tuple(cases.drawn(connection, wave.id))
    return (
        *spellings.remarks(connection, wave, file, drawn),
        *weight_sums.remarks(connection, wave, file, drawn),
    )


def _log(task: Task, connection: Connection, action: str, count: int) -> None:
    detail = f"{task.job.wave} {count}"
    audit.append(connection, task.job.asked_by, action, detail, task.house.stamp())


def score(task: Task) -> Effect:
    """Score the survey portion."""
    return _scored(task, ("release", "score"))


def merge(task: Task) -> Effect:
    """Score, and merge with the other points."""
    return _scored(task, ("release", "score", "merge", "detail"))


def _scored(task: Task, steps: tuple[str, ...]) -> Effect:
    results = publish.computed(
        task.house,
        task.wave,
        task.work_folder(),
        merge="merge" in steps,
        told=lambda step: task.tell(steps.index(step), len(steps) + 1, step),
        pause=task.pause,
    )
    task.tell(len(steps), len(steps) + 1, "keep")

    def effect(connection: Connection) -> Json:
        card = publish.keep(connection, task.house, results, task.job.asked_by)
        return {"scorecard": card.id}

    return effect


def close(task: Task) -> Effect:
    """Let no more answers in, and open all ballots. What is closed stays so: then it goes on."""
    house, job = task.house, task.job
    ticked = {name: bool(job.arguments.get(name)) for name in ("accepted", "leave_out")}
    if not job.result.get("closed"):
        task.tell(0, 2, "close")
        closing.shut(
            house,
            job.wave,
            job.asked_by,
            **ticked,
            known=tuple(job.arguments.get("known", ())),
            writing=task.writing,
            also=lambda connection: jobs.keep(connection, job, {"closed": True}),
        )
    task.tell(1, 2, "open")
    closing.finish(house, task.wave, job.asked_by, **ticked, pause=task.pause)
    return lambda _connection: {"closed": True}


KINDS: Mapping[str, Callable[[Task], Effect]] = {
    "frame": frame,
    "sample": sample,
    "points": points,
    "population": population,
    "draw": drawing.draw,
    "take": drawing.take,
    "score": score,
    "merge": merge,
    "publish": publishing.show,
    "close": close,
    "letters": letters.letters,
    "prepare": publishing.prepare,
    "sensitivity": examining.sensitivity,
    "compare": examining.compare,
    "screen": quality.screen,
    "appraised": appraised,
    "publish_open_data": publishing.show_open_data,
}
