"""`cchc prepare`, `approve`, `send-back`, `withdraw`: publishing takes two people."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from survey_app.commands.opened import WAVE, changing, failing_plainly, house, say, who
from survey_app.commands.permitted import needs
from survey_app.conduct import standing
from survey_app.conduct.scoring import open_data, publication, publish
from survey_app.conduct.scoring.open_data import OpenData
from survey_app.store import publications, scorecards, waves
from survey_app.store.publications import Version
from survey_app.store.scorecards import Scorecard
from survey_app.waves import blocks
from survey_app.web import House

REASON = click.option("--reason", required=True, help="Why; a withdrawal's is read by everyone.")
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command("prepare")
@WAVE
@YES
@needs("results.prepare")
@failing_plainly
def prepare_(name: str, *, yes: bool) -> None:
    """Prepare the newest merged scorecard of a closed wave for somebody else to approve."""
    with house() as here:
        card, known = _newest(here, name), _known(here, name, yes=yes)
        with here.database.writing() as connection:
            wave = waves.find(connection, name)
            publication.prepare(connection, here, wave, card, who(), known)
    say(f"scorecard {card.id} of wave {name} waits for approval by somebody else")


@click.command("approve")
@WAVE
@YES
@click.option("--open-data", "with_rows", is_flag=True, help="Publish the open data as well.")
@needs("results.publish")
@failing_plainly
def approve_(name: str, *, yes: bool, with_rows: bool) -> None:
    """Show to everyone the scorecard that somebody else has prepared.

    Names, phone numbers and addresses of the cases are deleted with it, as the notice promises.
    Anonymised answers become public only with --open-data.
    """
    if not yes:
        click.confirm(f"Publish the results of wave {name}?", abort=True, err=True)
    with house() as here, _work(here, name) as work:
        card = _newest(here, name)
        archive = _open_data(here, name, card, work) if with_rows else None
        with here.database.writing() as connection:
            wave = waves.find(connection, name)
            publication.approve(connection, here, wave, card, who())
            if archive:
                open_data.show(connection, here, archive, who())
    say(f"wave {name} is published, fingerprint {card.fingerprint[:16]}")
    if archive:
        say("its open data are public with it")


@click.command("send-back")
@WAVE
@REASON
@needs("results.publish")
@failing_plainly
def send_back_(name: str, reason: str) -> None:
    """Give a prepared scorecard back to whoever prepared it, with a reason."""
    with changing(name) as (here, connection, wave):
        card = scorecards.latest(connection, wave.id)
        if card is None:
            raise click.ClickException(f"wave `{name}` has no scorecard")
        publication.send_back(connection, here, wave, card, who(), reason)
    say(f"scorecard {card.id} of wave {name} is sent back")


@click.command("withdraw")
@WAVE
@REASON
@needs("results.publish")
@failing_plainly
def withdraw_(name: str, reason: str) -> None:
    """Withdraw what is public of a wave. The reason stays at its address, for everyone."""
    with changing(name) as (here, connection, wave):
        known = publications.versions(connection, wave.id)
        if not known:
            raise click.ClickException(f"nothing of wave `{name}` was published")
        newest: Version = known[-1]
        publication.withdraw(connection, here, wave, newest.card, who(), reason)
    say(f"version {newest.number} of wave {name} is withdrawn")


@contextmanager
def _work(here: House, name: str) -> Iterator[Path]:
    """A folder beside the wave's releases: what is made there is put in its place in one step."""
    with here.database.reading() as connection:
        parent = publish.releases(here, waves.find(connection, name))
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=parent) as work:
        yield Path(work)


def _open_data(here: House, name: str, card: Scorecard, work: Path) -> OpenData:
    with here.database.reading() as connection:
        wave = waves.find(connection, name)
    try:
        return open_data.write_to_publish(here, wave, card, work, told=say)
    except publish.ScoringFailed as error:
        raise click.ClickException(f"\n{error}") from error


def _newest(here: House, name: str) -> Scorecard:
    with here.database.reading() as connection:
        wave = waves.find(connection, name)
    return publish.publishable(here, wave)


def _known(here: House, name: str, *, yes: bool) -> list[str]:
    """What stands in the way is refused; what must be known is said and asked."""
    with here.database.reading() as connection:
        wave = waves.find(connection, name)
    facts = standing.facts(here, wave, deep=True)
    for concern in blocks.blocks("publish", facts):
        raise click.ClickException(concern.rule.says["en"])
    known = []
    for concern in blocks.warnings("publish", facts):
        say(f"warning: {concern.rule.says['en'].format(**concern.counts)}")
        if not yes:
            click.confirm("Prepare it all the same?", abort=True, err=True)
        known.append(concern.key)
    return known
