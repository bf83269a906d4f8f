"""`cchc sensitivity`, `compare`: what to know of a scorecard before it is published."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from survey_app.commands.opened import WAVE, failing_plainly, house, say, who
from survey_app.commands.permitted import needs
from survey_app.conduct import examining
from survey_app.conduct.examining import Examined
from survey_app.conduct.scoring import kept_pages, publish
from survey_app.conduct.scoring.predecessors import Rule
from survey_app.conduct.scoring.publish import ScoringFailed
from survey_app.store import scorecards, waves
from survey_app.store.scorecards import Scorecard
from survey_app.web import House

_Examine = Callable[[House, Scorecard, Path], Examined]


@click.command("sensitivity")
@WAVE
@needs("results.compute")
@failing_plainly
def sensitivity_(name: str) -> None:
    """Work out how far the newest scorecard depends on choices and on who did not answer."""
    say("scoring by other choices (độ nhạy)")
    _examined(name, examining.sensitivity)


@click.command("compare")
@WAVE
@click.option("--with", "last", default="", help="A wave of an earlier year; else the newest.")
@click.option(
    "--merged",
    "rule",
    type=click.Choice(["leave_out", "frame"]),
    default="leave_out",
    help="Leave merged units out, or take their predecessors together by last year's frame.",
)
@needs("results.compute")
@failing_plainly
def compare_(name: str, last: str, rule: Rule) -> None:
    """Compare the newest scorecard with one of an earlier year."""
    say("comparing with an earlier year (so sánh với năm trước)")
    _examined(name, partial(examining.compare, last=last, rule=rule))


def _examined(name: str, examine: _Examine) -> None:
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
            card = scorecards.latest(connection, wave.id)
        if card is None:
            raise click.ClickException(f"wave `{name}` has no scorecard: `cchc score {name}` first")
        parent = publish.releases(here, wave)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=parent) as work:
            try:
                examined = examine(here, card, Path(work))
            except ScoringFailed as error:
                raise click.ClickException(f"\n{error}") from error
            with here.database.writing() as connection:
                examining.keep(connection, here, examined, who())
        click.echo(kept_pages.folder(here, card.id, examined.part))
