"""`cchc frame`, `cchc sample`: how many there are to be asked, and who was drawn."""

from __future__ import annotations

from pathlib import Path

import click

from survey_app.commands.opened import WAVE, changing, failing_plainly, say, who
from survey_app.fieldwork import anonymity, frame_file, sample_file
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import audit, cases, waves
from survey_app.store.database import Connection
from survey_app.store.waves import Wave

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group("frame")
def frame_() -> None:
    """How many there are to be asked (khung mẫu)."""


@frame_.command("import")
@WAVE
@FILE
@failing_plainly
def import_frame(name: str, file: Path) -> None:
    """Import FILE (CSV or Excel): group, sample or unit, stratum, population, planned.

    Takes the place of the frame that was imported before. A file with a fault is refused whole.
    """
    with changing(name) as (here, connection, wave):
        rows = frame_file.read(file, *_known(connection, wave))
        strata = cases.import_frame(connection, wave, rows)
        audit.append(connection, who(), "frame-import", f"{name} {strata}", here.stamp())
    say(f"{strata} strata")


@click.group("sample")
def sample_() -> None:
    """Who was drawn (mẫu điều tra)."""


@sample_.command("import")
@WAVE
@FILE
@failing_plainly
def import_sample(name: str, file: Path) -> None:
    """Import FILE (CSV or Excel), a row for each case.

    Every fault is shown with its row and column; a file with a fault is refused whole.
    """
    with changing(name) as (here, connection, wave):
        groups, units = _known(connection, wave)
        read = sample_file.read(file, groups, units)
        added = cases.import_sample(connection, wave, read.rows, read.contacts)
        audit.append(connection, who(), "sample-import", f"{name} {added}", here.stamp())
    say(f"{added} cases")
    if small := anonymity.smallest_classes(read.rows, units):
        say(anonymity.warning(small))


def _known(connection: Connection, wave: Wave) -> tuple[list[str], list[str]]:
    """The groups and the units of a wave."""
    study: Study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    return list(study.index.groups), [unit.unit for unit in waves.units(connection, wave.id)]
