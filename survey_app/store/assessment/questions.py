"""What appraisers ask back, and what a unit answers (giải trình)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from survey_app.store.tables import point_questions
from survey_app.store.waves import Wave


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question about one leaf of one unit, and its answer where there is one."""

    id: int
    unit: str
    criterion: str
    question: str
    asked_by: str
    asked_at: str
    answer: str | None
    answered_by: str | None
    answered_at: str | None


def ask(
    connection: Connection, wave: Wave, about: tuple[str, str], question: str, by: str, at: str
) -> None:
    """Put a question about a unit and a criterion."""
    unit, criterion = about
    values = {"question": question, "asked_by": by, "asked_at": at}
    connection.execute(
        insert(point_questions).values(wave_id=wave.id, unit=unit, criterion=criterion, **values)
    )


def answer(connection: Connection, number: int, words: str, by: str, at: str) -> None:
    """The unit's answer to a question that has none."""
    q = point_questions.c
    connection.execute(
        update(point_questions)
        .where(q.id == number, q.answered_at.is_(None))
        .values(answer=words, answered_by=by, answered_at=at)
    )


def of_unit(connection: Connection, wave_id: int, unit: str) -> tuple[Question, ...]:
    """Every question to a unit, the oldest first."""
    q = point_questions.c
    columns = [q[name] for name in Question.__dataclass_fields__]
    found = select(*columns).where(q.wave_id == wave_id, q.unit == unit).order_by(q.id)
    return tuple(Question(**row) for row in connection.execute(found).mappings())
