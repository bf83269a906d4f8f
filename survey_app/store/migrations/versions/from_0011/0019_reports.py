"""What an analyst writes into the reports of a scorecard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the table; reports of before had no such texts."""
    op.create_table(
        "report_texts",
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("field", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(64), nullable=False),
        sa.Column("written_at", sa.String(25), nullable=False),
        sa.ForeignKeyConstraint(
            ["scorecard_id"],
            ["scorecards.id"],
            name=op.f("fk_report_texts_scorecard_id_scorecards"),
        ),
        sa.PrimaryKeyConstraint("scorecard_id", "unit", "field", name=op.f("pk_report_texts")),
    )


def downgrade() -> None:
    """The texts go; the numbers of reports stay."""
    op.drop_table("report_texts")
