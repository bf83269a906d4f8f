"""Points that do not come from the survey: what holds now, and everything that ever did.

A unit's own points and the appraised ones stand side by side; each is changed on its own, and each
change is another version of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from survey_app.fieldwork.assessment.points import Adjustment, Assessed, Line, Whose
from survey_app.questionnaire.codebook import plain
from survey_app.questionnaire.model import Study
from survey_app.store.tables import adjustments, assessments, point_history, self_assessments
from survey_app.store.waves import Wave

Key = tuple[str, str]
"""Unit and criterion."""

_COLUMNS: Mapping[Whose, str] = {"own": "self_points", "appraised": "appraised_points"}


class Overtaken(Exception):
    """Somebody else has changed points since they were shown: nothing was kept.

    `lines` are what is kept now of each leaf that both have changed.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__(f"{len(lines)} points were changed meanwhile")
        self.lines = tuple(lines)


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of the points of a leaf: who gave them, when, in which words."""

    criterion: str
    whose: Whose
    version: int
    points: str
    words: str
    file: str
    cell: str
    entered_by: str
    entered_at: str


def kept(connection: Connection, wave_id: int, unit: str | None = None) -> dict[Key, Line]:
    """What is kept of every leaf, of one unit or of all."""
    newest = _newest(wave_id, unit)
    lines: dict[Key, dict[str, object]] = {}
    for row in connection.execute(newest):
        line = lines.setdefault((row.unit, row.criterion), {})
        if row.whose == "own":
            line |= {"own": row.points, "evidence": row.words, "own_version": row.version}
        else:
            said = {"appraised": row.points, "reason": row.words}
            line |= said | {"appraised_version": row.version}
    return {
        key: Line(unit=key[0], criterion=key[1], **line)  # type: ignore[arg-type]  # as above
        for key, line in lines.items()
    }


def _newest(wave_id: int, unit: str | None) -> Select[Any]:
    h = point_history.c
    is_meant = and_(h.wave_id == wave_id, *([h.unit == unit] if unit is not None else []))
    last = (
        select(h.unit, h.criterion, h.whose, func.max(h.version).label("version"))
        .where(is_meant)
        .group_by(h.unit, h.criterion, h.whose)
        .subquery()
    )
    same = [h[name] == last.c[name] for name in ("unit", "criterion", "whose", "version")]
    columns = (h.unit, h.criterion, h.whose, h.version, h.points, h.words)
    return select(*columns).join(last, and_(*same)).where(h.wave_id == wave_id)


def keep(
    connection: Connection, wave: Wave, whose: Whose, rows: Sequence[Assessed], by: str, at: str
) -> int:
    """Keep what has changed of the points of one side; gives how many leaves have.

    Whoever calls holds the units (`submissions.hold`).

    Raises
    ------
    Overtaken
        When a row was typed beside another version than the one that is kept.
    """
    known = kept(connection, wave.id)
    before = {
        (row.unit, row.criterion): known.get((row.unit, row.criterion))
        or Line(unit=row.unit, criterion=row.criterion)
        for row in rows
    }
    changed = [row for row in rows if _differs(row, before[row.unit, row.criterion], whose)]
    overtaken = [
        before[row.unit, row.criterion]
        for row in changed
        if row.version is not None and row.version != before[row.unit, row.criterion].version(whose)
    ]
    if overtaken:
        raise Overtaken(overtaken)
    if changed:
        entered = {"wave_id": wave.id, "whose": whose, "entered_by": by, "entered_at": at}
        versions = [
            entered | _version(row, before[row.unit, row.criterion].version(whose) + 1)
            for row in changed
        ]
        connection.execute(insert(point_history), versions)
        _hold_now(connection, wave.id, whose, changed, (by, at))
    return len(changed)


def _differs(row: Assessed, line: Line, whose: Whose) -> bool:
    return (row.points, row.words) != (line.points(whose), line.words(whose))


def _version(row: Assessed, number: int) -> dict[str, object]:
    return {
        "unit": row.unit,
        "criterion": row.criterion,
        "version": number,
        "points": row.points,
        "words": row.words,
        "file": row.file,
        "cell": row.cell,
    }


def _hold_now(
    connection: Connection,
    wave_id: int,
    whose: Whose,
    rows: Sequence[Assessed],
    entered: tuple[str, str],
) -> None:
    """Let the table of what holds now say the same."""
    c = self_assessments.c
    rows_kept = connection.execute(select(c.unit, c.criterion).where(c.wave_id == wave_id))
    known = {(row.unit, row.criterion) for row in rows_kept}
    by, at = entered
    added: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    for row in rows:
        values: dict[str, object] = {_COLUMNS[whose]: row.points or None}
        values |= {"entered_by": by, "entered_at": at}
        if whose == "own":
            values |= {"evidence": row.words, "file": row.file, "cell": row.cell}
        if (row.unit, row.criterion) in known:
            changed.append({"of_unit": row.unit, "of_criterion": row.criterion} | values)
        else:
            key = {"wave_id": wave_id, "unit": row.unit, "criterion": row.criterion}
            blank = {"evidence": "", "file": row.file, "cell": row.cell}
            added.append(key | blank | values)
    if added:
        connection.execute(insert(self_assessments), added)
    if changed:
        is_it = and_(c.unit == bindparam("of_unit"), c.criterion == bindparam("of_criterion"))
        connection.execute(update(self_assessments).where(c.wave_id == wave_id, is_it), changed)


def history(connection: Connection, wave_id: int, unit: str) -> dict[str, tuple[Version, ...]]:
    """Every version of every leaf of a unit by criterion, newest first."""
    h = point_history.c
    names = list(Version.__dataclass_fields__)
    rows = connection.execute(
        select(*(h[name] for name in names))
        .where(h.wave_id == wave_id, h.unit == unit)
        .order_by(h.entered_at.desc(), h.version.desc(), h.whose)
    ).mappings()
    versions: dict[str, list[Version]] = {}
    for row in rows:
        versions.setdefault(row["criterion"], []).append(Version(**row))
    return {criterion: tuple(kept) for criterion, kept in versions.items()}


def adjust(
    connection: Connection, wave: Wave, unit: str, lines: Sequence[Adjustment], by: str, at: str
) -> None:
    """Bonus and penalty lines of a unit, in place of those it had."""
    a = adjustments.c
    connection.execute(delete(adjustments).where(a.wave_id == wave.id, a.unit == unit))
    entered = {"wave_id": wave.id, "unit": unit, "entered_by": by, "entered_at": at}
    rows = [
        entered | {"line": number, "points": line.points, "basis": line.basis}
        for number, line in enumerate(lines, 1)
    ]
    if rows:
        connection.execute(insert(adjustments), rows)


def adjusted(connection: Connection, wave_id: int) -> dict[str, tuple[Adjustment, ...]]:
    """The bonus and penalty lines of every unit, in the order in which they were written."""
    lines: dict[str, list[Adjustment]] = {}
    for unit, points, basis in adjustments_for_release(connection, wave_id):
        lines.setdefault(unit, []).append(Adjustment(unit, points, basis))
    return {unit: tuple(adjustments) for unit, adjustments in lines.items()}


def for_release(
    connection: Connection, wave_id: int, study: Study
) -> Iterator[tuple[str, str, str, str, str]]:
    """unit, criterion, max_points, self, appraised: by unit, in the order of the index.

    Of units that have submitted, or were appraised without: what a unit types is its own until it
    submits.
    """
    s, a = self_assessments.c, assessments.c
    is_in = or_(a.submitted_at.is_not(None), s.appraised_points.is_not(None))
    rows = connection.execute(
        select(s.unit, s.criterion, s.self_points, s.appraised_points, a.submitted_at)
        .join(assessments, and_(a.wave_id == s.wave_id, a.unit == s.unit))
        .where(s.wave_id == wave_id, is_in)
    )
    known = {(row.unit, row.criterion): row for row in rows}
    for unit in sorted({unit for unit, _ in known}):
        for leaf in study.index.leaves:
            if leaf.assessed == "self":  # each has a line: what is blank is not 0
                row = known.get((unit, leaf.code))
                given = row.self_points if row and row.submitted_at else None
                appraised = row.appraised_points if row else None
                yield unit, leaf.code, plain(leaf.points), given or "", appraised or ""


def adjustments_for_release(connection: Connection, wave_id: int) -> Iterator[tuple[str, str, str]]:
    """unit, points, basis: by unit, in the order in which the lines were written."""
    c = adjustments.c
    rows = connection.execute(
        select(c.unit, c.points, c.basis).where(c.wave_id == wave_id).order_by(c.unit, c.line)
    )
    yield from ((unit, points, basis) for unit, points, basis in rows)
