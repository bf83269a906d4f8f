"""What is fielded, about whom, who is asked, and what the office learnt about them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)

from survey_app.store.tables.schema import table

waves = table(
    "waves",
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("study", String(128), nullable=False),
    Column("year", Integer, nullable=False),
    Column("units_on", String(10), nullable=False),  # ISO day on which the units must exist
    Column("salt", String(64), nullable=False),  # receipts differ between waves
    Column("created_at", String(25), nullable=False),
    Column("opened_at", String(25)),
    Column("closed_at", String(25)),
    Column("contacts_purged_at", String(25)),
    Column("title_vi", String(200), nullable=False, default="", server_default=""),
    Column("title_en", String(200), nullable=False, default="", server_default=""),
    Column("contact_vi", String(300), nullable=False, default="", server_default=""),
    Column("contact_en", String(300), nullable=False, default="", server_default=""),
    Column("opens_at", String(25)),  # when it opens and closes by itself; kept as every time is
    Column("closes_at", String(25)),
    Column("held_back", String(200), nullable=False, default="", server_default=""),  # codes of
    # the blocks for which it did not open by itself
    Column("reopened_at", String(25)),  # the last time that it was
    Column("left_out", Integer, nullable=False, default=0, server_default="0"),  # forms sent after
    # it was reopened that were too few to count
    CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="closed_after_opened"),
)

wave_texts = table(
    "wave_texts",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
)

wave_units = table(
    "wave_units",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("unit_class", String(32), nullable=False),
    Column("name_vi", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
)

# The frame: how many there are to be asked. A stratum belongs to the sample of one unit x group
# cell (`unit` filled in), or to a sample that serves several units (`sample` filled in).
strata = table(
    "strata",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("grp", String(32), primary_key=True),
    Column("sample", String(32), primary_key=True, default=""),
    Column("unit", String(32), primary_key=True, default=""),
    Column("stratum", String(64), primary_key=True),
    Column("population", Integer),  # persons; None: unknown, then no finite-population correction
    Column("planned", Integer),
    CheckConstraint("(sample = '') <> (unit = '')", name="sample_or_unit"),
    CheckConstraint("population IS NULL OR population >= 0", name="population"),
)

cases = table(
    "cases",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False),
    Column("label", String(64), nullable=False),  # the case's number in the sample file
    Column("grp", String(32), nullable=False),
    Column("sample", String(32), nullable=False, default=""),
    Column("unit", String(32), nullable=False, default=""),  # the one unit rated; "" for many
    Column("asked", String(2000), nullable=False),  # "*" all, "*12" twelve at random, or codes
    Column("home_unit", String(32), nullable=False, default=""),  # never rated by its holder
    Column("stratum", String(64), nullable=False),
    Column("psu", String(64), nullable=False, default=""),  # "": the respondent is the PSU
    Column("weight", String(40), nullable=False),  # base weight, decimal text as imported
    Column("fpc1", Integer),
    Column("fpc2", Integer),
    Column("mode", String(16), nullable=False, default="web"),
    UniqueConstraint("wave_id", "label"),
    Index("ix_cases_cell", "wave_id", "grp", "unit"),
)

contacts = table(
    "contacts",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("name", String(200), nullable=False, default=""),
    Column("phone", String(40), nullable=False, default=""),
    Column("email", String(200), nullable=False, default=""),
    Column("address", String(400), nullable=False, default=""),
)

invitations = table(
    "invitations",
    Column("digest", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("issued_on", String(10), nullable=False),
    Column("revoked_on", String(10)),
    Column("expires_on", String(10)),  # the last day on which it opens its form
)

unspent = table(
    "unspent",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
)

# Where a respondent stands who has begun and not sent. Goes with the draft when the form is sent.
# The stage follows from the pages gone on from, never from what was answered on them.
progress = table(
    "progress",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("stage", Integer, nullable=False),  # 0 opened, 1 begun, 2 half, 3 almost done
    Column("day", String(10), nullable=False),
    CheckConstraint("stage BETWEEN 0 AND 3", name="stage"),
)

# What the office did and learnt about a case. Append-only. What a respondent does is not here.
events = table(
    "events",
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("detail", String(400), nullable=False, default=""),
    Column("by", String(64), nullable=False, default=""),
)
_OWN_REFUSAL = (events.c.kind == "refused") & (events.c.by == "")
Index(
    "ix_events_own_refusal",
    events.c.case_id,
    sqlite_where=_OWN_REFUSAL,
    postgresql_where=_OWN_REFUSAL,
)
