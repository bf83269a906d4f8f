"""`cchc open-data`: what can be given to anybody, as one file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from survey_app.commands.opened import WAVE, failing_plainly, house, say, who
from survey_app.commands.permitted import needs
from survey_app.conduct.scoring import open_data
from survey_app.conduct.scoring.publish import ScoringFailed, releases
from survey_app.store import waves

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("open-data")
@WAVE
@click.option("--out", required=True, type=_FILE, help="The .zip file to write.")
@needs("release.download")
@failing_plainly
def open_data_(name: str, out: Path) -> None:
    """Write anonymised answers and published results of a wave as one archive."""
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
        parent = releases(here, wave)
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=parent) as work:
            try:
                archive = open_data.write(here, wave, Path(work), told=say)
            except ScoringFailed as error:
                raise click.ClickException(f"\n{error}") from error
            with here.database.writing() as connection:
                open_data.log(connection, here, archive, who())
                shutil.copyfile(archive.file, out)
    if archive.card.published_at is None:
        say("the results are not published yet: the archive says that it is a draft (dự thảo)")
    click.echo(out)
