"""What was sent before a wave was reopened, and what has come since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, text

from survey_app.store.tables import reopenings, sent_before
from survey_app.store.waves import Wave


class Design(NamedTuple):
    """What of a case says which units it may rate."""

    group: str
    unit: str
    home_unit: str
    asked: str


_SENT = text("""
    SELECT c.grp, c.unit, c.home_unit, c.asked, COUNT(*)
    FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
    WHERE c.wave_id = :wave AND u.case_id IS NULL
    GROUP BY c.grp, c.unit, c.home_unit, c.asked""")


def note(connection: Connection, wave: Wave, by: str, reason: str, at: str) -> None:
    """Keep who reopened a wave and why, and how many forms of each design were sent by then."""
    mine = reopenings.c.wave_id == wave.id
    last = connection.execute(select(func.max(reopenings.c.number)).where(mine)).scalar()
    row = {"wave_id": wave.id, "number": (last or 0) + 1, "at": at, "by": by, "reason": reason}
    connection.execute(insert(reopenings).values(row))
    connection.execute(delete(sent_before).where(sent_before.c.wave_id == wave.id))
    rows = [
        {"wave_id": wave.id, "sent": count, "grp": each.group}
        | {"unit": each.unit, "home_unit": each.home_unit, "asked": each.asked}
        for each, count in _sent(connection, wave).items()
    ]
    if rows:
        connection.execute(insert(sent_before), rows)


def sent_since(connection: Connection, wave: Wave) -> Mapping[Design, int]:
    """How many forms of each design were sent since the wave was reopened."""
    columns = [sent_before.c[name] for name in ("grp", "unit", "home_unit", "asked", "sent")]
    rows = connection.execute(select(*columns).where(sent_before.c.wave_id == wave.id))
    before = {Design(*row[:4]): int(row[4]) for row in rows}
    since = {each: n - before.get(each, 0) for each, n in _sent(connection, wave).items()}
    return {each: count for each, count in since.items() if count}


def history(connection: Connection, wave: Wave) -> tuple[tuple[str, str, str], ...]:
    """Every reopening: when, by whom, why."""
    columns = [reopenings.c[name] for name in ("at", "by", "reason")]
    rows = connection.execute(
        select(*columns).where(reopenings.c.wave_id == wave.id).order_by(reopenings.c.number)
    )
    return tuple((at, by, reason) for at, by, reason in rows)


def _sent(connection: Connection, wave: Wave) -> Counter[Design]:
    rows = connection.execute(_SENT, {"wave": wave.id})
    return Counter({Design(*row[:4]): int(row[4]) for row in rows})
