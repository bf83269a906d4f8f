"""Lists that are handed in: read and kept aside until they are confirmed, then taken in, once.

What was read waits in the folder of the job that read it, for a day at most. Whoever handed it in
looks at how it was understood, and confirms or drops it. The job that takes it in works in the same
folder, and settles the other one in its own transaction: a list is taken in once, whoever presses
how often.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from analysis.problems import Problem, ProblemsFound
from survey_app import file_modes, quarantine
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.understanding import annotated, kinds_of_faults
from survey_app.fieldwork.understanding.annotated import Mark, Said
from survey_app.fieldwork.understanding.understood import Understanding
from survey_app.jobs import folder
from survey_app.jobs.task import Effect, Task
from survey_app.jobs.texts import Texts
from survey_app.sampling import population_file
from survey_app.settings import Settings
from survey_app.store import jobs
from survey_app.store.engine.database import Connection, StoreBusy
from survey_app.store.jobs import Job, JobRefused, Json
from survey_app.store.sample import cases

READERS: Mapping[str, Callable[..., Any]] = {
    "frame": frame_file.read,
    "sample": sample_file.read,
    "population": population_file.read,
}
"""Kind of list -> what reads it."""

COLUMNS: Mapping[str, Sequence[str]] = {
    "frame": frame_file.COLUMNS,
    "sample": sample_file.COLUMNS,
    "population": population_file.COLUMNS,
}
"""Kind of list -> the columns that it may have."""

Tell = Callable[[Sequence[Problem], str], tuple[Sequence[Mark], Said]]
"""What says faults in a language, as they are written beside their cells."""

_TELL_EVERY = 0.7
"""Seconds between two tellings of how many rows are done."""

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def read(task: Task, tell: Tell) -> Effect:
    """Read a list, and keep it until it is confirmed; nothing of it is taken in."""
    asked, file = task.job.arguments, task.uploads[0]
    task.tell(0, 2, "read")
    try:
        told, listed = _read(task, file)
    except ProblemsFound as refused:
        if choices := _sheets_to_choose(refused.problems):
            return _asking_for_sheet(task, file, choices)
        task.tell(1, 2, "mark")
        _keep_annotated(task, file, refused.problems, tell, str(asked["language"]))
        raise ProblemsFound(kinds_of_faults.firsts(refused.problems)) from refused
    task.tell(1, 2, "understand")
    pending, rows = "list" if listed else "columns", told[0].rows
    work = task.work_folder()
    kept_files = {
        folder.LIST: listed,
        folder.LIST_TOLD: quarantine.packed(told),
        folder.LIST_FILE: quarantine.packed(file),
    }
    for name, content in kept_files.items():
        _write(work / name, content)

    def effect(_: Connection) -> Json:
        for name in kept_files:
            (work / name).replace(task.folder / name)
        return {"pending": pending, "count": rows}

    return effect


def told(settings: Settings, job: Job) -> tuple[Understanding, tuple[Problem, ...]]:
    """How a list that waits was understood, and what to look at in it.

    Raises
    ------
    JobRefused
        When it waits no longer.
    """
    shown: tuple[Understanding, tuple[Problem, ...]]
    shown = _kept(settings, job.folder, folder.LIST_TOLD)
    return shown


def kept(task: Task) -> Any:
    """The list that a job takes in, as it was read.

    Raises
    ------
    JobRefused
        When it was taken in or dropped already.
    """
    task.tell(0, 2, "read")
    return _kept(task.house.settings, task.job.folder, folder.LIST)


def settle(connection: Connection, number: int) -> None:
    """Let a list wait no longer, because it is taken in or dropped.

    Raises
    ------
    JobRefused
        When it does not wait any more.
    """
    if not jobs.settle(connection, number):
        raise _gone()


def _gone() -> JobRefused:
    message = "the list waits no longer: it was taken in or dropped, or a day has passed"
    return JobRefused("list-gone", message)


def _kept(settings: Settings, name: str, file: str) -> Any:
    try:
        raw = (folder.path(settings, name) / file).read_bytes()
    except FileNotFoundError as error:
        raise _gone() from error
    return quarantine.unpacked_result(raw)


def _read(task: Task, file: Source) -> tuple[tuple[Understanding, tuple[Problem, ...]], bytes]:
    """How a list was understood, and the list as it is put aside."""
    wave, asked = task.wave, task.job.arguments
    texts = Texts.of(task, wave)
    chosen = {int(place): name for place, name in asked.get("columns", {}).items()}
    known: list[object] = [texts.group_names, texts.unit_names, asked.get("sheet", ""), chosen]
    if asked["kind"] == "sample" and not asked.get("replace"):
        with task.house.database.reading() as connection:
            known.append(cases.labels(connection, wave.id))
    reader = READERS[asked["kind"]]
    read = quarantine.read(
        quarantine.in_two, file, reader, *known, pause=task.pause, told=_Telling(task)
    )
    return cast("tuple[tuple[Understanding, tuple[Problem, ...]], bytes]", read)


class _Telling:
    """Tells how many rows are done, now and then: each telling is a transaction."""

    def __init__(self, task: Task) -> None:
        self.task, self.told, self.at = task, ("", 0), time.monotonic()

    def __call__(self, step: str, done: int, total: int) -> None:
        """Pass it on."""
        now = time.monotonic()
        if self.told != (step, done) and now - self.at > _TELL_EVERY:
            self.told, self.at = (step, done), now
            with suppress(StoreBusy):  # the reading goes on; the next telling comes soon
                self.task.tell(done, total, step)


def _sheets_to_choose(problems: Sequence[Problem]) -> tuple[str, ...]:
    for problem in problems:
        if problem.slug == "several-sheets":
            return tuple(json.loads(problem.values["choices"]))
    return ()


def _asking_for_sheet(task: Task, file: Source, choices: Sequence[str]) -> Effect:
    """Keep the file until somebody has said which of its sheets is meant."""
    work = task.work_folder()
    _write(work / folder.LIST_FILE, quarantine.packed(file))

    def effect(_: Connection) -> Json:
        (work / folder.LIST_FILE).replace(task.folder / folder.LIST_FILE)
        return {"pending": "sheet", "sheets": list(choices)}

    return effect


def waiting_file(settings: Settings, job: Job) -> Source:
    """The file of a list that waits, to be read once more as somebody says that it is meant.

    Raises
    ------
    JobRefused
    """
    file: Source = _kept(settings, job.folder, folder.LIST_FILE)
    return file


def _keep_annotated(
    task: Task, file: Source, problems: Sequence[Problem], tell: Tell, language: str
) -> None:
    content = annotated_copy(file, problems, tell, language, task.pause)
    if content is not None:
        _write(task.folder / folder.ANNOTATED, content)


def annotated_copy(
    file: Source,
    problems: Sequence[Problem],
    tell: Tell,
    language: str,
    pause: Callable[[], None] = lambda: None,
) -> bytes | None:
    """A copy of a list with its faults; None where none stands in a cell, or it is too large."""
    sheet = next((each.cell.rpartition("!")[0] for each in problems if each.cell), "")
    is_excel = file.content.startswith(b"PK")
    if (is_excel and not sheet) or not any(each.line for each in problems):
        return None
    marks, said = tell(problems, language)
    try:
        return quarantine.read(annotated.annotated, file, sheet, marks, said, pause=pause)
    except ProblemsFound:  # the kinds of faults and their places are told all the same
        return None


def place_of(problem: Problem) -> tuple[int, int]:
    """Row and column of the cell of a fault, from 1; 0 where it is of no cell."""
    if cell := _CELL.match(problem.cell.rpartition("!")[2]):
        column = 0
        for letter in cell[1]:
            column = column * 26 + ord(letter) - ord("A") + 1
        return int(cell[2]), column
    return problem.line, int(problem.values.get("place", "0"))


def _write(file: Path, content: bytes) -> None:
    file_modes.make_file(file)
    file.write_bytes(content)
