"""Open data of a wave: the archive of its newest scorecard, made by `analysis` on its own.

What was public of the wave before is taken together with it: whoever kept that could subtract.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from survey_app.conduct.scoring import publish
from survey_app.release.elsewhere import Pause
from survey_app.store import publications, scorecards
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House

STEPS = 7
"""The steps of `analysis.opendata.archive`, which says by a file how far it is."""


@dataclass(frozen=True, kw_only=True)
class OpenData:
    """An archive that was written, and the scorecard that it is of."""

    file: Path
    wave: Wave
    card: Scorecard

    @property
    def name(self) -> str:
        """What people call it: whether it is a draft stands in it."""
        state = "" if self.card.published_at else "-du-thao"
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
        before = publications.before(connection, card) if card else ()
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "open data are of a closed wave")
    if card is None:
        message = f"wave `{wave.name}` has no scorecard: score it first"
        raise WaveState("not-scored-yet", message, wave=wave.name)
    publish.hold_to(wave, card)
    file, progress = work / "open-data.zip", work / "progress"
    earlier = [word for it in before for word in ("--before", publish.results(house, it))]
    draft = () if card.published_at else ("--draft",)
    release = house.settings.data_folder / card.release
    publish.analyse(
        "opendata",
        _watching(progress, told, pause),
        release,
        publish.results(house, card),
        file,
        *earlier,
        *draft,
        "--progress",
        progress,
    )
    return OpenData(file=file, wave=wave, card=card)


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
