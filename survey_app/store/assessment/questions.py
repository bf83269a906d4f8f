"""What appraisers ask back, and what a unit answers (giải trình)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from survey_app.store.tables import assessments, point_questions
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
    considered_by: str | None
    considered_at: str | None

    @property
    def is_news(self) -> bool:
        """Whether there is an answer that no appraiser has considered."""
        return self.answered_at is not None and self.considered_at is None


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


def consider(
    connection: Connection, wave: Wave, unit: str, numbers: Collection[int], by: str, at: str
) -> int:
    """Appraisers had these answers before them when they decided; gives how many were news."""
    q = point_questions.c
    is_news = q.answered_at.is_not(None) & q.considered_at.is_(None)
    mine = (q.wave_id == wave.id) & (q.unit == unit) & q.id.in_(numbers)
    considered = update(point_questions).where(mine, is_news)
    return connection.execute(considered.values(considered_by=by, considered_at=at)).rowcount


@dataclass(frozen=True, kw_only=True)
class News:
    """Something about a leaf that waits for somebody: a question, or its answer."""

    wave_id: int
    unit: str
    criterion: str
    asked_by: str


def unanswered(connection: Connection, unit: str) -> tuple[News, ...]:
    """Questions of all waves to which a unit has not answered."""
    q = point_questions.c
    return _news(connection, (q.unit == unit) & q.answered_at.is_(None))


def unconsidered(connection: Connection) -> tuple[News, ...]:
    """Answers of all waves that no appraiser has considered, and to which the unit still stands.

    A unit that agrees afterwards waits for nothing any more.
    """
    q, a = point_questions.c, assessments.c
    is_agreed = exists().where(
        a.wave_id == q.wave_id, a.unit == q.unit, a.agreed_at >= q.answered_at
    )
    return _news(connection, q.answered_at.is_not(None) & q.considered_at.is_(None) & ~is_agreed)


def _news(connection: Connection, where: ColumnElement[bool]) -> tuple[News, ...]:
    q = point_questions.c
    columns = [q[name] for name in News.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(where).order_by(q.id)).mappings()
    return tuple(News(**row) for row in rows)


def of_unit(connection: Connection, wave_id: int, unit: str) -> tuple[Question, ...]:
    """Every question to a unit, the oldest first."""
    q = point_questions.c
    columns = [q[name] for name in Question.__dataclass_fields__]
    wanted = select(*columns).where(q.wave_id == wave_id, q.unit == unit).order_by(q.id)
    return tuple(Question(**row) for row in connection.execute(wanted).mappings())
