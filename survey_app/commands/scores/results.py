"""`cchc release`, `score`, `merge`, `report`: from answers to what people read."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from survey_app.commands.opened import AS_JSON, WAVE, failing_plainly, house, out_json, say, who
from survey_app.commands.permitted import needs
from survey_app.conduct.scoring import publish
from survey_app.conduct.scoring.publish import ScoringFailed
from survey_app.release.elsewhere import ReleaseError
from survey_app.store import waves
from survey_app.store.log import audit

_STEPS = {
    "release": "writing the release (bộ dữ liệu)",
    "score": "scoring (tính điểm điều tra xã hội học)",
    "merge": "merging with self-assessed and appraised points (tổng hợp điểm)",
}


@click.command("release")
@WAVE
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Copy the folder here too."
)
@AS_JSON
@needs("release.download")
@failing_plainly
def release_(name: str, out: Path | None, *, as_json: bool) -> None:
    """Write a wave as a folder of files with a manifest of hashes; prints where it is."""
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
        if wave.state != "closed":
            raise click.ClickException(
                f"wave `{name}` is {wave.state}: a release is of a closed wave, so that nobody can "
                "tell from two of them what one person answered"
            )
        try:
            release = publish.release(here, wave)
        except ReleaseError as error:
            raise click.ClickException(str(error)) from error
        with here.database.writing() as connection:
            detail = f"{name} {release.fingerprint[:16]}"
            audit.append(connection, who(), "release", detail, here.stamp())
            if out:
                shutil.copytree(release.folder, out, dirs_exist_ok=True)
    say(f"{release.ratings} ratings, fingerprint {release.fingerprint[:16]}")
    if as_json:
        out_json(
            {
                "folder": str(out or release.folder),
                "fingerprint": release.fingerprint,
                "ratings": release.ratings,
            }
        )
    else:
        click.echo(out or release.folder)


@click.command("score")
@WAVE
@AS_JSON
@needs("results.compute")
@failing_plainly
def score_(name: str, *, as_json: bool) -> None:
    """Score the survey portion of every unit, and keep the scorecard as a draft."""
    _score(name, merge=False, as_json=as_json)


@click.command("merge")
@WAVE
@AS_JSON
@needs("results.compute")
@failing_plainly
def merge_(name: str, *, as_json: bool) -> None:
    """Score, and merge with the self-assessed and appraised points that were imported."""
    _score(name, merge=True, as_json=as_json)


def _score(name: str, *, merge: bool, as_json: bool) -> None:
    with house() as here:
        with here.database.reading() as connection:
            wave = waves.find(connection, name)
        try:
            card = publish.score(
                here, wave, who(), merge=merge, told=lambda step: say(_STEPS.get(step, step))
            )
        except (ReleaseError, ScoringFailed) as error:
            raise click.ClickException(f"\n{error}") from error
        folder = publish.results(here, card)
    if as_json:
        out_json({"scorecard": card.id, "fingerprint": card.fingerprint, "folder": str(folder)})
    else:
        click.echo(folder)
