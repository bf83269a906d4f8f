"""Whether a site can take answers now, and if not why."""

from __future__ import annotations

from dataclasses import dataclass

from survey_app.store.engine import migrate
from survey_app.store.engine.database import StoreBusy
from survey_app.store.engine.health import Health
from survey_app.watching import disk
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """The checks by their names: nothing where all is well, else why not."""

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether answers can be taken."""
        return not any(self.checks.values())


def look(house: House, health: Health) -> Readiness:
    """Look at the database, its tables, the disk, and the keys that ballots are sealed to."""
    checks = {"database": health.fault(), "migrations": "", "keys": "", "disk": ""}
    if not checks["database"]:
        try:
            checks["migrations"] = _migrations(house)
            checks["keys"] = _keys(house)
        except StoreBusy as busy:
            checks["database"] = str(busy)
    if disk.is_short(house.settings):
        checks["disk"] = "less is free than CCHC_DISK_RESERVE_MB: phones are told to wait"
    return Readiness(checks=checks)


def _migrations(house: House) -> str:
    at = migrate.current(house.database)
    return "" if at == migrate.HEAD else f"the tables are at {at}, this program's at {migrate.HEAD}"


def _keys(house: House) -> str:
    lost = house.mixer.epochs.lost() if house.settings.keys_folder else ()
    return f"{len(lost)} keys are missing that ballots are sealed to" if lost else ""
