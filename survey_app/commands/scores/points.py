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
from survey_app.conduct.assessment import assessing
from survey_app.fieldwork.assessment import self_template, self_workbook
from survey_app.fieldwork.assessment.differences import Difference
from survey_app.fieldwork.assessment.points import Whose
from survey_app.fieldwork.assessment.self_template import Filling, Form
from survey_app.fieldwork.assessment.self_workbook import Asked
from survey_app.fieldwork.sheets.cells import Source
from survey_app.questionnaire import library
from survey_app.store import waves
from survey_app.store.assessment import points, submissions
from survey_app.store.engine.database import Connection
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
@click.option(
    "--appraisal", is_flag=True, help="For appraisers: with what each unit has handed in."
)
@needs("points.import")
@failing_plainly
def make_templates(name: str, out: Path, *, appraisal: bool) -> None:
    """Make one workbook for each unit, to be filled in and sent back: by it, or its appraisers.

    A workbook that is there already is not touched: it may have been filled in.
    """
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        form = _form(connection, wave)
        units = waves.units(connection, wave.id)
        filling = {
            unit.unit: _filling(connection, wave, unit.unit) if appraisal else Filling()
            for unit in units
        }
    out.mkdir(parents=True, exist_ok=True)
    written = 0
    with click.progressbar(units, file=sys.stderr, label="Workbooks") as bar:
        for unit in bar:
            file = out / f"{unit.unit}-{_plain(unit.name_vi)}.xlsx"
            if not file.exists():
                file.write_bytes(
                    self_template.workbook(form, unit.unit, unit.name_vi, filling[unit.unit])
                )
                written += 1
    say(f"{written} workbooks made, {len(units) - written} were there")
    click.echo(out)


FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
YES = click.option("--yes", is_flag=True, help="Store without asking what would be replaced.")


@self_.command("import")
@WAVE
@FILES
@YES
@needs("points.import")
@failing_plainly
def import_points(name: str, files: tuple[Path, ...], *, yes: bool) -> None:
    """Import workbooks of units that came back: all of FILES, or none when one has a fault.

    A unit's own points take the place of those imported before, which are listed first, and it
    counts as submitted. The column of the appraisers is not read.
    """
    _import(name, files, "own", yes=yes)


@self_.command("import-appraised")
@WAVE
@FILES
@YES
@needs("points.import")
@failing_plainly
def import_appraised(name: str, files: tuple[Path, ...], *, yes: bool) -> None:
    """Import workbooks of appraisers: all of FILES, or none when one has a fault.

    Appraised points, and bonus and penalty where a workbook has any, take the place of those that
    are kept, which are listed first. A field that is blank as a whole is not appraised yet. The
    column of the units is not read.
    """
    _import(name, files, "appraised", yes=yes)


def _import(name: str, files: tuple[Path, ...], whose: Whose, *, yes: bool) -> None:
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        form = _form(connection, wave)
        units = [unit.unit for unit in waves.units(connection, wave.id)]
    sources = [Source.of(file) for file in files]
    read = quarantine.read(self_workbook.read, sources, form, units, Asked(whose))
    with house() as here, here.database.reading() as connection:
        changed = assessing.difference_of(connection, wave, read.proposal)
    _say_changes(changed)
    if changed.takes_something_away and not yes:
        click.confirm("Store these changes?", abort=True, err=True)
    with changing(name) as (here, connection, wave):
        submissions.hold(connection, wave, read.units)
        if assessing.difference_of(connection, wave, read.proposal) != changed:
            raise click.ClickException("points were changed meanwhile: run the command again")
        count = assessing.store(connection, wave, read.proposal, who(), here.stamp(), hands_in=True)
    say(f"{count} units; {len(units) - count} of the wave were not among the files")
    say_remarks(read.remarks)


def _say_changes(changed: Difference) -> None:
    """What would be replaced, leaf by leaf; what is new is counted."""
    for each in changed.replaced:
        said = "its evidence" if each.before == each.after else f"{each.before} -> {each.after}"
        say(f"{each.unit} {each.criterion}: {said}")
    for unit in changed.adjusted:
        before, after = len(unit.before), len(unit.after)
        say(f"{unit.unit}: {before} bonus and penalty lines become {after}")
    new = len(changed.changes) - len(changed.replaced)
    say(f"{new} points are new, {len(changed.replaced)} replace others")


def _filling(connection: Connection, wave: Wave, unit: str) -> Filling:
    """What appraisers find in the workbook of a unit."""
    kept = points.kept(connection, wave.id, unit)
    lines = {criterion: line for (_, criterion), line in kept.items()}
    adjusted = points.adjusted(connection, wave.id).get(unit, ())
    return Filling(whose="appraised", points=lines, adjustments=adjusted)


def _form(connection: Connection, wave: Wave) -> Form:
    study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    return Form(wave.name, wave.year, study)


def _plain(name: str) -> str:
    """A unit's name as a file name: no marks, no blanks."""
    letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(each for each in letters if each.isascii() and (each.isalnum() or each == " "))
    return "-".join(bare.lower().split())[:60]
