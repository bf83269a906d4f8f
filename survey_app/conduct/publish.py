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
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from survey_app.release import writing
from survey_app.release.writing import Release
from survey_app.settings import HERE, VERSION
from survey_app.store import scorecards, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.sample import cases
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave, WaveState
from survey_app.web import House

Told = Callable[[str], None]
"""Where progress is said."""
Pause = Callable[[], None]
"""Where somebody may say that a result is no longer wanted, by raising."""

_LONGEST_SECONDS = 3600
_PAUSE = 0.25
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
    parent = releases(house, wave)
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=parent) as work:
        results = computed(house, wave, Path(work), merge=merge, told=told)
        with house.database.writing() as connection:
            return keep(connection, house, results, by)


@dataclass(frozen=True)
class Computed:
    """A release that was scored: its results are in a folder that is not theirs to stay in."""

    wave: Wave
    release: Release
    folder: Path


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
    ScoringFailed, writing.ReleaseError
    """
    told("release")
    written = release(house, wave)
    out = work / "results"
    told("score")
    # A unit without a group still gets the points of the others, and says so (domain rule F6).
    how = ("--missing", "renormalise", "--min-group", written.min_group)
    # What is published holds where few answered too: docs/decisions/0008.
    _analysis("score", pause, written.folder, "--out", out, *how, "--rank-method", "holm-t")
    if merge:
        told("merge")
        # A unit that is late holds up nobody: it stands in the result without index and rank.
        late = ("--unappraised", "list")
        _analysis("merge", pause, written.folder, "--scores", out, "--out", out, *late)
    return Computed(wave, written, out)


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
    scores = (out / "scores.json").read_text(encoding="utf-8")
    joined = out / "merged.json"
    merged = joined.read_text(encoding="utf-8") if joined.exists() else None
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
    folder = written.folder / _named(scores, merged)
    shutil.rmtree(folder, ignore_errors=True)
    out.replace(folder)
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
    card = publishable(house, wave)
    with house.database.writing() as connection:
        return show(connection, house, wave, card, by, known)


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
    return card


def show(
    connection: Connection,
    house: House,
    wave: Wave,
    card: Scorecard,
    by: str,
    known: Sequence[str] = (),
) -> Scorecard:
    """Show a scorecard to everyone, and forget whom the office invited.

    Raises
    ------
    WaveState
        When the wave was reopened meanwhile.
    """
    wave, at = waves.hold(connection, wave.name), house.stamp()
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "close it, score it again, then publish")
    if is_outdated(card, wave):
        message = f"scorecard {card.id} is of before wave `{wave.name}` was reopened"
        named = {"wave": wave.name, "scorecard": str(card.id)}
        raise WaveState("changed-since-scored", message, **named)
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


def _analysis(step: Literal["score", "merge"], pause: Pause, *arguments: object) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "analysis", step, *map(str, arguments)],
        cwd=HERE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            words = _words(process, pause)
        finally:
            process.kill()
    if process.returncode:
        said = words.strip() or f"analysis ended with status {process.returncode}"
        raise ScoringFailed(_REFUSED[step], said)


def _words(process: subprocess.Popen[str], pause: Pause) -> str:
    """What a process says until it ends.

    Raises
    ------
    subprocess.TimeoutExpired
    """
    end = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return process.communicate(timeout=_PAUSE)[1]
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise
        pause()
