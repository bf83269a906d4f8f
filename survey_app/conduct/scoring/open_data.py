"""Open data of a wave: the archive of its newest scorecard, made by `analysis` on its own.

What was public of the wave before is taken together with it: whoever kept that could subtract.

What is public of it is a file beside the scorecard. It is made once, when somebody has decided
that the rows go out with the results, and is handed out as it is: nothing is computed for whoever
asks, and a version has the same archive for ever.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from survey_app import file_modes
from survey_app.conduct.scoring import kept_pages, publication, publish
from survey_app.conduct.scoring.publication import PublicationRefused
from survey_app.release.elsewhere import Pause
from survey_app.store import publications, scorecards, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.publications import Archive
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House

STEPS = 7
"""The steps of `analysis.opendata.archive`, which says by a file how far it is."""

_PUBLIC = "archive.zip"


@dataclass(frozen=True, kw_only=True)
class OpenData:
    """An archive that was written, and the scorecard that it is of."""

    file: Path
    wave: Wave
    card: Scorecard
    is_draft: bool

    @property
    def name(self) -> str:
        """What people call it: whether it is a draft stands in it."""
        state = "-du-thao" if self.is_draft else ""
        return f"du-lieu-mo-{self.wave.name}-{self.card.fingerprint[:8]}{state}.zip"


def write(
    house: House,
    wave: Wave,
    work: Path,
    told: publish.Told = lambda _: None,
    pause: Pause = lambda: None,
) -> OpenData:
    """Write the open data of a wave in the folder `work`.

    `told` is given the step that begins, with its number before it (`3 parquet`).

    Raises
    ------
    WaveState
        When the wave is not closed, was never scored, or was reopened since.
    publish.ScoringFailed
    """
    with house.database.reading() as connection:
        card = scorecards.latest(connection, wave.id)
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "open data are of a closed wave")
    if card is None:
        message = f"wave `{wave.name}` has no scorecard: score it first"
        raise WaveState("not-scored-yet", message, wave=wave.name)
    is_draft = card.published_at is None
    return _written(house, wave, card, work, told, pause, is_draft=is_draft)


def write_to_publish(
    house: House,
    wave: Wave,
    card: Scorecard,
    work: Path,
    told: publish.Told = lambda _: None,
    pause: Pause = lambda: None,
) -> OpenData:
    """Write the open data that become public with a scorecard: it is no draft.

    Raises
    ------
    WaveState
        When the wave was reopened since it was scored.
    publish.ScoringFailed
    """
    return _written(house, wave, card, work, told, pause, is_draft=False)


def _written(
    house: House,
    wave: Wave,
    card: Scorecard,
    work: Path,
    told: publish.Told,
    pause: Pause,
    *,
    is_draft: bool,
) -> OpenData:
    publish.hold_to(wave, card)
    with house.database.reading() as connection:
        before = publications.before(connection, card)
    file, progress = work / "open-data.zip", work / "progress"
    earlier = [word for it in before for word in ("--before", publish.results(house, it))]
    publish.analyse(
        "opendata",
        _watching(progress, told, pause),
        house.settings.data_folder / card.release,
        publish.results(house, card),
        file,
        *earlier,
        *(("--draft",) if is_draft else ()),
        "--progress",
        progress,
    )
    return OpenData(file=file, wave=wave, card=card, is_draft=is_draft)


def _watching(progress: Path, told: publish.Told, pause: Pause) -> Pause:
    """Say each step once, while it is paused."""
    last: list[str] = []

    def watch() -> None:
        pause()
        said = progress.read_text("utf-8").strip() if progress.is_file() else ""
        if said and said not in last:
            last[:] = [said]
            told(said)

    return watch


def log(connection: Connection, house: House, archive: OpenData, by: str) -> None:
    """Note that open data were made, and of what."""
    detail = f"{archive.wave.name} {archive.card.fingerprint[:16]}"
    audit.append(connection, by, "open-data", detail, house.stamp())


def public_file(house: House, card: int) -> Path:
    """Where the archive is that is public with a scorecard, if one is."""
    return kept_pages.folder(house, card, "open-data") / _PUBLIC


def check_may_be_shown(connection: Connection, card: Scorecard, by: str) -> None:
    """See that the open data of a published scorecard may become public as well.

    Only those of the newest version: what of an older one is withheld was decided without what
    came later. And whoever prepared the results decides alone about the rows no more than about
    the results.

    Raises
    ------
    PublicationRefused
    """
    known, named = publications.versions(connection, card.wave_id), {"scorecard": str(card.id)}
    if not known or known[-1].card.id != card.id or known[-1].withdrawn:
        message = f"scorecard {card.id} is not what is public of its wave now"
        raise PublicationRefused("not-public", message, **named)
    if publications.archive(connection, card):
        message = f"the open data of scorecard {card.id} are public already"
        raise PublicationRefused("open-data-already", message, **named)
    standing = publications.standing(known[-1].card, publications.steps(connection, card.wave_id))
    if standing.prepared and publication.are_one(standing.prepared.done_by, by):
        message = f"{by} has prepared scorecard {card.id}: somebody else publishes its open data"
        raise PublicationRefused("own-preparation", message, **named)


def show(connection: Connection, house: House, archive: OpenData, by: str) -> None:
    """Let everybody have the open data of a scorecard that is public now.

    The file is put in its place last, before the commit: without the line in the store, which says
    which bytes were published, nobody gets it.

    Raises
    ------
    PublicationRefused
    """
    waves.hold(connection, archive.wave.name)
    check_may_be_shown(connection, archive.card, by)
    with archive.file.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size, at = archive.file.stat().st_size, house.stamp()
    kept = Archive(sha256=sha256, size=size, published_at=at, published_by=by)
    publications.add_archive(connection, archive.card.id, kept)
    detail = f"{archive.wave.name} {archive.card.id} {sha256[:16]}"
    audit.append(connection, by, "open-data-publish", detail, at)
    folder = archive.file.with_name("public")
    file_modes.make_folder(folder)
    archive.file.replace(folder / _PUBLIC)
    kept_pages.replace(house, archive.card.id, "open-data", folder)
