"""Whether a site can take answers now, and if not why."""

from __future__ import annotations

from dataclasses import dataclass, field

from survey_app.store.engine.database import StoreBusy
from survey_app.store.engine.health import Health
from survey_app.watching import disk
from survey_app.watching import tables as changes
from survey_app.watching.tables import Tables
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """The checks by their names: nothing where all is well, else why not.

    `remarks` say what is to be done although answers can be taken.
    """

    checks: dict[str, str]
    remarks: dict[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether answers can be taken."""
        return not any(self.checks.values())


def look(house: House, health: Health, tables: Tables) -> Readiness:
    """Look at the database, its tables, the disk, and the keys that ballots are sealed to."""
    checks = {"database": health.fault(), "migrations": "", "keys": "", "disk": ""}
    remarks = {}
    if not checks["database"] or house.database.closed_because:
        try:
            now = tables.look()
            checks["migrations"] = changes.fault(now)
            remarks = {"migrations": said} if (said := changes.remark(now)) else {}
            checks["keys"] = "" if checks["migrations"] else _keys(house)
        except StoreBusy as busy:
            checks["database"] = str(busy)
    if disk.is_short(house.settings):
        checks["disk"] = "less is free than CCHC_DISK_RESERVE_MB: phones are told to wait"
    return Readiness(checks=checks, remarks=remarks)


def _keys(house: House) -> str:
    lost = house.mixer.epochs.lost() if house.settings.keys_folder else ()
    return f"{len(lost)} keys are missing that ballots are sealed to" if lost else ""
