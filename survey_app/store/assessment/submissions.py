"""How far each unit is: what it has, when it submitted and agreed, and until when it may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from survey_app.fieldwork.assessment.stages import Deadlines, Progress
from survey_app.store.tables import (
    assessment_deadlines,
    assessments,
    point_questions,
    self_assessments,
)
from survey_app.store.waves import Refused, Wave


class AssessmentRefused(Refused):
    """What cannot be done with the points of a unit now; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What was done with the points of a unit, by whom."""

    unit: str
    version: int = 0
    submitted_at: str | None = None
    submitted_by: str | None = None
    receipt: str | None = None
    agreed_at: str | None = None
    agreed_by: str | None = None
    sent_back: str | None = None
    """Why it was let change its points once more; None once it has submitted again."""


def hold(connection: Connection, wave: Wave, units: Iterable[str]) -> dict[str, Submission]:
    """The units, which nobody else changes until we commit. Those of all waves in one order."""
    ordered = sorted(set(units))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for unit in ordered:
        row = {"wave_id": wave.id, "unit": unit, "version": 0}
        connection.execute(dialect.insert(assessments).values(**row).on_conflict_do_nothing())
        _set(connection, wave.id, unit, version=assessments.c.version + 1)
    return {unit: find(connection, wave.id, unit) for unit in ordered}


def find(connection: Connection, wave_id: int, unit: str) -> Submission:
    """How far a unit is."""
    a = assessments.c
    columns = [a[name] for name in Submission.__dataclass_fields__]
    wanted = select(*columns).where(a.wave_id == wave_id, a.unit == unit)
    row = connection.execute(wanted).mappings().first()
    return Submission(**row) if row else Submission(unit=unit)


def submit(
    connection: Connection, wave: Wave, unit: str, by: str, at: str, *, receipt: str | None
) -> None:
    """A unit hands its points in; without a receipt where somebody else did so for it."""
    handed_in = {"submitted_at": at, "submitted_by": by, "receipt": receipt}
    _set(connection, wave.id, unit, **handed_in, sent_back=None)


def send_back(connection: Connection, wave: Wave, unit: str, reason: str) -> None:
    """Let a unit change its points once more, for a reason."""
    gone: dict[str, Any] = dict.fromkeys(
        ("submitted_at", "submitted_by", "receipt", "agreed_at", "agreed_by")
    )
    _set(connection, wave.id, unit, **gone, sent_back=reason)


def agree(connection: Connection, wave: Wave, unit: str, by: str | None, at: str | None) -> None:
    """A unit agrees with what was appraised; None: no longer, because a point has changed."""
    _set(connection, wave.id, unit, agreed_by=by, agreed_at=at)


def _set(connection: Connection, wave_id: int, unit: str, **values: Any) -> None:
    a = assessments.c
    is_it = (a.wave_id == wave_id) & (a.unit == unit)
    connection.execute(update(assessments).where(is_it).values(**values))


def progress(connection: Connection, wave_id: int, leaves: int) -> dict[str, Progress]:
    """How far every unit is of which anything is kept."""
    s, q, a = self_assessments.c, point_questions.c, assessments.c
    counted = connection.execute(
        select(s.unit, func.count(s.self_points), func.count(s.appraised_points))
        .where(s.wave_id == wave_id)
        .group_by(s.unit)
    )
    points = {unit: (own, appraised) for unit, own, appraised in counted}
    waiting = Counter(
        connection.execute(
            select(q.unit).where(q.wave_id == wave_id, q.answered_at.is_(None))
        ).scalars()
    )
    stamps = {
        row.unit: (row.submitted_at, row.agreed_at)
        for row in connection.execute(
            select(a.unit, a.submitted_at, a.agreed_at).where(a.wave_id == wave_id)
        )
    }
    by_unit = {}
    for unit in {*points, *waiting, *stamps}:
        own, appraised = points.get(unit, (0, 0))
        submitted_at, agreed_at = stamps.get(unit, (None, None))
        by_unit[unit] = Progress(
            leaves=leaves, own=own, appraised=appraised, waiting=waiting[unit],
            submitted_at=submitted_at, agreed_at=agreed_at,
        )  # fmt: skip
    return by_unit


def deadlines(connection: Connection, wave_id: int) -> Deadlines:
    """Until when units submit and answer."""
    d = assessment_deadlines.c
    row = connection.execute(select(d.submit_by, d.answer_by).where(d.wave_id == wave_id)).first()
    return Deadlines(submit_by=row.submit_by, answer_by=row.answer_by) if row else Deadlines()


def set_deadlines(connection: Connection, wave: Wave, wanted: Deadlines) -> None:
    """Other deadlines, in place of those there were."""
    d = assessment_deadlines
    connection.execute(delete(d).where(d.c.wave_id == wave.id))
    values = {"submit_by": wanted.submit_by, "answer_by": wanted.answer_by}
    connection.execute(insert(d).values(wave_id=wave.id, **values))
