"""What the web shows of an open wave beside its mixed ballots: it changes by enough at a time.

Whoever watches a page while a known person begins or sends a form sees nothing change, until enough
others have done so too.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, text

from survey_app.store.tables import board_counts, closing_counts

_KEY = ("grp", "unit", "sample", "mode")
_BEGUN = text("""
    SELECT c.grp, c.unit, c.sample, c.mode, COUNT(*) AS begun
    FROM progress p JOIN cases c ON c.id = p.case_id
    WHERE c.wave_id = :wave GROUP BY c.grp, c.unit, c.sample, c.mode""")
_SHOWN = text("SELECT grp, unit, sample, mode, begun FROM board_counts WHERE wave_id = :wave")
_SENT = text("""
    SELECT COUNT(*) FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
    WHERE c.wave_id = :wave AND u.case_id IS NULL""")

Begun = Mapping[tuple[str, ...], int]


def begun_since(connection: Connection, wave_id: int, fewest: int) -> Begun:
    """How many have begun, of each cell where that has changed by enough people since shown."""
    now = {tuple(row[:4]): int(row[4]) for row in connection.execute(_BEGUN, {"wave": wave_id})}
    shown = {tuple(row[:4]): int(row[4]) for row in connection.execute(_SHOWN, {"wave": wave_id})}
    return {
        cell: now.get(cell, 0)
        for cell in sorted({*now, *shown})
        if abs(now.get(cell, 0) - shown.get(cell, 0)) >= fewest
    }


def show_begun(connection: Connection, wave_id: int, begun: Begun) -> None:
    """Let boards show how many have begun."""
    counts = board_counts.c
    for cell, number in begun.items():
        where = dict(zip(_KEY, cell, strict=True))
        matches = [counts.wave_id == wave_id, *(counts[key] == it for key, it in where.items())]
        connection.execute(delete(board_counts).where(*matches))
        connection.execute(insert(board_counts).values(wave_id=wave_id, begun=number, **where))


def sent_since(connection: Connection, wave_id: int, fewest: int) -> int:
    """How many forms were sent, where enough came since that was last counted; else 0."""
    number = sent(connection, wave_id)
    return number if number - _closing(connection, wave_id).get(0, 0) >= fewest else 0


def sent(connection: Connection, wave_id: int) -> int:
    """How many forms of a wave were sent, as it is now."""
    return int(connection.execute(_SENT, {"wave": wave_id}).scalar_one())


def show_closing(
    connection: Connection, wave_id: int, number: int, sizes: Mapping[int, int]
) -> None:
    """Let the page that closes a wave show how many classes of each size would stay too small."""
    connection.execute(delete(closing_counts).where(closing_counts.c.wave_id == wave_id))
    rows = [{"wave_id": wave_id, "size": k, "classes": n} for k, n in {0: number, **sizes}.items()]
    connection.execute(insert(closing_counts), rows)


def closing(connection: Connection, wave_id: int) -> dict[int, int]:
    """How many classes of each size would stay too small, as last counted."""
    sizes = _closing(connection, wave_id)
    sizes.pop(0, None)
    return sizes


def _closing(connection: Connection, wave_id: int) -> dict[int, int]:
    counts = closing_counts.c
    known = select(counts.size, counts.classes).where(counts.wave_id == wave_id)
    return {row.size: row.classes for row in connection.execute(known.order_by(counts.size))}
