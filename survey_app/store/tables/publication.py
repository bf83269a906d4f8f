"""What became of a scorecard on its way to the public: two people, and both are named."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Text

from survey_app.store.tables.schema import table

# Only ever added to. `reason` is that of sending back or withdrawing; a withdrawal's is public.
publication_steps = table(
    "publication_steps",
    Column("id", Integer, primary_key=True),
    Column("scorecard_id", ForeignKey("scorecards.id"), nullable=False, index=True),
    Column("step", String(16), nullable=False),
    Column("at", String(25), nullable=False),
    Column("done_by", String(64), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    CheckConstraint("step IN ('prepared', 'returned', 'approved', 'withdrawn')", name="step"),
)

# One for each version whose open data were published: without a line nobody gets the file.
public_archives = table(
    "public_archives",
    Column("scorecard_id", Integer, ForeignKey("scorecards.id"), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("published_at", String(25), nullable=False),
    Column("published_by", String(64), nullable=False),
)
