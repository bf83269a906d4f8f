"""Points that do not come from the survey, scorecards, and what is written into their reports."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from survey_app.store.tables.schema import table

self_assessments = table(
    "self_assessments",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("criterion", String(32), primary_key=True),
    Column("self_points", String(40)),
    Column("appraised_points", String(40)),
    Column("evidence", Text, nullable=False, default=""),
    Column("file", String(255), nullable=False),
    Column("cell", String(80), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", String(25), nullable=False),
)

# Bonus (above zero) and penalty (below) outside the fields; each line names its legal basis.
adjustments = table(
    "adjustments",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("points", String(40), nullable=False),
    Column("basis", String(400), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", String(25), nullable=False),
)

scorecards = table(
    "scorecards",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of the release's manifest
    Column("version", String(32), nullable=False),  # of this program
    Column("made_at", String(25), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("scores", Text, nullable=False),  # scores.json, byte for byte
    Column("merged", Text),  # merged.json, byte for byte; None: the survey alone
    Column("release", String(400), nullable=False),  # folder, below the data folder
    Column("published_at", String(25)),
    Column("published_by", String(64)),
)

# What an analyst writes into the reports of a scorecard.
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
