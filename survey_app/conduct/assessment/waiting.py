"""Workbooks that were read and wait to be confirmed: seven days, and then they are dropped.

Until then nothing of them is in anybody's points, and nobody but whoever handed them in sees them.
"""

from __future__ import annotations

from datetime import datetime

from survey_app.fieldwork.assessment.differences import WAITS
from survey_app.store.assessment import imports
from survey_app.store.assessment.imports import Waiting
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.web import House

BY = "timetable"
"""Who has dropped what nobody confirmed, in the log."""


def since(house: House) -> str:
    """The moment since which what was handed in still waits."""
    return (house.clock() - WAITS).isoformat(timespec="seconds")


def until(handed_in: str) -> str:
    """The moment at which what was handed in is dropped."""
    return (datetime.fromisoformat(handed_in) + WAITS).isoformat(timespec="seconds")


def of(connection: Connection, house: House, by: str) -> tuple[Waiting, ...]:
    """What waits for one person."""
    return imports.waiting(connection, by, since=since(house))


def drop_old(house: House) -> int:
    """Drop what nobody has confirmed in time. Gives how much there was."""
    before = since(house)
    with house.database.reading() as connection:
        if not imports.is_any(connection, before=before):
            return 0
    with house.database.writing() as connection:
        dropped = imports.drop(connection, before=before)
        for wave, count in dropped.items():
            audit.append(connection, BY, "points-import-drop", f"{wave} {count}", house.stamp())
    return sum(dropped.values())
