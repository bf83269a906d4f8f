"""Points for tests that are about something else: submitted by units, appraised or not."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from survey_app.fieldwork.assessment.points import Assessed
from survey_app.store.assessment import points, submissions
from survey_app.store.waves import Wave

Given = tuple[str, str, str, str]
"""Unit, criterion, its own points, the appraised ones; blank where there are none."""


def keep(
    connection: Connection, wave: Wave, given: Iterable[Given], at: str, *, by: str = "lan"
) -> None:
    """Keep points as if the units had submitted them and appraisers had appraised them."""
    rows = list(given)
    units = {row[0] for row in rows}
    submissions.hold(connection, wave, units)
    own = [Assessed(unit, code, mine) for unit, code, mine, _ in rows if mine]
    theirs = [Assessed(unit, code, given) for unit, code, _, given in rows if given]
    points.keep(connection, wave, "own", own, by, at)
    points.keep(connection, wave, "appraised", theirs, by, at)
    for unit in sorted(units):
        submissions.submit(connection, wave, unit, by, at, receipt=None)
