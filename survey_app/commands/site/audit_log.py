"""`cchc audit`: whether the log of what the office did is what it was."""

from __future__ import annotations

import re

import click

from survey_app.commands.opened import failing_plainly, house, say, who
from survey_app.commands.permitted import needs
from survey_app.store.log import audit, verification
from survey_app.store.log.log_keys import Head

_SHORT = 32
"""Letters of a hash that are noted on paper: 128 bits."""
_NOTED = re.compile(r"\s*([0-9]+)\s*[:\s]\s*([0-9a-fA-F\s]+)")

_WHY = {
    "changed": "the log was changed at line {id}: the line, or one before it, is not what it was",
    "cut": "the log was cut or written anew: line {id}, the newest that was noted, is not there",
    "no-head": "the log ends at line {id}, and the note of its newest line is gone from the keys",
    "not-as-noted": "the log was written anew: line {id} is not the one that you noted",
}


@click.group("audit")
def audit_() -> None:
    """The log of what the office did (nhật ký)."""


@audit_.command("head")
@needs("log.see")
@failing_plainly
def print_head() -> None:
    """Print the number and the hash of the newest line, to be noted on paper.

    With it `cchc audit check --head` tells, whoever owns the machine, whether a line up to then
    was changed or taken out.
    """
    with house() as here, here.database.reading() as connection:
        _stop_if(audit.verify(connection))
        newest = audit.head(connection)
    parts = (newest.hash[at : at + 4] for at in range(0, _SHORT, 4))
    click.echo(f"{newest.number}: {' '.join(parts)}")


def _heads(
    _context: click.Context, _parameter: click.Parameter, typed: tuple[str, ...]
) -> list[Head]:
    matches = [_NOTED.fullmatch(text) for text in typed]
    heads = [Head(int(it[1]), "".join(it[2].split()).lower()) for it in matches if it]
    if len(heads) < len(typed) or any(len(head.hash) < _SHORT for head in heads):
        raise click.BadParameter("write it as `cchc audit head` printed it: `57: 3f2a 91bc ...`")
    return heads


@audit_.command()
@click.option(
    "--head",
    "heads",
    multiple=True,
    callback=_heads,
    help="What `cchc audit head` printed at some time; may be given several times.",
)
@needs("log.see")
@failing_plainly
def check(heads: list[Head]) -> None:
    """Check that no line was changed, taken out, cut off at the end or written anew."""
    with house() as here, here.database.reading() as connection:
        _stop_if(verification.look_at_all(connection, here.stamp()).broken)
        _stop_if(audit.verify(connection, heads) if heads else None)
        newest = audit.head(connection)
    say(f"the log is whole, up to line {newest.number}")


@audit_.command()
@needs("log.see")
@failing_plainly
def verify() -> None:
    """The same as `check`, without a head."""
    with house() as here, here.database.reading() as connection:
        _stop_if(verification.look_at_all(connection, here.stamp()).broken)
    say("the log is whole")


@audit_.command("go-on")
@click.option("--because", required=True, help="Why lines are gone, such as a restored backup.")
@needs("log.mend")
@failing_plainly
def go_on(because: str) -> None:
    """Let the log go on after a backup was restored, and say so in it."""
    with house() as here, here.database.writing() as connection:
        broken = audit.verify(connection)
        if broken is None:
            raise click.ClickException("the log is whole: there is nothing to go on from")
        if broken.why == "changed":
            _stop_if(broken)
        audit.go_on_from(connection, who(), because, here.stamp())
    say("the log goes on; it says that lines are gone, and why")


def _stop_if(broken: audit.Break | None) -> None:
    if broken is not None:
        raise click.ClickException(_WHY[broken.why].format(id=broken.id))
