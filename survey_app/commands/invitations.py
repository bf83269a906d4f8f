"""`cchc invitations`: the links that go out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from survey_app.commands.opened import WAVE, changing, failing_plainly, say, who
from survey_app.commands.permitted import needs
from survey_app.fieldwork import csv_out, xlsx_out
from survey_app.fieldwork import letters as letter_file
from survey_app.fieldwork.case import Invitation
from survey_app.fieldwork.letters import Sender
from survey_app.questionnaire import library
from survey_app.store import audit, cases, waves
from survey_app.store.database import Connection
from survey_app.store.waves import Wave
from survey_app.waves.plan import period

COLUMNS = ("case", "group", "unit", "name", "phone", "email", "link")


@click.group("invitations")
def invitations_() -> None:
    """The links that go out (thư mời)."""


@invitations_.command()
@WAVE
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file for mail-merge: CSV, or .xlsx to be opened in a spreadsheet.",
)
@click.option(
    "--letters",
    type=click.Path(dir_okay=False, path_type=Path),
    help="An HTML file of letters to print, with QR codes.",
)
@click.option(
    "--contact",
    help="Whom to call: name and phone number, printed on every letter; default: the wave's.",
)
@click.option("--base-url", help="Where respondents reach the site; default CCHC_PUBLIC_URL.")
@needs("links.issue")
@failing_plainly
def issue(
    name: str, out: Path, letters: Path | None, contact: str | None, base_url: str | None
) -> None:
    """Issue a link to every case that has none and may still answer, and write them to a file.

    A spreadsheet takes the zeros from the phone numbers of a CSV file, not from those of an .xlsx.
    The file is the only place where the links are: the store keeps digests. Guard it, and delete
    it when the links have gone out.
    """
    for file in (out, letters):
        if file and file.exists():
            raise click.ClickException(f"{file} exists: links in it would be lost; name another")
    with changing(name) as (here, connection, wave):
        plan = wave.plan
        contact = contact or plan.contact("vi")
        if letters and not contact:
            raise click.UsageError("letters need --contact: a name and a phone number to call")
        made = cases.issue_invitations(connection, wave, here.today())
        base = base_url or here.settings.public_url
        rows = [
            (each.label, each.group, each.unit, each.name, each.phone, each.email, each.link(base))
            for each in made
        ]
        # Written before the transaction ends: a full disk must not leave digests without links.
        _write_for_the_owner(out, [_table(out, rows)])
        if letters:
            sender = Sender(base, contact, plan.title("vi"), period(plan, "vi"))
            pages = _letters(connection, wave, made, sender)
            _write_for_the_owner(letters, (page.encode() for page in pages))
        audit.append(connection, who(), "invitations-issue", f"{name} {len(made)}", here.stamp())
    say(f"{len(made)} links")
    click.echo(out)


@invitations_.command()
@WAVE
@click.argument("case")
@needs("links.issue")
@failing_plainly
def revoke(name: str, case: str) -> None:
    """Withdraw the link of CASE, so that `issue` can make another. What was saved by it is lost."""
    with changing(name) as (here, connection, wave):
        revoked = cases.revoke(connection, wave, case, here.today(), who())
        audit.append(connection, who(), "invitations-revoke", f"{name} {revoked}", here.stamp())
    say(f"{revoked} link(s) withdrawn")


def _table(out: Path, rows: Sequence[Sequence[str]]) -> bytes:
    if out.suffix.lower() == ".xlsx":
        return xlsx_out.table(COLUMNS, rows)
    return csv_out.table(COLUMNS, rows).encode()


def _letters(
    connection: Connection, wave: Wave, made: Sequence[Invitation], sender: Sender
) -> Iterator[str]:
    study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    with click.progressbar(made, file=sys.stderr, label="Letters") as bar:
        yield from letter_file.pages(bar, sender, study.questionnaires, wave.year)


def _write_for_the_owner(file: Path, pieces: Iterable[bytes]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as out:
        out.writelines(pieces)
        out.flush()
        os.fsync(out.fileno())
