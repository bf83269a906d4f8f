"""`cchc frame`, `cchc sample`: how many there are to be asked, and who was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from analysis.problems import Problem
from survey_app.commands.opened import (
    WAVE,
    changing,
    failing_plainly,
    house,
    say,
    say_remarks,
    who,
)
from survey_app.commands.people import drawing, understood
from survey_app.commands.people.understood import Handing
from survey_app.commands.permitted import needs
from survey_app.conduct import opening, wave_making
from survey_app.fieldwork import table_template
from survey_app.fieldwork.lists.frame_file import Frame
from survey_app.fieldwork.lists.sample_file import Sample
from survey_app.fieldwork.protection import anonymity
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
    """Write an empty frame to FILE (.xlsx), in Vietnamese, with the wave's units and groups."""
    _write_template(name, file, "frame")


@frame_.command("import")
@WAVE
@FILE
@needs("frame.import")
@failing_plainly
@understood.of_a_list
def import_frame(name: str, file: Path, handing: Handing) -> None:
    """Import FILE (CSV or Excel): group, sample or unit, stratum, population, planned.

    Takes the place of the frame that was imported before. A file with a fault is refused whole.
    What is understood otherwise than it stands in the file is shown first, and has to be confirmed.
    """
    read: Frame = understood.read("frame", file, handing, *understood.known_of(name))
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
@click.option("--population", is_flag=True, help="A list of the population, to draw from.")
@needs("sample.import")
@failing_plainly
def make_sample_template(name: str, file: Path, *, population: bool) -> None:
    """Write an empty sample list to FILE (.xlsx), in Vietnamese, with the wave's units, groups."""
    _write_template(name, file, "population" if population else "sample")


@sample_.command("import")
@WAVE
@FILE
@needs("sample.import")
@failing_plainly
@understood.of_a_list
def import_sample(name: str, file: Path, handing: Handing) -> None:
    """Import FILE (CSV or Excel), a row for each case.

    Faults are counted by column and kind, and the first of each is shown in full; a file with a
    fault is refused whole. What is understood otherwise than it stands in the file is shown first,
    and has to be confirmed.
    """
    known = *understood.known_of(name), _labels_of(name)
    read: Sample = understood.read("sample", file, handing, *known)
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
@understood.of_a_list
def replace_sample(name: str, file: Path, typed: str | None, handing: Handing) -> None:
    """Put FILE in the place of a planned wave's sample: its links, contacts and events are gone.

    A file with a fault is refused whole, and nothing has changed then.
    """
    read: Sample = understood.read("sample", file, handing, *understood.known_of(name))
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
    drawn = tuple(cases.drawn(connection, wave.id))
    spelled = spellings.remarks(connection, wave, file.name, drawn)
    return (*spelled, *weight_sums.remarks(connection, wave, file.name, drawn))


def _write_template(name: str, file: Path, kind: str) -> None:
    if file.exists():
        raise click.ClickException(f"{file} exists: name another file")
    groups, units = understood.known_of(name)
    first = ({code: names[0] for code, names in each.items()} for each in (groups, units))
    file.write_bytes(table_template.MAKE[kind](*first))
    click.echo(file)


def _labels_of(name: str) -> frozenset[str]:
    """The numbers of the cases that a wave has."""
    with house() as here, here.database.reading() as connection:
        return cases.labels(connection, waves.find(connection, name).id)
