"""What an analyst writes into the reports of a scorecard: the last text, who wrote it and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from survey_app.store.tables import report_texts, scorecards


@dataclass(frozen=True)
class Written:
    """A text, and who wrote it when."""

    unit: str
    field: str
    text: str
    written_by: str
    written_at: str


def read(connection: Connection, card: int) -> Mapping[tuple[str, str], Written]:
    """(unit, field) -> what was written for a scorecard; the province's unit is blank."""
    t = report_texts.c
    columns = (t.unit, t.field, t.text, t.written_by, t.written_at)
    rows = connection.execute(select(*columns).where(t.scorecard_id == card))
    return {(row.unit, row.field): Written(*row) for row in rows}


def write(
    connection: Connection, card: int, unit: str, texts: Mapping[str, str], by: str, at: str
) -> tuple[str, ...]:
    """Keep what was written. Returns the fields that have changed."""
    before = read(connection, card)
    changed = tuple(
        field
        for field, text in texts.items()
        if text != (before[unit, field].text if (unit, field) in before else "")
    )
    t = report_texts.c
    connection.execute(
        delete(report_texts).where(t.scorecard_id == card, t.unit == unit, t.field.in_(changed))
    )
    about = {"scorecard_id": card, "unit": unit, "written_by": by, "written_at": at}
    rows = [{**about, "field": field, "text": texts[field]} for field in changed if texts[field]]
    if rows:
        connection.execute(insert(report_texts), rows)
    return changed


def earlier(connection: Connection, wave_id: int, card: int) -> int | None:
    """The newest scorecard of a wave before this one for which something was written."""
    t, s = report_texts.c, scorecards.c
    known = (
        select(s.id)
        .join_from(report_texts, scorecards, t.scorecard_id == s.id)
        .where(s.wave_id == wave_id, s.id < card)
        .order_by(s.id.desc())
        .limit(1)
    )
    return connection.execute(known).scalar()


def copy(connection: Connection, source: int, card: int) -> None:
    """Take over what was written for another scorecard, whoever wrote it, where nothing is yet."""
    written = read(connection, card)
    rows = [
        {
            "scorecard_id": card,
            "unit": each.unit,
            "field": each.field,
            "text": each.text,
            "written_by": each.written_by,
            "written_at": each.written_at,
        }
        for key, each in read(connection, source).items()
        if key not in written
    ]
    if rows:
        connection.execute(insert(report_texts), rows)
