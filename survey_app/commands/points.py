"""`cchc self`: the points that do not come from the survey, out and in again as Excel workbooks."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import click

from survey_app import quarantine
from survey_app.commands.opened import (
    WAVE,
    changing,
    failing_plainly,
    house,
    say,
    say_remarks,
    who,
)
from survey_app.commands.permitted import needs
from survey_app.fieldwork.assessment import self_template, self_workbook
from survey_app.fieldwork.assessment.self_template import Form
from survey_app.fieldwork.sheets.cells import Source
from survey_app.questionnaire import library
from survey_app.store import self_assessments, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.waves import Wave


@click.group("self")
def self_() -> None:
    """Self-assessed and appraised points, in Excel (tự đánh giá, thẩm định)."""


@self_.command("template")
@WAVE
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder in which the workbooks are made.",
)
@needs("points.import")
@failing_plainly
def make_templates(name: str, out: Path) -> None:
    """Make one workbook for each unit, to be filled in and sent back.

    A workbook that is there already is not touched: it may have been filled in.
    """
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        form = _form(connection, wave)
        units = waves.units(connection, wave.id)
    out.mkdir(parents=True, exist_ok=True)
    made = 0
    with click.progressbar(units, file=sys.stderr, label="Workbooks") as bar:
        for unit in bar:
            file = out / f"{unit.unit}-{_plain(unit.name_vi)}.xlsx"
            if not file.exists():
                file.write_bytes(self_template.workbook(form, unit.unit, unit.name_vi))
                made += 1
    say(f"{made} workbooks made, {len(units) - made} were there")
    click.echo(out)


@self_.command("import")
@WAVE
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@needs("points.import")
@failing_plainly
def import_points(name: str, files: tuple[Path, ...]) -> None:
    """Import workbooks that came back: all of FILES, or none when one has a fault.

    A unit's points take the place of those imported before. The column of the appraisers may be
    blank as a whole: then the unit is not appraised yet.
    """
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        form = _form(connection, wave)
        units = [unit.unit for unit in waves.units(connection, wave.id)]
    sources = [Source.of(file) for file in files]
    read = quarantine.read(self_workbook.read, sources, form, units)
    with changing(name) as (here, connection, wave):
        count = self_assessments.save(
            connection, wave, read.points, read.adjustments, who(), here.stamp()
        )
        audit.append(connection, who(), "self-import", f"{name} {count}", here.stamp())
    say(f"{count} units; {len(units) - count} of the wave were not among the files")
    say_remarks(read.remarks)


def _form(connection: Connection, wave: Wave) -> Form:
    study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    return Form(wave.name, wave.year, study)


def _plain(name: str) -> str:
    """A unit's name as a file name: no marks, no blanks."""
    letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(each for each in letters if each.isascii() and (each.isalnum() or each == " "))
    return "-".join(bare.lower().split())[:60]
