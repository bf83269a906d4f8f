"""`cchc frame`, `cchc sample`: how many there are to be asked, and who was drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from analysis.problems import Problem
from survey_app import quarantine
from survey_app.commands import drawing
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
from survey_app.conduct import opening, wave_making
from survey_app.fieldwork import table_template
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.protection import anonymity
from survey_app.fieldwork.sheets.cells import Source
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.sample import cases, spellings, weight_sums
from survey_app.store.waves import Wave

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
OUT = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.group("frame")
def frame_() -> None:
    """How many there are to be asked (dàn mẫu)."""


@frame_.command("template")
@WAVE
@OUT
@needs("frame.import")
@failing_plainly
def make_frame_template(name: str, file: Path) -> None:
    """Write an empty frame to FILE (.xlsx), with notes in Vietnamese."""
    _write_template(name, file, table_template.frame)


@frame_.command("import")
@WAVE
@FILE
@needs("frame.import")
@failing_plainly
def import_frame(name: str, file: Path) -> None:
    """Import FILE (CSV or Excel): group, sample or unit, stratum, population, planned.

    Takes the place of the frame that was imported before. A file with a fault is refused whole.
    """
    groups, units = _known_of(name)
    read = quarantine.read(frame_file.read, Source.of(file), groups, units)
    with changing(name) as (here, connection, wave):
        strata = cases.import_frame(connection, wave, read.rows)
        audit.append(connection, who(), "frame-import", f"{name} {strata}", here.stamp())
        compared = _compared(connection, wave, file)
    say(f"{strata} strata")
    say_remarks((*read.remarks, *compared))


@click.group("sample")
def sample_() -> None:
    """Who was drawn (mẫu điều tra)."""


for command in (drawing.draw, drawing.list_draws, drawing.substitute):
    sample_.add_command(command)


@sample_.command("template")
@WAVE
@OUT
@needs("sample.import")
@failing_plainly
def make_sample_template(name: str, file: Path) -> None:
    """Write an empty sample list to FILE (.xlsx), with notes in Vietnamese and the wave's codes."""
    _write_template(name, file, table_template.sample)


@sample_.command("import")
@WAVE
@FILE
@needs("sample.import")
@failing_plainly
def import_sample(name: str, file: Path) -> None:
    """Import FILE (CSV or Excel), a row for each case.

    Every fault is shown with its row and column; a file with a fault is refused whole.
    """
    groups, units = _known_of(name)
    read = quarantine.read(sample_file.read, Source.of(file), groups, units)
    with changing(name) as (here, connection, wave):
        added = cases.import_sample(connection, wave, read.rows, read.contacts)
        audit.append(connection, who(), "sample-import", f"{name} {added}", here.stamp())
        compared = _compared(connection, wave, file)
    with house() as here:
        small = opening.small_classes(here, wave)
    say(f"{added} cases")
    say_remarks((*read.remarks, *compared))
    if small:
        say(anonymity.warning(small, expected=here.settings.expected_returns))


@sample_.command("replace")
@WAVE
@FILE
@click.option("--name", "typed", help="The wave's name once more, in place of being asked.")
@needs("sample.replace")
@failing_plainly
def replace_sample(name: str, file: Path, typed: str | None) -> None:
    """Put FILE in the place of a planned wave's sample: its links, contacts and events are gone.

    A file with a fault is refused whole, and nothing has changed then.
    """
    groups, units = _known_of(name)
    read = quarantine.read(sample_file.read, Source.of(file), groups, units)
    with house() as here:
        stake = wave_making.at_stake(here, name)
        say(
            f"gone for good: {stake.cases} cases, {stake.links} links (they will open nothing), "
            f"{stake.contacts} contacts, {stake.events} events"
        )
        typed = typed or click.prompt("Type the name of the wave", err=True)
        sample = read.rows, read.contacts
        count = wave_making.replace_sample(here, name, typed, sample, who())
    say(f"{count} cases")
    say_remarks(read.remarks)


def _compared(connection: Connection, wave: Wave, file: Path) -> Sequence[Problem]:
    """What to look at once a list is beside all others of the wave: names, and sums of weights."""
    spelled = spellings.remarks(connection, wave, file.name)
    return (*spelled, *weight_sums.remarks(connection, wave, file.name))


def _write_template(
    name: str, file: Path, make: Callable[[Sequence[str], Mapping[str, str]], bytes]
) -> None:
    if file.exists():
        raise click.ClickException(f"{file} exists: name another file")
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        groups, _ = _known(connection, wave)
        units = {unit.unit: unit.name_vi for unit in waves.units(connection, wave.id)}
    file.write_bytes(make(groups, units))
    click.echo(file)


def _known_of(name: str) -> tuple[list[str], list[str]]:
    """The groups and the units of a wave; a file is read before anything is locked."""
    with house() as here, here.database.reading() as connection:
        return _known(connection, waves.find(connection, name))


def _known(connection: Connection, wave: Wave) -> tuple[list[str], list[str]]:
    """The groups and the units of a wave."""
    study: Study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    return list(study.index.groups), [unit.unit for unit in waves.units(connection, wave.id)]
