"""The work of making reports: one file of a scorecard, or the reports of all its units in one."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from survey_app.jobs.task import Effect, Task
from survey_app.office.documents import downloads, gathering
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.documents.reports.unit import Means
from survey_app.office.page import WORDS
from survey_app.office.results.read import UnitLine
from survey_app.store import scorecards
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House

FILE = "made"
"""What a job's file is called in its folder; what people call it is in its result."""

UNIT_KINDS = ("docx", "pdf")
_NEW_YEAR = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can tell: the same scorecard gives the same bytes."""
_TOLD_EVERY = 1.0
"""Seconds between two notes of how far it is."""


def report(task: Task) -> Effect:
    """A scorecard as a document, a workbook or a table."""
    house, asked = task.house, task.job.arguments
    task.tell(0, 2, "report")
    shown = gathering.results_of(house, task.wave, _card(task))
    beside = gathering.beside(house, shown)
    body = downloads.contents(shown, WORDS, asked["language"], asked["kind"], beside)
    task.pause()
    file = task.work_folder() / FILE
    file.write_bytes(body)
    task.tell(1, 2, "keep")
    said = {"name": downloads.name_of(shown, asked["kind"]), "type": downloads.MIME[asked["kind"]]}
    return kept(task, file, said)


def unit_reports(task: Task) -> Effect:
    """The report of every unit of a scorecard, in one file."""
    asked, wave, card = task.job.arguments, task.wave, _card(task)
    task.tell(0, 1, "unit_reports")
    file, last = task.work_folder() / FILE, 0.0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        written = of_every_unit(task.house, wave, card, asked["language"], asked["kind"])
        for number, (name, most, body) in enumerate(written, 1):
            add(packed, name, body)
            task.pause()
            if (now := time.monotonic()) - last > _TOLD_EVERY:
                task.tell(number, most, "unit_reports")
                last = now
    state = "" if card.published_at else "-du-thao"
    name = downloads.plain(f"bao-cao-don-vi-{wave.name}-{card.fingerprint[:8]}{state}.zip")
    return kept(task, file, {"name": name, "type": "application/zip"})


def of_every_unit(
    house: House, wave: Wave, card: Scorecard, language: str, kind: str
) -> Iterator[tuple[str, int, bytes]]:
    """Name, number of all, and content of the report of each unit, by published figures alone."""
    shown, beside = gathering.of_units(house, wave, card)
    it = Telling(results=shown, words=WORDS, language=language, beside=beside)
    means = Means.of(shown)
    for line in sorted(shown.units, key=lambda unit: unit.unit):
        body = downloads.unit_report(it, line, means, kind)
        yield named(line, kind), len(shown.units), body


def of_unit(
    house: House, wave: Wave, card: Scorecard, unit: str, language: str, kind: str
) -> bytes | None:
    """The report of one unit; None where there is none of this code."""
    shown, beside = gathering.of_units(house, wave, card)
    line = shown.unit(unit)
    if line is None:
        return None
    it = Telling(results=shown, words=WORDS, language=language, beside=beside)
    return downloads.unit_report(it, line, Means.of(shown), kind)


def add(packed: zipfile.ZipFile, name: str, body: bytes) -> None:
    """Put a report into a file of several; a .docx and a .pdf are packed already."""
    packed.writestr(zipfile.ZipInfo(name, _NEW_YEAR), body)


def named(line: UnitLine, kind: str) -> str:
    """What the file of a unit's report is called."""
    return downloads.plain(f"bao-cao-{line.unit}.{kind}")


def kept(task: Task, file: Path, said: Json) -> Effect:
    """What puts a file where it is fetched from."""

    def effect(_: Connection) -> Json:
        file.replace(task.folder / FILE)
        return said

    return effect


def _card(task: Task) -> Scorecard:
    with task.house.database.reading() as connection:
        return scorecards.find(connection, int(task.job.arguments["card"]))


KINDS: dict[str, Callable[[Task], Effect]] = {"report": report, "unit_reports": unit_reports}
