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

_OWN = ", ".join(f"'{name}', b.{name}" for name in DESIGN)
_RATED = """'unit', r.unit, 'position', r.position, 'chance', r.chance,
            'skipped', CASE WHEN r.skipped THEN 1 ELSE 0 END"""
_WHICH = "FROM ballots b WHERE b.wave_id = :wave AND b.id > :after ORDER BY b.id LIMIT :most"
_LINES = Statement(
    f"""
    SELECT b.id, json_object('id', b.id, {_OWN}, 'about', json(b.about), 'ratings', (
        SELECT json_group_array(json_object({_RATED}, 'answers', json(r.answers)))
        FROM (SELECT unit, position, chance, skipped, answers FROM ratings
              WHERE ballot_id = b.id ORDER BY unit) r))
    {_WHICH}""",
    on_server=f"""
    SELECT b.id, CAST(json_build_object('id', b.id, {_OWN}, 'about', CAST(b.about AS json),
        'ratings', (
            SELECT json_agg(json_build_object({_RATED}, 'answers', CAST(r.answers AS json))
                            ORDER BY r.unit COLLATE "C")
            FROM ratings r WHERE r.ballot_id = b.id)) AS text)
    {_WHICH}""",
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
