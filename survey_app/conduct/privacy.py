"""Names and numbers of those who were asked are kept no longer than it was said.

They go when results are published; where that takes too long, on a day that follows from the
closing. What is held about one person is said, and deleted, before the form is sent; afterwards
nobody could find it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from survey_app.i18n import VIETNAM
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.sample import cases, held
from survey_app.store.sample.held import Forgotten, Held
from survey_app.store.waves import Wave
from survey_app.web import House

BY = "timetable"
"""Who has purged what was due, in the log."""


def due_on(house: House, wave: Wave) -> date | None:
    """The day from which on contacts of a wave are deleted; None before it is closed, or after."""
    if wave.state != "closed" or not wave.closed_at or wave.contacts_purged_at:
        return None
    closed = datetime.fromisoformat(wave.closed_at).astimezone(VIETNAM).date()
    return closed + timedelta(days=house.settings.contacts_days)


def purge_due(house: House) -> int:
    """Delete the contacts of every wave whose day has come. Returns of how many waves."""
    with house.database.reading() as connection:
        known = waves.list_(connection)
    purged = 0
    for wave in known:
        day = due_on(house, wave)
        if day is None or house.today() < day.isoformat():
            continue
        with house.database.writing() as connection:
            now = waves.hold(connection, wave.name)
            if due_on(house, now) is not None:
                purge(connection, house, now, BY)
                purged += 1
    return purged


def purge(connection: Connection, house: House, wave: Wave, by: str) -> int:
    """Delete the contacts of a closed wave; the log says how many went and how many are left: none.

    Raises
    ------
    WaveState
        When it is not closed.
    """
    gone = cases.purge_contacts(connection, wave, house.stamp())
    audit.append(connection, by, "contacts-purge", f"{wave.name} {gone}", house.stamp())
    left = held.contacts_left(connection, wave)
    audit.append(connection, by, "contacts-left", f"{wave.name} {left}", house.stamp())
    return gone


def look(connection: Connection, house: House, wave: Wave, label: str, by: str) -> Held:
    """What is held about a case; the log says who has looked.

    Raises
    ------
    ProblemsFound
        When the wave has no such case.
    """
    known = held.held(connection, wave, label)
    audit.append(connection, by, "case-look", f"{wave.name} {label}", house.stamp())
    return known


def forget(connection: Connection, house: House, wave: Wave, label: str, by: str) -> Forgotten:
    """Delete what names the person of a case, at their wish.

    Raises
    ------
    ProblemsFound
        When the wave has no such case.
    """
    gone = held.forget(connection, wave, label, house.today(), by)
    audit.append(connection, by, "case-forget", f"{wave.name} {label}", house.stamp())
    return gone
