"""Who has considered a unit's answer, and when: until then its appraisers are told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns: of no answer is it known yet who has considered it."""
    op.add_column("point_questions", sa.Column("considered_at", sa.String(25)))
    op.add_column("point_questions", sa.Column("considered_by", sa.String(64)))


def downgrade() -> None:
    """Forget who has considered answers."""
    op.drop_column("point_questions", "considered_by")
    op.drop_column("point_questions", "considered_at")
