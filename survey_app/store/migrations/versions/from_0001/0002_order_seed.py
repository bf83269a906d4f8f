"""A ballot says in which order its options were shown: by a small seed, where one was drawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add it; ballots of before were shown the order as written, and have none."""
    op.add_column("ballots", sa.Column("order_seed", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take it away: which order a ballot was shown is then lost."""
    op.drop_column("ballots", "order_seed")
