"""`cchc invitations`: the links that go out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from survey_app.commands.opened import WAVE, changing, failing_plainly, say, who
from survey_app.commands.permitted import needs
from survey_app.conduct import issuing
from survey_app.fieldwork import csv_out, xlsx_out
from survey_app.fieldwork.case import Invitation
from survey_app.i18n import LANGUAGES
from survey_app.letters import typesetting
from survey_app.letters.composing import Writing
from survey_app.store.log import audit
from survey_app.store.sample import cases, links
from survey_app.store.sample.links import Selection
from survey_app.web import House

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
    help="A PDF of letters to print, a page each, with QR codes.",
)
@click.option("--lang", "language", type=click.Choice(LANGUAGES), default="vi", show_default=True)
@click.option(
    "--contact",
    help="Whom to call: name and phone number, printed on every letter; default: the wave's.",
)
@click.option("--base-url", help="Where respondents reach the site; default CCHC_PUBLIC_URL.")
@click.option("--case", "labels", multiple=True, help="Only to this case; may be given again.")
@click.option("--group", "groups", multiple=True, help="Only to cases of this respondent group.")
@click.option("--unit", "units", multiple=True, help="Only to cases that rate this unit.")
@click.option("--again", is_flag=True, help="Also to those who have a link, which is revoked.")
@needs("links.issue")
@failing_plainly
def issue(
    name: str,
    out: Path,
    letters: Path | None,
    language: str,
    contact: str | None,
    base_url: str | None,
    *,
    again: bool,
    **chosen: tuple[str, ...],
) -> None:
    """Issue a link to every case that has none, and write them to a file.

    A spreadsheet takes the zeros from the phone numbers of a CSV file, not from those of an .xlsx.
    The file is the only place where the links are: the store keeps digests. Guard it, and delete
    it when the links have gone out.
    """
    for file in (out, letters):
        if file and file.exists():
            raise click.ClickException(f"{file} exists: links in it would be lost; name another")
    if letters and letters.suffix.lower() != ".pdf":
        raise click.UsageError("letters are a PDF: name a file that ends in .pdf")
    selection = Selection(**chosen)
    if again and selection.is_everyone:
        raise click.UsageError("--again needs --case, --group or --unit: it revokes links")
    with changing(name) as (here, connection, wave):
        writing = issuing.writing(
            here, connection, wave, language, base_url=base_url or "", contact=contact or ""
        )
        if letters and not writing.settled_contact:
            raise click.UsageError("letters need --contact: a name and a phone number to call")
        ready = links.make_ready(connection, wave, selection, here.today(), again=again)
        invitations = [each.invitation for each in ready]
        # Written before the transaction ends: a full disk must not leave digests without links.
        _write_for_the_owner(out, [_table(out, writing, invitations)])
        if letters:
            _write_letters(letters, here, writing, invitations)
        links.issue(connection, wave, ready, here.today(), who(), again=again)
        detail = f"{name} {len(invitations)}"
        audit.append(connection, who(), "invitations-issue", detail, here.stamp())
    say(f"{len(invitations)} links")
    click.echo(out)


def _write_letters(
    file: Path, here: House, writing: Writing, invitations: Sequence[Invitation]
) -> None:
    issuing.checked(writing, invitations)
    files = _names(file, len(invitations))
    for part, pdf in zip(files, issuing.letters(here, writing, invitations), strict=True):
        _write_for_the_owner(part, [pdf])


def _names(letters: Path, count: int) -> list[Path]:
    """A file for each thousand letters: the one that was asked for where that is enough."""
    parts = -(-count // typesetting.MOST)
    if parts == 1:
        return [letters]
    return [letters.with_stem(f"{letters.stem}-{number}") for number in range(1, parts + 1)]


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


@invitations_.command()
@WAVE
@click.argument("cases", nargs=-1)
@click.option("--group", "groups", multiple=True, help="Cases of this respondent group.")
@click.option("--unit", "units", multiple=True, help="Cases that rate this unit.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The last day; default: none.")
@needs("links.issue")
@failing_plainly
def expire(name: str, cases: tuple[str, ...], day: datetime | None, **chosen: Any) -> None:
    """Let links open their forms up to a day, or without end: of CASES, or of all."""
    selection = Selection(labels=cases, **chosen)
    until = day.date().isoformat() if day else None
    with changing(name) as (here, connection, wave):
        count = links.expire(connection, wave, selection, until)
        detail = f"{name} {count} {until or '-'}"
        audit.append(connection, who(), "invitations-expire", detail, here.stamp())
    say(f"{count} link(s)")


def _table(out: Path, writing: Writing, issued: Sequence[Invitation]) -> bytes:
    rows = [
        (each.label, each.group, each.unit, each.name, each.phone, each.email, link)
        for each in issued
        if (link := each.link(writing.base_url))
    ]
    if out.suffix.lower() == ".xlsx":
        return xlsx_out.table(COLUMNS, rows)
    return csv_out.table(COLUMNS, rows).encode()


def _write_for_the_owner(file: Path, pieces: Iterable[bytes]) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as out:
        out.writelines(pieces)
        out.flush()
        os.fsync(out.fileno())
