"""`cchc wave`: make, open and close rounds of fieldwork."""

from __future__ import annotations

import click

from survey_app.commands.opened import (
    AS_JSON,
    WAVE,
    failing_plainly,
    house,
    out_json,
    say,
    who,
)
from survey_app.commands.permitted import needs
from survey_app.commands.waves.fielded import hold_against_the_fielded
from survey_app.commands.waves.wave_plans import (
    change,
    clone,
    create,
    delete,
    reopen,
    tasks_,
    words_of,
)
from survey_app.conduct import closing, opening, standing, wave_making
from survey_app.fieldwork.protection import anonymity
from survey_app.questionnaire import library
from survey_app.store import board, waves
from survey_app.store.waves import Wave
from survey_app.waves import blocks


@click.group("wave")
def wave_() -> None:
    """Make, open and close waves (đợt điều tra)."""


for _command in (create, clone, change, delete, reopen, tasks_):
    wave_.add_command(_command)


@wave_.command("repin")
@WAVE
@needs("wave.change")
@failing_plainly
def repin(name: str) -> None:
    """Take the study's texts and units anew, while the wave is not open."""
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
            hold_against_the_fielded(connection, library.study(wave.study, here.library))
        wave_making.repin(here, name, who())
    say(f"wave {name} has the texts of {wave.study} as they are now")


_SAID_OTHERWISE = {"open-already", "no-sample", "texts-changed", "alike-with-few"}
"""What the command refuses or says by itself, at more length."""


@wave_.command("open")
@WAVE
@needs("wave.open")
@failing_plainly
def open_wave(name: str) -> None:
    """Let respondents in. Texts and units can no longer change."""
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
            if wave.state == "planned":
                pinned = waves.texts(connection, wave.id)
                hold_against_the_fielded(connection, library.study_from_texts(wave.study, pinned))
        facts = standing.facts(here, wave, deep=True)
        for each in blocks.warnings("open", facts):
            if each.code not in _SAID_OTHERWISE:
                say(f"warning[{each.code}]: {words_of(each)}")
        if in_the_way := [
            each for each in blocks.blocks("open", facts) if each.code not in _SAID_OTHERWISE
        ]:
            raise click.ClickException("\n".join(words_of(each) for each in in_the_way))
        small = opening.open_(here, name, who())
        expected = here.settings.expected_returns
    if small:
        say(anonymity.warning(small, expected=expected))
    say(f"wave {name} is open")


@wave_.command()
@WAVE
@click.option(
    "--accept-small-classes",
    "accepted",
    is_flag=True,
    help="Open the last ballots even where fewer than three show the same design.",
)
@click.option(
    "--leave-out-few",
    "leave_out",
    is_flag=True,
    help="Of a reopened wave, drop new forms where fewer than 5 people answered about a unit.",
)
@needs("wave.close")
@failing_plainly
def close(name: str, *, accepted: bool, leave_out: bool) -> None:
    """Let no more answers in, and open the ballots that are still sealed.

    Says how many forms are begun and not sent: they do not count.

    The last ballots of classes with few people are made coarser: modes are dropped, PSUs of a
    stratum joined, weights that differ little made one. What stays too small has to be accepted.
    """
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
        for size, count in closing.sizes_now(here, wave).items():
            say(f"{count} of the last classes of ballots {'are' if count > 1 else 'is'} of {size}")
        opened = closing.close(here, name, who(), accepted=accepted, leave_out=leave_out)
        with here.database.reading() as connection:
            begun = board.begun(connection, waves.find(connection, name))
    say(
        f"wave {name} is closed; {opened} ballots were still sealed and are mixed now; "
        f"forms begun and not sent: {begun}"
    )


@wave_.command("list")
@AS_JSON
@needs("wave.see")
@failing_plainly
def list_waves(*, as_json: bool) -> None:
    """Every wave, the newest first."""
    with house() as here, here.database.reading() as connection:
        known = waves.list_(connection)
    if as_json:
        out_json([_about(wave) for wave in known])
    else:
        for wave in known:
            click.echo(f"{wave.name}\t{wave.state}\t{wave.study}\t{wave.year}\t{wave.title_vi}")


@wave_.command()
@WAVE
@AS_JSON
@needs("wave.see")
@failing_plainly
def show(name: str, *, as_json: bool) -> None:
    """How a wave's fieldwork stands: by group, sample and unit."""
    with house() as here, here.database.reading() as connection:
        wave = waves.find(connection, name)
        counted = board.cells(connection, wave)
    if as_json:
        out_json(_about(wave) | {"cells": [vars(cell) for cell in counted]})
        return
    click.echo(f"{wave.name}: {wave.state}, {wave.study}, {wave.year}")
    click.echo("group\tsample\tunit\tcases\tissued\tbegun\treturned\trate")
    for cell in (*counted, board.total(counted)):
        rate = "-" if cell.rate is None else f"{cell.rate:.1%}"
        click.echo(
            f"{cell.grp or 'all'}\t{cell.sample}\t{cell.unit}\t{cell.cases}\t{cell.issued}"
            f"\t{cell.begun}\t{cell.returned}\t{rate}"
        )


def _about(wave: Wave) -> dict[str, object]:
    return {
        "wave": wave.name,
        "state": wave.state,
        "study": wave.study,
        "year": wave.year,
        "units_on": wave.units_on,
        "opened_at": wave.opened_at,
        "closed_at": wave.closed_at,
        "reopened_at": wave.reopened_at,
        **vars(wave.plan),
    }
