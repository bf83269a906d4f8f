"""What an office writes on its letters, until when a link opens a form, and rounds of reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ALONE = "a process of before would open links whose time is over"


def upgrade() -> None:
    """Make the tables; links that are out go on opening their forms."""
    op.create_table(
        "letter_texts",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_letter_texts_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "language", "field", name=op.f("pk_letter_texts")),
    )
    op.create_table(
        "reminder_rounds",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.String(10), nullable=False),
        sa.Column("drawn_up_on", sa.String(10)),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_reminder_rounds_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "round", name=op.f("pk_reminder_rounds")),
        sa.CheckConstraint("round BETWEEN 1 AND 3", name=op.f("ck_reminder_rounds_round")),
    )
    op.create_table(
        "not_reminded",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_not_reminded_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_not_reminded")),
    )
    op.add_column("invitations", sa.Column("expires_on", sa.String(10)))


def downgrade() -> None:
    """Links that were to expire never do."""
    op.drop_column("invitations", "expires_on")
    for table in ("not_reminded", "reminder_rounds", "letter_texts"):
        op.drop_table(table)
