"""What an analyst writes into the reports of a scorecard."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from survey_app.store.tables.schema import table

# `unit` is blank for what stands in the report of the province, and at the head of all reports.
report_texts = table(
    "report_texts",
    Column("scorecard_id", Integer, ForeignKey("scorecards.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("field", String(32), primary_key=True),
    Column("text", Text, nullable=False),
    Column("written_by", String(64), nullable=False),
    Column("written_at", String(25), nullable=False),
)
