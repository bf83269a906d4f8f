"""Counts of cases and forms are kept, so that no page counts them anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from survey_app.fieldwork import disposition

revision = "0008"
down_revision = "0007"

_CELL = (("grp", 32), ("unit", 32), ("sample", 32))
_MODE = ("mode", 16)
ENOUGH = 5
"""Of an open wave a count is shown from so many on."""

_COUNTS = """
    INSERT INTO kept_counts (wave_id, grp, unit, sample, mode, cases, issued, mixed, valid, begun,
                             sent)
    SELECT wave_id, grp, unit, sample, mode, SUM(cases), SUM(issued), SUM(mixed), SUM(valid),
           SUM(begun), SUM(sent)
    FROM ({}) AS counted GROUP BY wave_id, grp, unit, sample, mode"""
_CASES = """
    SELECT c.wave_id, c.grp, c.unit, c.sample, c.mode, COUNT(*) AS cases,
           COUNT(i.case_id) AS issued, 0 AS mixed, 0 AS valid,
           CASE WHEN w.closed_at IS NOT NULL THEN COUNT(p.case_id) ELSE 0 END AS begun,
           CASE WHEN w.closed_at IS NOT NULL OR COUNT(*) - COUNT(u.case_id) >= :enough
                THEN COUNT(*) - COUNT(u.case_id) ELSE 0 END AS sent
    FROM cases c JOIN waves w ON w.id = c.wave_id
    LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    GROUP BY c.wave_id, c.grp, c.unit, c.sample, c.mode, w.closed_at"""
_BALLOTS = """
    SELECT b.wave_id, b.grp, CASE WHEN b.sample = '' THEN COALESCE(r.unit, '') ELSE '' END,
           b.sample, b.mode, 0, 0, COUNT(DISTINCT b.id),
           COUNT(DISTINCT CASE WHEN r.skipped THEN NULL ELSE r.ballot_id END), 0, 0
    FROM ballots b LEFT JOIN ratings r ON r.ballot_id = b.id
    GROUP BY b.wave_id, b.grp, CASE WHEN b.sample = '' THEN COALESCE(r.unit, '') ELSE '' END,
             b.sample, b.mode"""
_BEGUN = """
    SELECT b.wave_id, b.grp, b.unit, b.sample, b.mode, 0, 0, 0, 0, b.begun, 0
    FROM board_counts b JOIN waves w ON w.id = b.wave_id WHERE w.closed_at IS NULL"""
_RATINGS = """
    INSERT INTO kept_ratings (wave_id, grp, unit, rated)
    SELECT b.wave_id, b.grp, r.unit, COUNT(*)
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE NOT r.skipped GROUP BY b.wave_id, b.grp, r.unit"""
_DAYS = """
    INSERT INTO kept_days (wave_id, grp, unit, sample, day, sent)
    SELECT wave_id, grp, unit, sample, '', SUM(sent) FROM kept_counts WHERE sent > 0
    GROUP BY wave_id, grp, unit, sample"""
_NOTED = """
    SELECT c.wave_id, c.grp, c.unit, c.sample, c.mode, e.case_id, e.kind
    FROM events e JOIN cases c ON c.id = e.case_id
    WHERE NOT (e.kind = 'refused' AND e."by" = '') ORDER BY e.id"""
_UNSENT = """
    SELECT c.wave_id, c.grp, c.unit, c.sample, c.mode, i.case_id IS NOT NULL AS issued, p.stage,
           c.id
    FROM cases c JOIN waves w ON w.id = c.wave_id JOIN unspent u ON u.case_id = c.id
    LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    WHERE w.closed_at IS NOT NULL"""
_EVENTS_OF_CLOSED = """
    SELECT e.case_id, e.kind FROM events e JOIN cases c ON c.id = e.case_id
    JOIN waves w ON w.id = c.wave_id WHERE w.closed_at IS NOT NULL ORDER BY e.id"""


def upgrade() -> None:
    """Make the tables and count what is there; on which day forms came is not known of it."""
    _table("kept_counts", (*_CELL, _MODE), ("cases", "issued", "mixed", "valid", "begun", "sent"))
    _table("kept_outcomes", (*_CELL, _MODE, ("code", 8)), ("noted", "own", "unsent"))
    _table("kept_ratings", (_CELL[0], _CELL[1]), ("rated",))
    _table("kept_days", (_CELL[0], ("day", 10), *_CELL[1:]), ("sent",))
    own = sa.text("""kind = 'refused' AND "by" = ''""")
    op.create_index(
        "ix_events_own_refusal", "events", ["case_id"], sqlite_where=own, postgresql_where=own
    )
    connection = op.get_bind()
    counted = f"{_CASES} UNION ALL {_BALLOTS} UNION ALL {_BEGUN}"
    connection.execute(sa.text(_COUNTS.format(counted)), {"enough": ENOUGH})
    for statement in (_RATINGS, _DAYS):
        connection.execute(sa.text(statement))
    _count_outcomes(connection)
    op.drop_table("board_counts")


def _table(name: str, key: Sequence[tuple[str, int]], counts: Sequence[str]) -> None:
    op.create_table(
        name,
        sa.Column("wave_id", sa.Integer(), nullable=False),
        *(sa.Column(column, sa.String(size), nullable=False) for column, size in key),
        *(sa.Column(count, sa.Integer(), nullable=False) for count in counts),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f(f"fk_{name}_wave_id_waves"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wave_id", *(column for column, _ in key), name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _count_outcomes(connection: sa.Connection) -> None:
    noted, unsent = Counter[tuple[object, ...]](), Counter[tuple[object, ...]]()
    events: dict[tuple[object, ...], list[str]] = {}
    for *key, case_id, kind in connection.execute(sa.text(_NOTED)):
        events.setdefault((*key, case_id), []).append(kind)
    for (*key, _), kinds in events.items():
        noted[*key, disposition.noted(kinds)] += 1
    all_events: dict[int, list[str]] = {}
    for case_id, kind in connection.execute(sa.text(_EVENTS_OF_CLOSED)):
        all_events.setdefault(case_id, []).append(kind)
    for *key, issued, stage, case_id in connection.execute(sa.text(_UNSENT)):
        history = disposition.History(
            issued=bool(issued), begun=stage is not None, stage=stage or 0,
            events=tuple(all_events.get(case_id, ())),
        )  # fmt: skip
        unsent[*key, disposition.of(history).code] += 1
    names = ("wave_id", "grp", "unit", "sample", "mode", "code")
    rows = [
        dict(zip(names, key, strict=True)) | {"noted": noted[key], "own": 0, "unsent": unsent[key]}
        for key in {*noted, *unsent}
        if key[-1]
    ]
    if rows:
        columns: list[sa.ColumnClause[object]] = list(map(sa.column, rows[0]))
        connection.execute(sa.insert(sa.table("kept_outcomes", *columns)), rows)


def downgrade() -> None:
    """Count again when it is asked for; which day forms came on is lost."""
    op.create_table(
        "board_counts",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        *(sa.Column(n, sa.String(s), nullable=False) for n, s in (*_CELL, _MODE)),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_board_counts_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint(
            "wave_id", "grp", "unit", "sample", "mode", name=op.f("pk_board_counts")
        ),
    )
    op.get_bind().execute(sa.text("""
        INSERT INTO board_counts (wave_id, grp, unit, sample, mode, begun)
        SELECT k.wave_id, k.grp, k.unit, k.sample, k.mode, k.begun
        FROM kept_counts k JOIN waves w ON w.id = k.wave_id
        WHERE k.begun > 0 AND w.closed_at IS NULL"""))  # fmt: skip
    op.drop_index("ix_events_own_refusal", table_name="events")
    for table in ("kept_days", "kept_ratings", "kept_outcomes", "kept_counts"):
        op.drop_table(table)
