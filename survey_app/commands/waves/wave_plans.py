"""What a wave is and becomes: `cchc wave create`, `clone`, `change`, `delete`, `reopen`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import click

from survey_app.commands.opened import AS_JSON, WAVE, failing_plainly, house, out_json, say, who
from survey_app.commands.permitted import needs
from survey_app.commands.waves.fielded import hold_against_the_fielded
from survey_app.conduct import reopening, standing, wave_making
from survey_app.conduct.wave_making import NewWave
from survey_app.questionnaire import library
from survey_app.store import waves
from survey_app.waves import blocks, plan, tasks
from survey_app.waves.blocks import Concern
from survey_app.waves.facts import Facts
from survey_app.waves.plan import Plan
from survey_app.web import House

_PLAN = (
    click.option("--title", "title_vi", help="What it is called, in Vietnamese."),
    click.option("--title-en", "title_en", help="The same in English."),
    click.option("--contact", "contact_vi", help="Whom to call: on letters and in the form."),
    click.option("--contact-en", "contact_en", help="The same in English."),
    click.option("--opens", "opens_at", help="Opens by itself: 2026-03-02T07:00, Vietnam's clock."),
    click.option("--closes", "closes_at", help="Closes by itself, likewise; `none` takes it away."),
)


def _planned(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_PLAN):
        command = option(command)
    return command


def _plan(before: Plan, said: dict[str, str | None]) -> Plan:
    """A plan with what was said in place of what it held."""
    words = {name: said.get(name) for name in ("title_vi", "title_en", "contact_vi", "contact_en")}
    opens, closes = said.get("opens_at"), said.get("closes_at")
    return Plan(
        **{name: getattr(before, name) if it is None else it for name, it in words.items()},
        opens_at=before.opens_at if opens is None else _time(opens),
        closes_at=before.closes_at if closes is None else _time(closes),
    )


def _time(typed: str) -> str | None:
    try:
        return None if typed == "none" else plan.kept_time(typed)
    except ValueError as error:
        message = f"`{typed}` is no time such as 2026-03-02T07:00"
        raise click.BadParameter(message) from error


@click.command("create")
@WAVE
@click.option("--study", required=True, help="Folder of texts, such as sonla/2025-department.")
@click.option(
    "--year",
    type=click.IntRange(2000, 2100),
    help="The year that is assessed; default: the one in the study's name.",
)
@click.option(
    "--units-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Units that exist on this day; default 31/12 of the year.",
)
@_planned
@needs("wave.create")
@failing_plainly
def create(
    name: str, study: str, year: int | None, units_on: datetime | None, **said: str | None
) -> None:
    """Make a wave: its texts and its units are fixed from now on.

    A year that is not the study's own is refused.
    """
    year = year or plan.own_year(study)
    if year is None:
        raise click.UsageError("the study's name holds no year: say --year")
    day = units_on.date() if units_on else date(year, 12, 31)
    wanted = NewWave(name=name, study=study, year=year, units_on=day, plan=_plan(Plan(), said))
    with house() as here:
        _make(here, wanted)


@click.command("clone")
@click.argument("before", metavar="BEFORE")
@click.argument("name", metavar="WAVE", required=False)
@click.option("--study", help="Another study; default: next year's, where the library has it.")
@click.option("--frame", is_flag=True, help="Take the frame along, of units that are still there.")
@_planned
@needs("wave.create")
@failing_plainly
def clone(before: str, name: str | None, study: str | None, *, frame: bool, **said: Any) -> None:
    """Make WAVE after wave BEFORE: its study, title and contact, never the contacts of people."""
    with house() as here:
        wanted = wave_making.after(here, before)
        if study:
            year = plan.own_year(study) or wanted.year
            wanted = replace(wanted, study=study, year=year, units_on=date(year, 12, 31))
        _make(
            here,
            replace(
                wanted,
                name=name or wanted.name,
                plan=_plan(wanted.plan, said),
                frame_of=before if frame else "",
            ),
        )


def _make(here: House, wanted: NewWave) -> None:
    with here.database.reading() as connection:
        hold_against_the_fielded(connection, library.study(wanted.study, here.library))
    wave = wave_making.create(here, wanted, who())
    with here.database.reading() as connection:
        units = len(waves.units(connection, wave.id))
    say(
        f"wave {wave.name}: {wave.study}, year {wave.year}, {units} units; "
        "now `cchc frame import`, `cchc sample import`"
    )


@click.command("change")
@WAVE
@_planned
@needs("wave.change")
@failing_plainly
def change(name: str, **said: str | None) -> None:
    """Change title, contact or dates; what is not said stays. `none` takes a date away."""
    with house() as here:
        with here.database.reading() as connection:
            before = waves.find(connection, name).plan
        wave_making.change(here, name, _plan(before, said), who())
    say(f"wave {name} is changed")


@click.command("delete")
@WAVE
@click.option("--name", "typed", help="The wave's name once more, in place of being asked.")
@needs("wave.delete")
@failing_plainly
def delete(name: str, typed: str | None) -> None:
    """Take away a wave that was made by mistake and holds no answer, whole and for good."""
    with house() as here:
        stake = wave_making.at_stake(here, name)
        say(
            f"gone for good: {stake.cases} cases, {stake.links} links, {stake.contacts} contacts, "
            f"{stake.events} events"
        )
        typed = typed or click.prompt("Type the name of the wave", err=True)
        wave_making.delete(here, name, typed, who())
    say(f"wave {name} is deleted")


@click.command("reopen")
@WAVE
@click.option("--reason", required=True, help="Why; it goes into the log.")
@click.option("--closes", "closes_at", help="When it closes by itself, by Vietnam's clock.")
@needs("wave.reopen")
@failing_plainly
def reopen(name: str, reason: str, closes_at: str | None) -> None:
    """Open a closed wave once more, before publication. Scorecards of before are out of date.

    Where fewer than 5 people answer about a unit until it is closed again, these are waited for or
    left out.
    """
    with house() as here:
        reopening.reopen(here, name, who(), reason, _time(closes_at) if closes_at else None)
    say(f"wave {name} is open again")


@click.command("tasks")
@WAVE
@AS_JSON
@needs("wave.see")
@failing_plainly
def tasks_(name: str, *, as_json: bool) -> None:
    """What of a wave is done, what comes next, and what stands in the way of it."""
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
        facts = standing.facts(here, wave, deep=True)
    listed, next_ = tasks.tasks(facts), tasks.next_task(facts)
    if as_json:
        out_json(
            {
                "next": next_,
                "tasks": [vars(task) for task in listed],
                "concerns": [_told(each) for each in _concerns(facts)],
            }
        )
        return
    for task in listed:
        said = " ".join(f"{key}={it}" for key, it in task.counts.items())
        click.echo(f"{task.code}\t{task.mark}\t{task.state}\t{said}".rstrip())
    say(f"next: {next_}")
    for each in _concerns(facts):
        say(f"{each.rule.kind}[{each.code}]: {words_of(each)}")


def _concerns(facts: Facts) -> tuple[Concern, ...]:
    """What concerns the action that comes next."""
    by_state: dict[str, blocks.Action] = {"planned": "open", "open": "close", "closed": "publish"}
    return tuple(blocks.concerns(by_state[facts.state], facts))


def _told(concern: Concern) -> dict[str, object]:
    return {"code": concern.code, "kind": concern.rule.kind, "counts": dict(concern.counts)}


def words_of(concern: Concern) -> str:
    """A concern in English, with its counts."""
    return concern.rule.says["en"].format(**concern.counts)
