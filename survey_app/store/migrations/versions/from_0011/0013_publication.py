"""Publishing takes two people: each step of a scorecard on its way to the public."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ALONE = "a process of before would let one person publish"


def upgrade() -> None:
    """Make the table; what was published by one person stays published."""
    op.create_table(
        "publication_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", sa.String(25), nullable=False),
        sa.Column("done_by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scorecard_id"],
            ["scorecards.id"],
            name=op.f("fk_publication_steps_scorecard_id_scorecards"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_steps")),
        sa.CheckConstraint(
            "step IN ('prepared', 'returned', 'approved', 'withdrawn')",
            name=op.f("ck_publication_steps_step"),
        ),
    )
    op.create_index(
        op.f("ix_publication_steps_scorecard_id"), "publication_steps", ["scorecard_id"]
    )


def downgrade() -> None:
    """Who prepared and who withdrew is in the log only."""
    op.drop_index(op.f("ix_publication_steps_scorecard_id"), table_name="publication_steps")
    op.drop_table("publication_steps")
