"""`cchc remind`: rounds of reminders, and whom to remind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from survey_app.commands.opened import WAVE, changing, failing_plainly, say, who
from survey_app.commands.permitted import needs
from survey_app.fieldwork import csv_out, xlsx_out
from survey_app.store.letters import reminders
from survey_app.store.letters.reminders import Reminded
from survey_app.store.log import audit

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

COLUMNS = ("case", "group", "unit", "name", "phone", "email")


@click.group("remind")
def remind_() -> None:
    """Remind those who have not answered (nhắc trả lời)."""


@remind_.command()
@WAVE
@click.argument("days", nargs=-1, required=True, type=click.DateTime(["%Y-%m-%d"]))
@needs("contacts.see")
@failing_plainly
def plan(name: str, days: tuple[datetime, ...]) -> None:
    """Plan up to three rounds: the days from which their lists may be drawn up."""
    said = [day.date().isoformat() for day in days]
    with changing(name) as (here, connection, wave):
        reminders.plan(connection, wave, said)
        detail = f"{name} {' '.join(said)}"
        audit.append(connection, who(), "reminders-plan", detail, here.stamp())
        kept = reminders.rounds(connection, wave.id)
    for each in kept:
        say(f"round {each.number}: {each.planned_on}")


@remind_.command()
@WAVE
@needs("contacts.see")
@failing_plainly
def draw(name: str) -> None:
    """Draw up the list of the next round; it stays as it is until the one after."""
    with changing(name) as (here, connection, wave):
        now = reminders.draw_up(connection, wave, here.today())
        audit.append(connection, who(), "reminders-draw-up", f"{name} {now.number}", here.stamp())
    say(f"the list of round {now.number} is drawn up")


@remind_.command("list")
@WAVE
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--whole", is_flag=True, help="The samples that are not told apart, as a whole.")
@needs("contacts.see")
@failing_plainly
def list_(name: str, out: Path, *, whole: bool) -> None:
    """Write whom to remind to a file, CSV or .xlsx, which is never written over."""
    if out.exists():
        raise click.ClickException(f"{out} exists: name another")
    with changing(name) as (here, connection, wave):
        lists = reminders.lists(connection, wave)
        people = [one for of in lists.whole.values() for one in of] if whole else lists.told
        people = [one for one in people if not one.code]
        audit.append(connection, who(), "reminders-fetch", name, here.stamp())
        handle = os.open(
            out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(handle, "wb") as file:
            file.write(_table(out, people))
    apart = sum(len(of) for of in lists.whole.values())
    say(f"{len(people)} to be reminded")
    if apart and not whole:
        say(f"{apart} cases are in samples that are not told apart: --whole lists them")


def _table(out: Path, people: Sequence[Reminded]) -> bytes:
    rows = [
        (one.label, one.grp, one.unit or one.home_unit, one.name, one.phone, one.email)
        for one in people
    ]
    if out.suffix.lower() == ".xlsx":
        return xlsx_out.table(COLUMNS, rows)
    return csv_out.table(COLUMNS, rows).encode()
