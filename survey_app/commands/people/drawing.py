"""`cchc sample draw`, `draws`, `substitute`: from a population list to who is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from survey_app.commands.opened import (
    AS_JSON,
    WAVE,
    changing,
    failing_plainly,
    house,
    out_json,
    say,
    say_remarks,
    who,
)
from survey_app.commands.people import understood
from survey_app.commands.people.understood import Handing
from survey_app.commands.permitted import needs
from survey_app.conduct import drawing, opening
from survey_app.conduct.drawing import FromList
from survey_app.fieldwork.protection import anonymity
from survey_app.sampling import drawing as sampling
from survey_app.sampling import plan
from survey_app.sampling.allocation import RULES
from survey_app.sampling.design import METHODS, Design, checked, new_seed, read_spread
from survey_app.sampling.drawing import Drawn
from survey_app.sampling.drawn_file import csv_of, xlsx_of
from survey_app.sampling.plan import Planned
from survey_app.sampling.population import Population
from survey_app.store import waves
from survey_app.store.sample import draws, weight_sums
from survey_app.store.waves import Wave

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--design", "method", type=click.Choice(METHODS), required=True,
                 help="How it is drawn."),
    click.option("--forms", type=int, default=0, help="How many are drawn."),
    click.option("--each-unit", is_flag=True, help="So many for each unit or sample."),
    click.option("--allocation", type=click.Choice(RULES), default="proportional",
                 help="How forms are shared among strata."),
    click.option("--least", type=int, default=0, help="The fewest of a stratum."),
    click.option("--least-unit", type=int, default=0, help="The fewest of a unit or sample."),
    click.option("--per-psu", type=int, default=0, help="How many of each drawn PSU."),
    click.option("--spread", default="", help="Standard deviations: `0,3` or `a=0,3; b=0,2`."),
    click.option("--reserve", type=int, default=0, help="Reserve, in per cent of the drawn."),
    click.option("--group", "groups", multiple=True, help="Only these respondent groups."),
    click.option("--seed", help="Digits or words that draw the same again; else a new one."),
)  # fmt: skip


def _with_options(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("draw")
@WAVE
@click.argument(
    "population", required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
@_with_options
@click.option("--plan", "only_plan", is_flag=True, help="Show how many where; draw nobody.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The drawn (.xlsx).")
@click.option("--reserve-out", type=click.Path(dir_okay=False, path_type=Path),
              help="The reserve in its order (.xlsx).")  # fmt: skip
@click.option("--take", is_flag=True, help="Make it the wave's sample.")
@click.option("--keep", is_flag=True, help="Keep the list of the population with the wave.")
@needs("sample.draw")
@failing_plainly
@understood.of_a_list
def draw(
    name: str,
    population: Path | None,
    *,
    only_plan: bool,
    out: Path | None,
    reserve_out: Path | None,
    take: bool,
    keep: bool,
    handing: Handing,
    **options: Any,
) -> None:
    """Draw a sample from POPULATION (CSV or Excel), or from the list that the wave keeps.

    The same seed draws the same people from the same list, on any machine and in any order of its
    rows. Every draw goes into the log.
    """
    design = _design(**options)
    for file in filter(None, (out, reserve_out)):
        if file.exists():
            raise click.ClickException(f"{file} exists: name another file")
    listed = _listed(name, population, handing)
    say_remarks(listed.population.remarks)
    _say_plan(plan.planned(listed.population.of_groups(design.groups), design))
    if only_plan:
        return
    drawn = sampling.draw(listed.population, design)
    with changing(name) as (here, connection, wave):
        at = here.stamp()
        if keep:
            drawing.keep_list(connection, wave, listed, by=who(), at=at)
        number = drawing.record(connection, wave, listed, design, drawn, by=who(), at=at)
        if take:
            drawing.take(connection, wave, number, drawn, by=who(), at=at)
            said = weight_sums.remarks(connection, wave, listed.file)
    say(f"draw {number}, seed {design.seed}: {len(drawn.cases)} drawn, "
        f"{len(drawn.reserve)} in reserve")  # fmt: skip
    say(f"sha256 {drawn.digest}")
    _write(out, drawn, reserve=False)
    _write(reserve_out, drawn, reserve=True)
    if take:
        _say_taken(wave, said)


def _design(**options: Any) -> Design:
    return checked(
        Design(
            method=options["method"],
            seed=new_seed() if options["seed"] is None else options["seed"],
            forms=options["forms"],
            each_unit=options["each_unit"],
            allocation=options["allocation"],
            least=options["least"],
            least_unit=options["least_unit"],
            take=options["per_psu"],
            reserve=options["reserve"],
            spread=read_spread(options["spread"]),
            groups=tuple(options["groups"]),
        )
    )


def _listed(name: str, file: Path | None, handing: Handing) -> FromList:
    if file is None:
        with house() as here:
            with here.database.reading() as connection:
                wave = waves.find(connection, name)
            return drawing.kept_list(here, wave)
    known = understood.known_of(name)
    listed: Population = understood.read("population", file, handing, *known)
    return FromList(file=file.name, population=listed)


def _say_plan(lines: Sequence[Planned]) -> None:
    click.echo("group\tunit\tstratum\tpopulation\tforms\tpsus")
    for line in lines:
        group, sample, unit = line.cell
        psus = f"{line.drawn_psus}/{line.psus}" if line.psus else "-"
        click.echo(
            f"{group}\t{unit or sample}\t{line.stratum}\t{line.population}\t{line.forms}\t{psus}"
        )


def _write(file: Path | None, drawn: Drawn, *, reserve: bool) -> None:
    if file is None:
        return
    if file.suffix.lower() == ".csv" and not reserve:
        file.write_text(csv_of(drawn), encoding="utf-8-sig", newline="")
    else:
        file.write_bytes(xlsx_of(drawn, reserve=reserve))
    click.echo(file)


def _say_taken(wave: Wave, said: Sequence[Any]) -> None:
    with house() as here:
        small = opening.small_classes(here, wave)
        expected = here.settings.expected_returns
    say(f"it is the sample of wave {wave.name} now")
    say_remarks(said)
    if small:
        say(anonymity.warning(small, expected=expected))


@click.command("draws")
@WAVE
@AS_JSON
@needs("sample.draw")
@failing_plainly
def list_draws(name: str, *, as_json: bool) -> None:
    """Every draw of a wave with its seed, the newest first."""
    with house() as here, here.database.reading() as connection:
        kept = draws.draws(connection, waves.find(connection, name).id)
    rows = [
        {"number": each.id, "at": each.at, "by": each.by, "file": each.file,
         "people": each.people, "drawn": each.drawn, "reserve": each.reserve,
         "sha256": each.digest, "taken_at": each.taken_at, "design": each.design.kept()}
        for each in kept
    ]  # fmt: skip
    if as_json:
        out_json(rows)
        return
    for each in kept:
        taken = f"taken {each.taken_at}" if each.taken_at else "not taken"
        click.echo(f"{each.id}\t{each.at}\t{each.design.method}\tseed {each.design.seed}\t"
                   f"{each.drawn} of {each.people}\t{taken}")  # fmt: skip


@click.command("substitute")
@WAVE
@click.argument("case")
@click.option("--reason", default="", help="In a few words, without a name.")
@needs("sample.replace")
@failing_plainly
def substitute(name: str, case: str, reason: str) -> None:
    """Let the next in reserve take the place of CASE, whose outcome stays as it was noted.

    An outcome has to be noted first (`cchc event add`): moved away, refused, wrong person.
    """
    with changing(name) as (here, connection, wave):
        swapped = drawing.substitute(here, connection, wave, case, reason, by=who())
    say(f"{swapped.label} ({swapped.outcome}) -> {swapped.by_label}: issue its invitation next")
