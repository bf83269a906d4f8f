"""Ballots are cast sealed, and mixed in batches; how far a form is kept as a coarse stage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_CLASS = (
    ("grp", sa.String(32)),
    ("sample", sa.String(32)),
    ("unit", sa.String(32)),
    ("asked", sa.String(2000)),
    ("home_unit", sa.String(32)),
    ("stratum", sa.String(64)),
    ("psu", sa.String(64)),
    ("weight", sa.String(40)),
)


def upgrade() -> None:
    """Make room for sealed ballots; those stored before are mixed already.

    Of a form that was begun the finer count is dropped, and how often it was saved: they told what
    a filter question was answered.
    """
    op.create_table(
        "epochs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("recovery", sa.LargeBinary(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("given_up", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_epochs_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epochs")),
    )
    op.create_index(op.f("ix_epochs_wave_id"), "epochs", ["wave_id"])
    current = sa.text("is_current")
    op.create_index(
        "uq_epochs_current",
        "epochs",
        ["wave_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    op.create_table(
        "sealed_ballots",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("epoch_id", sa.String(32), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in _CLASS),
        sa.Column("fpc1", sa.Integer(), nullable=True),
        sa.Column("fpc2", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_sealed_ballots_wave_id_waves")
        ),
        sa.ForeignKeyConstraint(
            ["epoch_id"], ["epochs.id"], name=op.f("fk_sealed_ballots_epoch_id_epochs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_ballots")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sealed_ballots_epoch_id"), "sealed_ballots", ["epoch_id"])
    op.create_table(
        "board_counts",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(size), nullable=False)
            for name, size in (("grp", 32), ("unit", 32), ("sample", 32), ("mode", 16))
        ),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_board_counts_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint(
            "wave_id", "grp", "unit", "sample", "mode", name=op.f("pk_board_counts")
        ),
    )
    op.create_table(
        "closing_counts",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_closing_counts_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "size", name=op.f("pk_closing_counts")),
    )
    op.drop_column("drafts", "revision")
    kept = op.get_bind().execute(sa.text("SELECT case_id, answered, day FROM progress")).all()
    op.drop_table("progress")
    progress = _progress(sa.Column("stage", sa.Integer(), nullable=False))
    if kept:
        rows = [{"case_id": c, "stage": int(answered > 0), "day": d} for c, answered, d in kept]
        op.bulk_insert(progress, rows)


def downgrade() -> None:
    """Go back, unless ballots are still sealed: nobody could read them any more."""
    waiting = op.get_bind().execute(sa.text("SELECT COUNT(*) FROM sealed_ballots")).scalar()
    if waiting:
        raise RuntimeError(f"{waiting} ballots are still sealed: mix them first (cchc wave close)")
    for table in ("closing_counts", "board_counts", "sealed_ballots", "epochs"):
        op.drop_table(table)
    op.add_column("drafts", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    kept = op.get_bind().execute(sa.text("SELECT case_id, stage, day FROM progress")).all()
    op.drop_table("progress")
    progress = _progress(
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        checked=False,
    )
    if kept:
        rows = [{"case_id": c, "answered": min(s, 1), "asked": 1, "day": d} for c, s, d in kept]
        op.bulk_insert(progress, rows)


def _progress(*columns: sa.Column[int], checked: bool = True) -> sa.Table:
    stage = sa.CheckConstraint("stage BETWEEN 0 AND 3", name=op.f("ck_progress_stage"))
    return op.create_table(
        "progress",
        sa.Column("case_id", sa.Integer(), nullable=False),
        *columns,
        sa.Column("day", sa.String(10), nullable=False),
        *([stage] if checked else []),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_progress_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_progress")),
    )
