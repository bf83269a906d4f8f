"""From a wave to a scorecard that is kept: release, score, merge.

`analysis` runs in a process of its own, by its own command line: the worker that serves phones
never loads pandas, and what the office scores is what a stranger's command would.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from survey_app.release import writing
from survey_app.release.writing import Release
from survey_app.settings import HERE, VERSION
from survey_app.store import audit, cases, scorecards, waves
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave, WaveState
from survey_app.web import House

Told = Callable[[str], None]
"""Where progress is said."""

_LONGEST_SECONDS = 900
_REFUSED = {"score": "not-scored", "merge": "not-merged-for-faults"}


class ScoringFailed(Refused):
    """`analysis` refused the data; the message is its report, every problem in it."""


def release(house: House, wave: Wave) -> Release:
    """Write the wave's release below the data folder."""
    with house.database.reading() as connection:
        return writing.write(connection, wave, releases(house, wave))


def releases(house: House, wave: Wave) -> Path:
    """Where the releases of a wave are."""
    return house.settings.data_folder / "releases" / wave.name


def results(house: House, card: Scorecard) -> Path:
    """Where the files of a scorecard are: scores, tables, charts."""
    return house.settings.data_folder / card.release / _named(card.scores, card.merged)


def _named(scores: str, merged: str | None) -> str:
    """The folder of a scorecard's files: another result of the same release gets another."""
    return "results-" + hashlib.sha256((scores + (merged or "")).encode()).hexdigest()[:12]


def score(
    house: House, wave: Wave, by: str, *, merge: bool = False, told: Told = lambda _: None
) -> Scorecard:
    """Release, score and, where asked for, merge a wave; keep the scorecard as a draft.

    Raises
    ------
    ScoringFailed
        When the release or the points are not sound; nothing is kept.
    writing.ReleaseError
    """
    told("release")
    made = release(house, wave)
    with tempfile.TemporaryDirectory(dir=made.folder.parent) as work:
        out = Path(work) / "results"
        told("score")
        # A unit without a group still gets the points of the others, and says so (domain rule F6).
        how = ("--missing", "renormalise", "--min-group", made.min_group)
        # What is published holds where few answered too: docs/decisions/0008.
        _analysis("score", made.folder, "--out", out, *how, "--rank-method", "holm-t")
        if merge:
            told("merge")
            _analysis("merge", made.folder, "--scores", out, "--out", out)
        return _keep(house, wave, made, by, out)


def _keep(house: House, wave: Wave, made: Release, by: str, out: Path) -> Scorecard:
    scores = (out / "scores.json").read_text(encoding="utf-8")
    joined = out / "merged.json"
    merged = joined.read_text(encoding="utf-8") if joined.exists() else None
    folder = made.folder / _named(scores, merged)
    shutil.rmtree(folder, ignore_errors=True)
    out.replace(folder)
    at = house.stamp()
    with house.database.writing() as connection:
        if waves.hold(connection, wave.name).reopened_at != wave.reopened_at:
            message = f"wave `{wave.name}` was reopened while it was scored: close it, score it"
            raise WaveState("reopened-meanwhile", message, wave=wave.name)
        card = scorecards.add(
            connection,
            wave.id,
            fingerprint=made.fingerprint,
            version=VERSION,
            at=at,
            by=by,
            scores=scores,
            merged=merged,
            release=made.folder.relative_to(house.settings.data_folder).as_posix(),
        )
        audit.append(connection, by, "score", f"{wave.name} {made.fingerprint}", at)
    return card


def publish(house: House, wave: Wave, by: str, *, known: Sequence[str] = ()) -> Scorecard:
    """Show the newest scorecard of a closed wave to everyone, and forget whom the office invited.

    The notice promises that names and numbers go when results are published. `known` are the
    warnings that were read and accepted, for the log.

    Raises
    ------
    WaveState
        When the wave is not closed, has no merged scorecard, or ballots came after its release.
    """
    with house.database.reading() as connection:
        card = scorecards.latest(connection, wave.id)
        wave = waves.find(connection, wave.name)
        closed = wave.state == "closed"
        body = writing.contents(connection, wave)["manifest.json"] if closed else b""
    if not closed:
        raise WaveState.of(wave, "not-closed", "close it, score it again, then publish")
    if card is None or card.merged is None:
        message = f"wave `{wave.name}` has no merged scorecard: score and merge it first"
        raise WaveState("not-merged", message, wave=wave.name)
    if card.fingerprint != writing.fingerprint(body):
        message = f"wave `{wave.name}` has changed since it was scored: score it again"
        raise WaveState("changed-since-scored", message, wave=wave.name, scorecard=str(card.id))
    with house.database.writing() as connection:
        wave, at = waves.hold(connection, wave.name), house.stamp()
        if wave.state != "closed":  # reopened meanwhile
            raise WaveState.of(wave, "not-closed", "close it, score it again, then publish")
        if is_outdated(card, wave):
            message = f"scorecard {card.id} is of before wave `{wave.name}` was reopened"
            raise WaveState("changed-since-scored", message, wave=wave.name,
                            scorecard=str(card.id))  # fmt: skip
        scorecards.publish(connection, card.id, at, by)
        if known:
            audit.append(connection, by, "warnings-known", " ".join((wave.name, *known)), at)
        audit.append(connection, by, "publish", f"{wave.name} {card.fingerprint}", at)
        gone = cases.purge_contacts(connection, wave, at)
        audit.append(connection, by, "contacts-purge", f"{wave.name} {gone}", at)
        return scorecards.find(connection, card.id)


def is_outdated(card: Scorecard, wave: Wave) -> bool:
    """Whether a scorecard was made before the wave was closed, or before it was reopened."""
    return card.made_at < (wave.closed_at or "") or card.made_at <= (wave.reopened_at or "")


def _analysis(step: Literal["score", "merge"], *arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", step, *map(str, arguments)],
        cwd=HERE,
        capture_output=True,
        encoding="utf-8",
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip() or f"analysis ended with status {done.returncode}"
        raise ScoringFailed(_REFUSED[step], said)
