"""`cchc check`: texts, held against everything that can be known without a wave."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.problems import report
from survey_app.commands.opened import AS_JSON, out_json, say
from survey_app.commands.permitted import needs
from survey_app.questionnaire.check import check_files
from survey_app.settings import questionnaires_folder


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--since",
    type=click.Path(exists=True, path_type=Path),
    help="An earlier questionnaire or study: list what changed, refuse what may not.",
)
@AS_JSON
@needs("texts.check")
def check_(files: tuple[Path, ...], since: Path | None, *, as_json: bool) -> None:
    """Check index definitions, questionnaires, scales and units (kiểm tra phiếu khảo sát).

    FILES are YAML files or folders of studies; without any, the whole library is checked. Shows
    every fault with its file, line, column and a remedy. Needs no database.

    With --since, every questionnaire is held against its earlier version: each rewording is listed
    with its line, and a change by which old and new answers could not be compared is a fault.
    """
    checked = check_files(files or None, questionnaires_folder(), since=since)
    if as_json:
        out_json(checked.as_json())
    else:
        for line in checked.lines:
            click.echo(line)
        if checked.problems:
            say(f"\n{report(checked.problems)}")
    if checked.problems:
        raise SystemExit(1)
