"""Guesses at passwords are counted in the store: for all processes, and past a start anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table; it begins empty."""
    op.create_table(
        "guesses",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_guesses"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it away: whoever had to wait may guess again."""
    op.drop_table("guesses")
