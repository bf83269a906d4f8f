"""What was done to whole waves: reopened after closing, taken away."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String

from survey_app.store.tables.schema import table

reopenings = table(
    "reopenings",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", String(25), nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", String(400), nullable=False),
)

# How many forms of each design had been sent when a wave was reopened the last time: what comes
# after it is told from them, whether it is mixed or still sealed.
sent_before = table(
    "sent_before",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("grp", String(32), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("home_unit", String(32), primary_key=True),
    Column("asked", String(2000), primary_key=True),
    Column("sent", Integer, nullable=False),
)

# The numbers of waves that were taken away: SQLite would give them to the next.
deleted_waves = table(
    "deleted_waves",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
    Column("at", String(25), nullable=False),
    Column("by", String(64), nullable=False),
)
