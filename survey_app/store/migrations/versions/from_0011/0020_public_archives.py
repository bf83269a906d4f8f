"""Open data that are public beside a scorecard: who decided so, and which bytes they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the table; open data of before were given by hand."""
    op.create_table(
        "public_archives",
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.String(25), nullable=False),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["scorecard_id"],
            ["scorecards.id"],
            name=op.f("fk_public_archives_scorecard_id_scorecards"),
        ),
        sa.PrimaryKeyConstraint("scorecard_id", name=op.f("pk_public_archives")),
    )


def downgrade() -> None:
    """The archives are offered no more; results stay public."""
    op.drop_table("public_archives")
