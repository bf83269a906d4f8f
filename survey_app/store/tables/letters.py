"""What is written to those who are asked, and who is reminded."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Text

from survey_app.store.tables.schema import table

letter_texts = table(
    "letter_texts",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("field", String(32), primary_key=True),
    Column("text", Text, nullable=False),
)

reminder_rounds = table(
    "reminder_rounds",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("planned_on", String(10), nullable=False),
    Column("drawn_up_on", String(10)),  # from when on its list stays as it is
    CheckConstraint("round BETWEEN 1 AND 3", name="round"),
)

# Whom reminders leave out, and from which round on: those who had sent a form or declined by the
# form's own button when the list was drawn up, by five or more of a sample at a time.
not_reminded = table(
    "not_reminded",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("round", Integer, nullable=False),
)
