"""Every ballot of a wave with its ratings, some thousand at a time, so that memory stays small.

The database writes each ballot as one line of JSON, which Arrow makes into columns: a row of a
driver costs Python an object for every value, and a wave has ten million of those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from survey_app.store.engine.statement import Statement

DESIGN = ("grp", "sample", "stratum", "psu", "weight", "fpc1", "fpc2", "mode", "language", "pace",
          "order_seed")  # fmt: skip
"""What a line holds beside `id`, `about` (answers about no unit) and `ratings`, in their units'
order: each with `unit`, `position`, `chance`, `skipped` (0 or 1) and `answers`."""

AT_ONCE = 8_000
"""Ballots of one batch: some 10 MB of lines, or 20 where each rates a few units."""

_NUMBERS = ("fpc1", "fpc2", "order_seed")
_WHICH = "FROM ballots b WHERE b.wave_id = :wave AND b.id > :after ORDER BY b.id LIMIT :most"


def _line(quoted: str, joined: str) -> str:
    """SQL that writes a ballot as a line: put together as text, for half of what objects cost.

    `quoted` makes JSON of a text; `joined` puts the ratings together. What is JSON already stays
    as it is: it was written by this program.
    """
    design = " || ".join(f"""',"{name}":' || {_value(name, quoted)}""" for name in DESIGN)
    texts = {name: quoted.format(f"r.{name}") for name in ("unit", "chance")}
    rating = f"""'{{"unit":' || {texts["unit"]} || ',"chance":' || {texts["chance"]}
        || ',"position":' || r.position || ',"skipped":'
        || CASE WHEN r.skipped THEN '1' ELSE '0' END || ',"answers":' || r.answers || '}}'"""
    key, ratings = quoted.format("b.id"), joined.format(rating)
    return f"""SELECT b.id, '{{"id":' || {key} || {design}
        || ',"about":' || b.about || ',"ratings":[' || ({ratings}) || ']}}' {_WHICH}"""


def _value(name: str, quoted: str) -> str:
    column = f"b.{name}"
    is_number = name in _NUMBERS
    return f"COALESCE(CAST({column} AS text), 'null')" if is_number else quoted.format(column)


_LINES = Statement(
    _line(
        "json_quote({})",
        "SELECT group_concat({}) FROM (SELECT unit, position, chance, skipped, answers "
        "FROM ratings WHERE ballot_id = b.id ORDER BY unit) r",
    ),
    on_server=_line(
        "to_json({})",
        """SELECT string_agg({}, ',' ORDER BY r.unit COLLATE "C")
        FROM ratings r WHERE r.ballot_id = b.id""",
    ),
)


def lines(connection: Connection, wave_id: int) -> Iterator[Sequence[str]]:
    """A line for each ballot of a wave, in the order of their random keys, by the batch."""
    after = ""
    while True:
        chosen = {"wave": wave_id, "after": after, "most": AT_ONCE}
        rows = _LINES.on(connection, chosen).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        yield [line for _, line in rows]
