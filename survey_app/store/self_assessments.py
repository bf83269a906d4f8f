"""Self-assessed and appraised points: who entered them, from which cell of which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, insert, select

from survey_app.fieldwork.assessment.points import Adjustment, Assessed
from survey_app.questionnaire.codebook import plain
from survey_app.questionnaire.model import Study
from survey_app.store.tables import adjustments, self_assessments
from survey_app.store.waves import Wave


def save(
    connection: Connection,
    wave: Wave,
    rows: Sequence[Assessed],
    adjusted: Sequence[Adjustment],
    by: str,
    at: str,
) -> int:
    """Keep the points of the units named, in place of what was kept of those units before.

    Returns how many units there are.
    """
    units = sorted({row.unit for row in rows} | {row.unit for row in adjusted})
    for table in (self_assessments, adjustments):
        connection.execute(delete(table).where(table.c.wave_id == wave.id, table.c.unit.in_(units)))
    entered = {"wave_id": wave.id, "entered_by": by, "entered_at": at}
    if rows:
        connection.execute(insert(self_assessments), [_points(row) | entered for row in rows])
    if adjusted:
        connection.execute(insert(adjustments), [line | entered for line in _lines(adjusted)])
    return len(units)


def _points(row: Assessed) -> dict[str, object]:
    return {
        "unit": row.unit,
        "criterion": row.criterion,
        "self_points": row.self_points or None,
        "appraised_points": row.appraised_points or None,
        "evidence": row.evidence,
        "file": row.file,
        "cell": row.cell,
    }


def _lines(adjusted: Sequence[Adjustment]) -> Iterator[dict[str, object]]:
    """The lines of each unit, numbered from 1 in the order in which they were written."""
    numbers: Counter[str] = Counter()
    for row in adjusted:
        numbers[row.unit] += 1
        yield {
            "unit": row.unit,
            "line": numbers[row.unit],
            "points": row.points,
            "basis": row.basis,
        }


def for_release(
    connection: Connection, wave_id: int, study: Study
) -> Iterator[tuple[str, str, str, str, str]]:
    """unit, criterion, max_points, self, appraised: by unit, in the order of the index."""
    c = self_assessments.c
    rows = connection.execute(
        select(c.unit, c.criterion, c.self_points, c.appraised_points).where(c.wave_id == wave_id)
    )
    known = {(unit, criterion): points for unit, criterion, *points in rows}
    for unit in sorted({unit for unit, _ in known}):
        for leaf in study.index.leaves:
            if (unit, leaf.code) in known:
                given, appraised = known[unit, leaf.code]
                yield unit, leaf.code, plain(leaf.points), given or "", appraised or ""


def adjustments_for_release(connection: Connection, wave_id: int) -> Iterator[tuple[str, str, str]]:
    """unit, points, basis: by unit, in the order in which the lines were written."""
    c = adjustments.c
    rows = connection.execute(
        select(c.unit, c.points, c.basis).where(c.wave_id == wave_id).order_by(c.unit, c.line)
    )
    yield from ((unit, points, basis) for unit, points, basis in rows)
