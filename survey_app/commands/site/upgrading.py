"""`cchc upgrade`: the tables of a new version, with a backup of the old before them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from survey_app.commands.opened import AS_JSON, failing_plainly, out_json, say, unmigrated, who
from survey_app.commands.permitted import needs
from survey_app.commands.site.backing_up import (
    KEY_RECIPIENT,
    PASSPHRASE,
    RECIPIENT,
    RECIPIENTS_FILE,
    back_up,
    locks_of,
)
from survey_app.store.engine.patience import PATIENCE
from survey_app.upkeep import upgrading
from survey_app.upkeep.upgrading import Forecast

_MEGABYTE = 2**20


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--backup", type=click.Path(path_type=Path), help="Where the backup before it goes.")
@RECIPIENT
@KEY_RECIPIENT
@PASSPHRASE
@RECIPIENTS_FILE
@click.option("--without-backup", is_flag=True, help="Upgrade without one.")
@AS_JSON
@needs("site.run")
@failing_plainly
def upgrade_(
    backup: Path | None,
    recipients: tuple[str, ...],
    key_recipients: tuple[str, ...],
    passphrase_file: Path | None,
    recipients_file: Path | None,
    *,
    check: bool,
    without_backup: bool,
    as_json: bool,
) -> None:
    """Bring the tables to this version (nâng cấp), after a backup. The way back is a restore."""
    with unmigrated() as here:
        forecast = upgrading.foresee(here)
        if check and as_json:
            told = {"may_overlap": forecast.may_overlap, "has_room": forecast.has_room}
            out_json(asdict(forecast) | told)
            return
        _tell(forecast)
        if check or not forecast.steps:
            return
        if not forecast.has_room:
            raise click.ClickException("the disk has too little room: nothing was changed")
        if backup:
            locks = locks_of(recipients, key_recipients, passphrase_file, recipients_file)
            back_up(here, backup, locks)
        elif not without_backup:
            raise click.ClickException(
                "say where the backup before it goes (--backup FILE), or that there is none "
                "(--without-backup): nothing was changed"
            )
        seconds = upgrading.upgrade(here, who())
    say(f"the tables are at {forecast.to}, after {seconds:.1f} s. Start the new version now")


def _tell(forecast: Forecast) -> None:
    if not forecast.steps:
        say(f"the tables are at {forecast.to}: nothing is to be done")
    for step in forecast.steps:
        say(f"{step.revision}: {step.what}")
        for obstacle in step.obstacles:
            say(f"      {obstacle}")
    if forecast.steps:
        _tell_of_time(forecast)
    free = f"{forecast.free // _MEGABYTE} MB are free"
    say(f"the database has {forecast.size / _MEGABYTE:.1f} MB, {free}")
    age = forecast.backup_hours
    say(
        "no backup is known to the log"
        if age is None
        else f"the last backup was made {age:.0f} hours ago"
    )


def _tell_of_time(forecast: Forecast) -> None:
    how = "as on a copy just now" if forecast.is_measured else "at a guess by its size"
    say(f"it takes about {forecast.seconds:.1f} s, {how}; forms that are sent meanwhile wait")
    if forecast.seconds > PATIENCE:
        say(f"whoever waits longer than {PATIENCE:.0f} s is told that nothing was kept")
    if forecast.may_overlap:
        say("processes of the old version may go on meanwhile: restart them one by one afterwards")
    else:
        say("stop all processes of the old version first: they cannot go on with the new tables")
    if forecast.open_waves:
        say(f"open now: {', '.join(forecast.open_waves)}. The way back is a restore, without")
        say("what is sent after the backup: better before a wave opens, or after it has closed")
