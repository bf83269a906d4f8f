"""A wave has a title, a contact line and dates; it can be reopened, and taken away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_COLUMNS = (
    ("title_vi", sa.String(200), ""),
    ("title_en", sa.String(200), ""),
    ("contact_vi", sa.String(300), ""),
    ("contact_en", sa.String(300), ""),
    ("opens_at", sa.String(25), None),
    ("closes_at", sa.String(25), None),
    ("held_back", sa.String(200), ""),
    ("reopened_at", sa.String(25), None),
    ("left_out", sa.Integer(), "0"),
)


def upgrade() -> None:
    """Add them; waves of before have no title of their own and no dates."""
    for name, kind, usual in _COLUMNS:
        column = sa.Column(name, kind, nullable=usual is None, server_default=usual)
        op.add_column("waves", column)
    op.create_table(
        "reopenings",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(25), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_reopenings_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "number", name=op.f("pk_reopenings")),
    )
    op.create_table(
        "sent_before",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("grp", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("home_unit", sa.String(32), nullable=False),
        sa.Column("asked", sa.String(2000), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_sent_before_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint(
            "wave_id", "grp", "unit", "home_unit", "asked", name=op.f("pk_sent_before")
        ),
    )
    op.create_table(
        "deleted_waves",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", sa.String(25), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_waves")),
    )


def downgrade() -> None:
    """Take them away: titles, dates and the reasons for reopening are lost."""
    for table in ("deleted_waves", "sent_before", "reopenings"):
        op.drop_table(table)
    for name, *_ in reversed(_COLUMNS):
        op.drop_column("waves", name)
