"""Self-assessment and appraisal: how far units are, history of points, questions, evidence."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Text

from survey_app.store.tables.schema import table

# How far a unit is. `version` is raised by every change of the unit: whoever changes anything
# holds this row first, so that two who do are put one after the other.
assessments = table(
    "assessments",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("submitted_at", String(25)),
    Column("submitted_by", String(64)),
    Column("receipt", String(16)),
    Column("agreed_at", String(25)),
    Column("agreed_by", String(64)),
    Column("sent_back", Text),  # why, while the unit has not submitted again
)

assessment_deadlines = table(
    "assessment_deadlines",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("submit_by", String(25)),
    Column("answer_by", String(25)),
)

# Every point that ever was: the newest version is what self_assessments has.
point_history = table(
    "point_history",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("criterion", String(32), primary_key=True),
    Column("whose", String(9), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("points", String(40), nullable=False),  # blank: none any more
    Column("words", Text, nullable=False),  # of the evidence, or the reason
    Column("file", String(255), nullable=False),
    Column("cell", String(80), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", String(25), nullable=False),
    CheckConstraint("whose IN ('own', 'appraised')", name="whose"),
)

point_questions = table(
    "point_questions",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("unit", String(32), nullable=False),
    Column("criterion", String(32), nullable=False),
    Column("question", Text, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", String(25), nullable=False),
    Column("answer", Text),
    Column("answered_by", String(64)),
    Column("answered_at", String(25)),
    Column("considered_at", String(25)),  # by appraisers who had the answer before them
    Column("considered_by", String(64)),
)

# Files handed in as evidence; what is in them lies in the data folder by its SHA-256.
evidence_files = table(
    "evidence_files",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("unit", String(32), nullable=False),
    Column("criterion", String(32), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("size", Integer, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("added_at", String(25), nullable=False),
)

# What was read of workbooks and waits for whoever handed them in to confirm what it changes.
point_imports = table(
    "point_imports",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("whose", String(9), nullable=False),
    Column("content", Text, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", String(25), nullable=False),
    CheckConstraint("whose IN ('own', 'appraised')", name="whose"),
)
