"""`cchc quality`: screening a closed wave, its call-backs, its free texts, and forms left out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from survey_app.commands.opened import (
    AS_JSON,
    WAVE,
    changing,
    failing_plainly,
    house,
    out_json,
    say,
    who,
)
from survey_app.commands.permitted import needs
from survey_app.conduct.quality import free_texts, leaving_out, screening
from survey_app.conduct.quality.screening import Line
from survey_app.fieldwork import csv_out, xlsx_out
from survey_app.quality import codes
from survey_app.quality.classes import DesignClass
from survey_app.store import waves
from survey_app.store.log import audit
from survey_app.store.quality import call_backs, exclusions, remarks
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.waves import Wave
from survey_app.web import House

CLASS = click.option(
    "--class", "number", type=int, required=True, help="Its number in `cchc quality show`."
)
COLUMNS = ("group", "unit", "question", "text", "themes")


@click.group("quality")
def quality_() -> None:
    """Check a closed wave: screening, call-backs, free texts, forms left out (chất lượng)."""


@quality_.command()
@WAVE
@needs("quality.screen")
@failing_plainly
def screen(name: str) -> None:
    """Screen every form; what was found is told by class."""
    with house() as here, tempfile.TemporaryDirectory() as work:
        wave = _wave(here, name)
        result = screening.screened(here, wave, Path(work), told=say)
        with here.database.writing() as connection:
            screening.keep(connection, here, waves.find(connection, name), result, who())
    say(f"{len(result.flags)} forms screened: see `cchc quality show {name}`")


@quality_.command()
@WAVE
@AS_JSON
@needs("quality.see")
@failing_plainly
def show(name: str, *, as_json: bool) -> None:
    """Classes of forms with their flags and call-backs, and what is left out."""
    with house() as here:
        wave = _wave(here, name)
        free_texts.only_closed(here, wave)
        with here.database.reading() as connection:
            lines = _numbered(screening.lines(connection, wave))
            listed = exclusions.listed(connection, wave)
    if as_json:
        out_json(
            {
                "classes": [_told(number, line) for number, line in lines],
                "exclusions": [{**each.told(), "state": each.state} for each in listed],
            }
        )
        return
    for number, line in lines:
        flags = ", ".join(f"{flag} {count}" for flag, count in line.flagged.items() if count)
        place = " ".join(part for part in line.of if part)
        click.echo(f"{number}\t{place}\t{line.forms} forms\t{flags or '-'}")
    for each in listed:
        click.echo(f"proposal {each.id}: {each.forms} forms, {each.reason}, {each.state}")


def _numbered(lines: Sequence[Line]) -> list[tuple[int, Line]]:
    """Classes by a number that does not follow their flags."""
    return list(enumerate(sorted(lines, key=lambda line: line.of), start=1))


def _told(number: int, line: Line) -> Mapping[str, Any]:
    calls = line.calls
    return {
        "class": number,
        **line.of._asdict(),
        "forms": line.forms,
        "flagged": dict(line.flagged),
        "drawn": calls.drawn,
        "noted": calls.noted,
        "reached": calls.reached,
        "took_part": calls.took_part,
        "chance": calls.chance,
    }


@quality_.command()
@WAVE
@CLASS
@click.option("--people", type=click.IntRange(5, 200), default=10, help="How many are drawn.")
@needs("callbacks.note")
@failing_plainly
def draw(name: str, number: int, people: int) -> None:
    """Draw cases of a class by lot, to be called back."""
    with changing(name) as (here, connection, wave):
        free_texts.only_closed(here, wave)
        of = _class(screening.lines(connection, wave), number)
        count = call_backs.draw(connection, wave, of, people, day=here.today(), by=who())
        detail = f"{name} {count}"
        audit.append(connection, who(), "call-backs-draw", detail, here.stamp())
        labels = [it.label for it in call_backs.listed(connection, wave) if not it.outcome]
    for label in labels:
        click.echo(label)


@quality_.command()
@WAVE
@click.argument("label", metavar="CASE")
@click.argument("outcome", type=click.Choice(list(codes.outcomes())))
@needs("callbacks.note")
@failing_plainly
def note(name: str, label: str, outcome: str) -> None:
    """Note what came of calling a case back."""
    with changing(name) as (here, connection, wave):
        of_case = [it for it in call_backs.listed(connection, wave) if it.label == label]
        if not of_case:
            raise QualityRefused(
                "no-such-call-back", f"case `{label}` was not drawn to be called back"
            )
        call_backs.note(connection, wave, of_case[0].id, outcome, day=here.today(), by=who())
        audit.append(connection, who(), "call-backs-note", f"{name} 1", here.stamp())


@quality_.command()
@WAVE
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@needs("remarks.see")
@failing_plainly
def texts(name: str, out: Path) -> None:
    """Write what respondents wrote, masked, to a file, CSV or .xlsx, never written over."""
    if out.exists():
        raise click.ClickException(f"{out} exists: name another")
    with house() as here:
        wave = _wave(here, name)
        rows = list(_rows(here, wave))
        is_excel = out.suffix.lower() == ".xlsx"
        table = xlsx_out.table(COLUMNS, rows) if is_excel else csv_out.table(COLUMNS, rows).encode()
        kind = "xlsx" if is_excel else "csv"
        with here.database.writing() as connection:
            detail = f"{name} {len(rows)} {kind}"
            audit.append(connection, who(), "remarks-export", detail, here.stamp())
        new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(out, new, 0o600), "wb") as file:
            file.write(table)
    say(f"{len(rows)} texts; masking is imperfect: read them before you hand them on")


def _rows(here: House, wave: Wave) -> Iterator[tuple[str, ...]]:
    shown = free_texts.of_wave(here, wave)
    with here.database.reading() as connection:
        named = {theme.id: theme.name for theme in remarks.themes_of(connection, wave)}
        marks = remarks.marks(connection, wave)
    for each in shown.remarks:
        themes = "; ".join(named[mark.theme] for mark in marks.get(each.name, ()))
        yield each.group, each.unit, each.question, each.text, themes


@quality_.command()
@WAVE
@CLASS
@click.option("--reason", type=click.Choice(list(codes.reasons())), required=True)
@click.option("--basis", required=True, help="What the proposal rests on.")
@needs("exclusions.propose")
@failing_plainly
def propose(name: str, number: int, reason: str, basis: str) -> None:
    """Propose to leave forms of a class out of results; somebody else decides."""
    with house() as here:
        wave = _wave(here, name)
        with here.database.reading() as connection:
            of = _class(screening.lines(connection, wave), number)
        proposal = leaving_out.propose(here, wave, of, reason, basis, who())
    say(f"proposal {proposal}: somebody else has to decide")


_DECISIONS = {
    "agree": leaving_out.agree,
    "decline": leaving_out.refuse,
    "end": leaving_out.end,
}


@quality_.command()
@WAVE
@click.argument("proposal", type=int)
@click.argument("decision", type=click.Choice(list(_DECISIONS)))
@click.option("--note", "told", default="", help="Why; needed to decline and to end.")
@needs("exclusions.agree")
@failing_plainly
def decide(name: str, proposal: int, decision: str, told: str) -> None:
    """Agree to a proposal, decline it, or let its forms count again."""
    with house() as here:
        _DECISIONS[decision](here, _wave(here, name), proposal, who(), told)
    say("score the wave again" if decision != "decline" else "declined")


def _class(lines: Sequence[Line], number: int) -> DesignClass:
    known = dict(_numbered(lines))
    if number not in known:
        raise QualityRefused(
            "no-such-class", f"there is no class {number}: see `cchc quality show`"
        )
    return known[number].of


def _wave(here: House, name: str) -> Wave:
    with here.database.reading() as connection:
        return waves.find(connection, name)
