"""Waves open and close by themselves at the times that were set for them.

Contacts go when they are due, and so do workbooks of points that nobody has confirmed.

Looked at every few seconds by every process of a site; what one has done, the others find done. At
the minute itself a respondent's page decides by the same times (`respondent.views`), so that no
answer comes late because a look was.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from survey_app.background import beside
from survey_app.conduct import closing, opening, privacy, standing
from survey_app.conduct.assessment import waiting
from survey_app.store import waves
from survey_app.store.engine.database import StoreBusy, TablesChanged
from survey_app.store.log import audit
from survey_app.store.waves import Refused, Wave
from survey_app.waves import blocks, plan
from survey_app.web import House

_log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two looks."""

BY = "timetable"
"""Who has opened a wave that opened by itself, in the log."""


def look(house: House) -> None:
    """Open and close what is due. What stands in the way of one wave does not hold up the others.

    A machine without keys leaves it to the one that has them.
    """
    if house.mixer.epochs.keyring is None:
        return
    with house.database.reading() as connection:
        known = waves.list_(connection)
    for wave in known:
        try:
            _look_at(house, wave)
        except Refused as refused:  # another process, or an officer, was there before us
            _log.info("wave %s: %s", wave.name, refused)
        except (StoreBusy, OSError) as fault:
            _log.error("wave %s could not be opened or closed: %s", wave.name, fault)
    try:
        privacy.purge_due(house)
        waiting.drop_old(house)
    except (Refused, StoreBusy) as fault:
        _log.error("what is due could not be deleted: %s", fault)


def _look_at(house: House, wave: Wave) -> None:
    now = house.clock()
    if wave.state == "planned" and plan.has_come(wave.opens_at, now):
        _open(house, wave)
    elif wave.state == "open" and plan.has_ended(wave.closes_at, now):
        _close(house, wave)


def _open(house: House, wave: Wave) -> None:
    facts = standing.facts(house, wave, deep=True)
    in_the_way = [each.code for each in blocks.blocks("open", facts)]
    if in_the_way:
        _hold_back(house, wave, in_the_way)
        return
    unread = [each.key for each in blocks.warnings("open", facts)]
    opening.open_(house, wave.name, BY, known=unread)


def _hold_back(house: House, wave: Wave, codes: Sequence[str]) -> None:
    """Say once in the log, and on the wave's page, why it did not open."""
    said = " ".join(codes)
    if wave.held_back == said:
        return
    with house.database.writing() as connection:
        wave = waves.hold(connection, wave.name)
        if wave.state == "planned" and wave.held_back != said:
            waves.hold_back(connection, wave, said)
            detail = f"{wave.name} {said}"
            audit.append(connection, BY, "wave-open-blocked", detail, house.stamp())


def _close(house: House, wave: Wave) -> None:
    """Take no more answers; what nobody need accept is opened at once, the rest waits for someone.

    The wave's page says that it waits.
    """
    closing.stop(house, wave, BY)
    with house.database.reading() as connection:
        wave = waves.find(connection, wave.name)
    closing.finish_what_can_be(house, wave)


def looking_now_and_then(house: House, every: float = EVERY) -> Callable[[], None]:
    """Look in a thread until the function that is returned is called."""

    def run(stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                look(house)
            except TablesChanged:  # whoever noticed has said so
                return
            except Exception:  # noqa: BLE001 - it is looked at again
                _log.exception("the times of the waves could not be looked at")
            stopped.wait(every)

    return beside("timetable", run, every)
