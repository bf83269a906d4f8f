"""Work that takes long, and how far it is."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Text

from survey_app.store.tables.schema import table

# What a job was given and what came of it are JSON. Neither holds a name or a number of those who
# are asked; `problem` may quote a cell of a file, and goes with the contacts of its wave.
jobs = table(
    "jobs",
    Column("id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("wave", String(64), nullable=False, default=""),
    Column("arguments", Text, nullable=False),
    Column("folder", String(32), nullable=False),  # of its files, below `jobs` in the data folder
    Column("state", String(16), nullable=False),  # waiting, running, done, failed, cancelled
    Column("progress_value", Integer, nullable=False, default=0),
    Column("progress_most", Integer, nullable=False, default=0),
    Column("progress_label", String(32), nullable=False, default=""),
    Column("lease_until", Float, nullable=False, default=0),  # seconds since 1970
    Column("worker", String(80), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", String(25), nullable=False),
    Column("started_at", String(25)),
    Column("ended_at", String(25)),
    Column("result", Text),
    Column("problem", Text),
    Column("cancel_asked", Boolean, nullable=False, default=False),
    Index("ix_jobs_state_id", "state", "id"),
)
