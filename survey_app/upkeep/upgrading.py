"""Upgrading the tables: what would happen, and doing it, with a backup before it."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.upkeep import contents, shapes, snapshots
from survey_app.store.upkeep.shapes import Step
from survey_app.web import House

MEGABYTES_A_SECOND = 10
"""How much of a PostgreSQL database is changed in a second, at least: benchmarks/upgrade.py."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What an upgrade would do. `is_measured`: `seconds` were taken on a copy of this store."""

    at: str | None
    to: str
    steps: tuple[Step, ...]
    size: int
    seconds: float
    is_measured: bool
    free: int
    open_waves: tuple[str, ...]
    backup_hours: float | None

    @property
    def may_overlap(self) -> bool:
        """Whether processes of the old version may go on while and after it is done."""
        return not any(step.obstacles for step in self.steps)

    @property
    def has_room(self) -> bool:
        """Whether the disk takes a copy of the store beside it, which an upgrade may need."""
        return self.free > 2 * self.size


def foresee(house: House) -> Forecast:
    """What an upgrade would do to this site. Nothing is changed.

    Raises
    ------
    LaterDatabase
        When a later version has been here.
    """
    database = house.database
    at = migrate.current(database)
    migrate.refuse_later(at)
    steps = shapes.steps(at) if at != migrate.HEAD else ()
    size = shapes.size_of(database)
    free = shutil.disk_usage(house.settings.data_folder).free
    with database.reading() as connection:
        waves = contents.waves(connection) if at else ()
        last = contents.last_backup(connection) if at else None
    measured = _on_a_copy(house) if steps and database.is_sqlite and free > 3 * size else None
    guess = size / (MEGABYTES_A_SECOND * 2**20) if steps else 0.0
    return Forecast(
        at=at,
        to=migrate.HEAD,
        steps=steps,
        size=size,
        seconds=guess if measured is None else measured,
        is_measured=measured is not None,
        free=free,
        open_waves=tuple(wave["name"] for wave in waves if wave["state"] == "open"),
        backup_hours=None if last is None else _hours_since(house, last),
    )


def upgrade(house: House, by: str) -> float:
    """Bring the tables up to date, all of it or nothing. Returns how many seconds it took.

    The log says in the same transaction whether processes of before may go on: they read it there.
    """
    before = migrate.current(house.database)
    is_alone = any(step.obstacles for step in shapes.steps(before))
    said = f"{before} {migrate.HEAD}"

    def note(connection: Connection) -> None:  # store.upkeep.versions reads it
        audit.append(
            connection, by, "upgrade-alone" if is_alone else "upgrade", said, house.stamp()
        )

    began = time.monotonic()
    migrate.upgrade(house.database, then=note)
    return time.monotonic() - began


def _on_a_copy(house: House) -> float:
    data = house.settings.data_folder
    with (
        tempfile.TemporaryDirectory(prefix=".backup-", dir=data) as folder,
        snapshots.begun(house.database) as snapshot,
    ):
        copy = Path(folder) / "copy.sqlite3"
        snapshot.write(copy)
        return shapes.seconds_on_a_copy(copy)


def _hours_since(house: House, at: str) -> float:
    return (house.clock() - datetime.fromisoformat(at)).total_seconds() / 3600
