"""Every kind of work that the office can ask for: those of a wave, and files to take away."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from survey_app.conduct.scoring import open_data as open_data_of
from survey_app.conduct.scoring import publish
from survey_app.jobs import kinds, lists
from survey_app.jobs.task import Effect, Task
from survey_app.office.documents import making
from survey_app.office.documents.making import FILE, kept
from survey_app.office.pieces import faults
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.log import audit
from survey_app.store.waves import WaveState

_NEW_YEAR = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can tell: the same release gives the same bytes."""


def release(task: Task) -> Effect:
    """The answers of a closed wave, as the folder that everything is computed from, in one file."""
    wave, house = task.wave, task.house
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "a release is of a closed wave")
    task.tell(0, 3, "release")
    written = publish.release(house, wave)
    task.tell(1, 3, "pack")
    file = task.work_folder() / FILE
    _pack(written.folder, file, task.pause)
    task.tell(2, 3, "keep")
    name = f"bo-du-lieu-{wave.name}-{written.fingerprint[:8]}"
    keep = kept(task, file, {"name": f"{name}.zip", "type": "application/zip"})

    def effect(connection: Connection) -> Json:
        detail = f"{wave.name} {written.fingerprint[:16]}"
        audit.append(connection, task.job.asked_by, "release", detail, house.stamp())
        return keep(connection)

    return effect


def open_data(task: Task) -> Effect:
    """Open data of a closed wave's newest scorecard, in one file."""
    house, wave = task.house, task.wave
    task.tell(0, open_data_of.STEPS + 1, "open_data_read")

    def told(said: str) -> None:
        number, step = said.split()
        task.tell(int(number), open_data_of.STEPS + 1, f"open_data_{step}")

    archive = open_data_of.write(house, wave, task.work_folder(), told, task.pause)
    task.tell(open_data_of.STEPS, open_data_of.STEPS + 1, "keep")
    keep = kept(task, archive.file, {"name": archive.name, "type": "application/zip"})

    def effect(connection: Connection) -> Json:
        open_data_of.log(connection, house, archive, task.job.asked_by)
        return keep(connection)

    return effect


def _pack(folder: Path, into: Path, pause: Callable[[], None]) -> None:
    """The files of a release, without the results that were computed from it."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            inside = file.relative_to(folder)
            if not inside.parts[0].startswith("results-"):
                pause()
                about = zipfile.ZipInfo(f"{folder.name}/{inside.as_posix()}", _NEW_YEAR)
                about.compress_type = zipfile.ZIP_DEFLATED
                with file.open("rb") as source, packed.open(about, "w") as target:
                    shutil.copyfileobj(source, target)


KINDS: Mapping[str, Callable[[Task], Effect]] = {
    **kinds.KINDS,
    **making.KINDS,
    "release": release,
    "list": partial(lists.read, tell=faults.marked),
    "open_data": open_data,
}
