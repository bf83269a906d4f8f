"""`cchc report`: a scorecard as a file: for the province, for leaders, for units, as a table."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import click

from survey_app.commands.opened import WAVE, failing_plainly, house, who
from survey_app.commands.permitted import needs
from survey_app.store import scorecards, waves
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House

_ENDS = (".docx", ".pdf", ".xlsx", ".csv", ".zip")


@click.command("report")
@WAVE
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A .docx, .pdf, .xlsx or .csv file; a .zip file for the reports of all units.",
)
@click.option("--summary", is_flag=True, help="The page for leaders (.docx, .pdf).")
@click.option("--unit", default="", help="The report of this unit (.docx, .pdf).")
@click.option("--pdf", "as_pdf", is_flag=True, help="Reports in a .zip file as PDF, not as Word.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", help="What it speaks.")
@needs("results.see")
@failing_plainly
def report_(name: str, out: Path, unit: str, language: str, *, summary: bool, as_pdf: bool) -> None:
    """Write the newest scorecard as a report, a workbook or a table (báo cáo).

    Reports of units hold what is published of them, or would be, and no more.
    """
    kind = out.suffix.lstrip(".")
    if out.suffix not in _ENDS:
        raise click.ClickException(f"`{out.name}` is none of {', '.join(_ENDS)}")
    if (summary or unit) and kind not in {"docx", "pdf"}:
        raise click.ClickException(f"that report is a .docx or a .pdf file, not `{out.name}`")
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
            card = scorecards.latest(connection, wave.id)
        if card is None:
            raise click.ClickException(f"wave `{name}` has no scorecard: `cchc score {name}` first")
        if kind == "zip":
            what = "units"
            _units(here, wave, card, out, language, "pdf" if as_pdf else "docx")
        elif unit:
            what = unit
            out.write_bytes(_one_unit(here, wave, card, unit, language, kind))
        else:
            what = f"tom-tat.{kind}" if summary else kind
            out.write_bytes(_whole(here, wave, card, language, what))
        with here.database.writing() as connection:
            audit.append(connection, who(), "report", f"{name} {card.id} {what}", here.stamp())
    click.echo(out)


def _whole(here: House, wave: Wave, card: Scorecard, language: str, kind: str) -> bytes:
    from survey_app.office.documents import downloads, gathering
    from survey_app.office.page import WORDS

    shown = gathering.results_of(here, wave, card)
    return downloads.contents(shown, WORDS, language, kind, gathering.beside(here, shown))


def _one_unit(
    here: House, wave: Wave, card: Scorecard, unit: str, language: str, kind: str
) -> bytes:
    from survey_app.office.documents import making

    body = making.of_unit(here, wave, card, unit, language, kind)
    if body is None:
        raise click.ClickException(f"wave `{wave.name}` has no unit `{unit}`")
    return body


def _units(here: House, wave: Wave, card: Scorecard, out: Path, language: str, kind: str) -> None:
    from survey_app.office.documents import making

    count = len(here.units(wave.id))
    written = making.of_every_unit(here, wave, card, language, kind)
    progress = click.progressbar(written, length=count, file=sys.stderr, label="Reports")
    with zipfile.ZipFile(out, "w") as packed, progress as bar:
        for file, _, body in bar:
            making.add(packed, file, body)
