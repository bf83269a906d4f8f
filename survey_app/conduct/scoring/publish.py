"""From a wave to a scorecard that is kept: release, score, merge; and what may be shown of it.

`analysis` runs in a process of its own, by its own command line: the worker that serves phones
never loads pandas, and what the office scores is what a stranger's command would.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_app.conduct import privacy
from survey_app.conduct.scoring import kept_pages
from survey_app.release import elsewhere
from survey_app.release.elsewhere import Pause, Release
from survey_app.settings import VERSION
from survey_app.store import scorecards, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.quality import twins
from survey_app.store.quality.twins import Twin
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave, WaveState
from survey_app.web import House

Told = Callable[[str], None]
"""Where progress is said."""

_REFUSED = {
    "score": "not-scored",
    "merge": "not-merged-for-faults",
    "detail": "not-examined",
    "sensitivity": "not-examined",
    "nonresponse": "not-examined",
    "compare": "not-compared",
    "screen": "not-screened",
    "opendata": "no-open-data",
}


class ScoringFailed(Refused):
    """`analysis` refused the data; the message is its report, every problem in it."""


def release(
    house: House,
    wave: Wave,
    packed: Path | None = None,
    *,
    every_form: bool = False,
    pause: Pause = lambda: None,
) -> Release:
    """Write the wave's release below the data folder; its rows as Parquet too, where wanted.

    Raises
    ------
    ReleaseError
    """
    return elsewhere.write(
        house.database,
        wave,
        releases(house, wave),
        every_form=every_form,
        packed=packed,
        pause=pause,
    )


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
    ReleaseError
    """
    parent = releases(house, wave)
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=parent) as work:
        results = computed(house, wave, Path(work), merge=merge, told=told)
        with house.database.writing() as connection:
            return keep(connection, house, results, by)


@dataclass(frozen=True)
class Computed:
    """A release that was scored: its results are in a folder that is not theirs to stay in.

    `every_form`: the same with the forms that it leaves out, where it leaves some out.
    """

    wave: Wave
    release: Release
    folder: Path
    detail: Path | None = None
    """What pages show of each unit and each criterion."""
    every_form: Computed | None = None


def computed(
    house: House,
    wave: Wave,
    work: Path,
    *,
    merge: bool = False,
    told: Told = lambda _: None,
    pause: Pause = lambda: None,
) -> Computed:
    """Release, score and, where asked for, merge a wave in the folder `work`.

    `pause` is called now and then; what it raises ends the work.

    Raises
    ------
    ScoringFailed, ReleaseError
    """
    told("release")
    work.mkdir(exist_ok=True)
    packed = work / "rows.parquet"
    written = release(house, wave, packed, pause=pause)
    told("score")
    detail = work / "detail"
    # Pages are laid out by the run that has the answers in memory, or after the merging they show.
    laid_out = () if merge else ("--detail", detail)
    out = _scored(written, packed, work / "results", pause, *laid_out)
    if merge:
        told("merge")
        _merged(written, out, pause)
        told("detail")
        given = ("--scores", out, "--out", detail, "--packed", packed)
        analyse("detail", pause, written.folder, *given)
    if not _left_out(written):
        return Computed(wave, written, out, detail)
    whole = release(house, wave, packed, every_form=True, pause=pause)
    twin = _scored(whole, packed, work / "results-every-form", pause)
    if merge:
        _merged(whole, twin, pause)
    return Computed(wave, written, out, detail, Computed(wave, whole, twin))


def _scored(written: Release, packed: Path, out: Path, pause: Pause, *more: object) -> Path:
    # A unit without a group still gets the points of the others, and says so (domain rule F6).
    how = ("--missing", "renormalise", "--min-group", written.min_group)
    # What is published holds where few answered too: docs/decisions/0008.
    where = ("--packed", packed, "--out", out, *more)
    analyse("score", pause, written.folder, *where, *how, "--rank-method", "holm-t")
    return out


def _merged(written: Release, out: Path, pause: Pause) -> None:
    # A unit that is late holds up nobody: it stands in the result without index and rank.
    late = ("--unappraised", "list")
    analyse("merge", pause, written.folder, "--scores", out, "--out", out, *late)


def keep(connection: Connection, house: House, results: Computed, by: str) -> Scorecard:
    """Keep a scorecard as a draft; its files are put in their place last, before the commit.

    Raises
    ------
    WaveState
        When the wave was reopened while it was scored: nothing is kept.
    """
    wave, written, out = results.wave, results.release, results.folder
    if waves.hold(connection, wave.name).reopened_at != wave.reopened_at:
        message = f"wave `{wave.name}` was reopened while it was scored: close it, score it"
        raise WaveState("reopened-meanwhile", message, wave=wave.name)
    scores, merged = _read(out)
    at = house.stamp()
    card = scorecards.add(
        connection,
        wave.id,
        fingerprint=written.fingerprint,
        version=VERSION,
        at=at,
        by=by,
        scores=scores,
        merged=merged,
        release=written.folder.relative_to(house.settings.data_folder).as_posix(),
    )
    audit.append(connection, by, "score", f"{wave.name} {written.fingerprint}", at)
    if results.every_form:
        _keep_twin(connection, house, card, results)
    _put(out, written.folder / _named(scores, merged))
    if results.detail is not None:
        kept_pages.replace(house, card.id, "detail", results.detail)
    return card


def _keep_twin(connection: Connection, house: House, card: Scorecard, results: Computed) -> None:
    """Keep what the scorecard would be with every form, and what it leaves out."""
    assert results.every_form is not None
    out, release = results.every_form.folder, results.every_form.release
    (scores, merged), folder = _read(out), release.folder
    twin = Twin(
        fingerprint=release.fingerprint,
        release=folder.relative_to(house.settings.data_folder).as_posix(),
        scores=scores,
        merged=merged,
        exclusions=_left_out(results.release),
    )
    twins.add(connection, card, twin)
    _put(out, folder / _named(scores, merged))


def _left_out(written: Release) -> tuple[dict[str, Any], ...]:
    """The exclusions of a release, as its manifest tells them."""
    manifest = json.loads((written.folder / "manifest.json").read_bytes())
    return tuple(manifest.get("exclusions", ()))


def _read(out: Path) -> tuple[str, str | None]:
    """Scores, and what they were merged into."""
    joined = out / "merged.json"
    merged = joined.read_text(encoding="utf-8") if joined.exists() else None
    return (out / "scores.json").read_text(encoding="utf-8"), merged


def _put(out: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    out.replace(folder)


def publishable(house: House, wave: Wave) -> Scorecard:
    """The scorecard that may be shown to everyone now.

    Raises
    ------
    WaveState
        When there is none.
    """
    with house.database.reading() as connection:
        card = scorecards.latest(connection, wave.id)
        wave = waves.find(connection, wave.name)
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "close it, score it again, then publish")
    if card is None or card.merged is None:
        message = f"wave `{wave.name}` has no merged scorecard: score and merge it first"
        raise WaveState("not-merged", message, wave=wave.name)
    if card.fingerprint != elsewhere.fingerprint(house.database, wave, releases(house, wave)):
        message = f"wave `{wave.name}` has changed since it was scored: score it again"
        raise WaveState("changed-since-scored", message, wave=wave.name, scorecard=str(card.id))
    return card


def show(connection: Connection, house: House, wave: Wave, card: Scorecard, by: str) -> Scorecard:
    """Show a scorecard to everyone, and forget whom the office invited.

    The notice promises that names and numbers go when results are published.

    Raises
    ------
    WaveState
        When the wave was reopened meanwhile.
    """
    wave, at = waves.hold(connection, wave.name), house.stamp()
    hold_to(wave, card)
    scorecards.publish(connection, card.id, at, by)
    audit.append(connection, by, "publish", f"{wave.name} {card.fingerprint}", at)
    privacy.purge(connection, house, wave, by)
    return scorecards.find(connection, card.id)


def hold_to(wave: Wave, card: Scorecard) -> None:
    """See that a scorecard may still be shown to everyone.

    Raises
    ------
    WaveState
        When the wave was reopened since it was made.
    """
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "close it, score it again, then publish")
    if is_outdated(card, wave):
        message = f"scorecard {card.id} is of before wave `{wave.name}` was reopened"
        named = {"wave": wave.name, "scorecard": str(card.id)}
        raise WaveState("changed-since-scored", message, **named)


def is_outdated(card: Scorecard, wave: Wave) -> bool:
    """Whether a scorecard was made before the wave was closed, or before it was reopened."""
    return card.made_at < (wave.closed_at or "") or card.made_at <= (wave.reopened_at or "")


def analyse(step: str, pause: Pause, *arguments: object) -> None:
    """Have a command of `analysis` done by a process of its own.

    Raises
    ------
    ScoringFailed
        With all that the command says.
    """
    done = elsewhere.run([sys.executable, "-m", "analysis", step, *map(str, arguments)], pause)
    if done.status:
        said = done.words.strip() or f"analysis ended with status {done.status}"
        raise ScoringFailed(_REFUSED[step], said)
