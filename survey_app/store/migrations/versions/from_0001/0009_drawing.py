"""Population lists, draws, reserves, and who took whose place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def _who() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("grp", sa.String(32), nullable=False),
        sa.Column("sample", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("asked", sa.String(2000), nullable=False),
        sa.Column("home_unit", sa.String(32), nullable=False),
        sa.Column("stratum", sa.String(64), nullable=False),
        sa.Column("psu", sa.String(64), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
    )


def _of_wave(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_wave_id_waves")
    return sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=name)


def upgrade() -> None:
    """Add the tables: nothing was drawn here before."""
    op.create_table(
        "population_lists",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(25), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        _of_wave("population_lists"),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_population_lists")),
    )
    op.create_table(
        "population_people",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        *_who(),
        _of_wave("population_people"),
        sa.PrimaryKeyConstraint("wave_id", "position", name=op.f("pk_population_people")),
    )
    op.create_table(
        "draws",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("design", sa.Text(), nullable=False),
        sa.Column("strata", sa.Text(), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.Column("reserve", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.String(25), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.String(25)),
        sa.Column("taken_by", sa.String(64), nullable=False, server_default=""),
        _of_wave("draws"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draws")),
    )
    op.create_index(op.f("ix_draws_wave_id"), "draws", ["wave_id"])
    op.create_table(
        "reserve_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.String(40), nullable=False),
        sa.Column("fpc1", sa.Integer()),
        sa.Column("fpc2", sa.Integer()),
        *_who(),
        _of_wave("reserve_people"),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["draws.id"], name=op.f("fk_reserve_people_draw_id_draws")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve_people")),
        sa.UniqueConstraint("draw_id", "position", name=op.f("uq_reserve_people_draw_id_position")),
    )
    op.create_index(op.f("ix_reserve_people_wave_id"), "reserve_people", ["wave_id"])
    op.create_table(
        "substitutions",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("by_case_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False, server_default=""),
        sa.Column("at", sa.String(25), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_substitutions_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["by_case_id"], ["cases.id"], name=op.f("fk_substitutions_by_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_substitutions")),
        sa.UniqueConstraint("by_case_id", name=op.f("uq_substitutions_by_case_id")),
    )


def downgrade() -> None:
    """Take them away: lists, seeds and reserves are lost; the samples stay."""
    for table in ("substitutions", "reserve_people", "draws", "population_people",
                  "population_lists"):  # fmt: skip
        op.drop_table(table)
