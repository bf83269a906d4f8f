"""From which list a sample was drawn, how, who is in reserve, and who took whose place."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text, UniqueConstraint

from survey_app.store.tables.schema import table


def _who() -> tuple[Column[object], ...]:
    """The columns that somebody of a list has before a sample is drawn."""
    return (
        Column("label", String(64), nullable=False, default=""),
        Column("grp", String(32), nullable=False),
        Column("sample", String(32), nullable=False, default=""),
        Column("unit", String(32), nullable=False, default=""),
        Column("asked", String(2000), nullable=False),
        Column("home_unit", String(32), nullable=False, default=""),
        Column("stratum", String(64), nullable=False),
        Column("psu", String(64), nullable=False, default=""),
        Column("mode", String(16), nullable=False, default="web"),
        Column("name", String(200), nullable=False, default=""),
        Column("phone", String(40), nullable=False, default=""),
        Column("email", String(200), nullable=False, default=""),
        Column("address", String(400), nullable=False, default=""),
    )


# A list that samples are drawn from. Its people go when contacts are purged; this line stays.
population_lists = table(
    "population_lists",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("file", String(200), nullable=False),
    Column("people", Integer, nullable=False),
    Column("at", String(25), nullable=False),
    Column("by", String(64), nullable=False),
)

population_people = table(
    "population_people",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    *_who(),
)

# Every draw: its design and seed, what came of it by stratum, and what two equal draws share.
draws = table(
    "draws",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("design", Text, nullable=False),  # JSON, with the seed and the algorithm
    Column("strata", Text, nullable=False),  # JSON: counts, nobody's name
    Column("file", String(200), nullable=False),
    Column("people", Integer, nullable=False),  # in the list
    Column("drawn", Integer, nullable=False),
    Column("reserve", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", String(25), nullable=False),
    Column("by", String(64), nullable=False),
    Column("taken_at", String(25)),  # when it became the sample
    Column("taken_by", String(64), nullable=False, default="", server_default=""),
)

# Who stands in for somebody of the sample, in the order of `position` within a stratum and PSU.
reserve_people = table(
    "reserve_people",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("draw_id", ForeignKey("draws.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("weight", String(40), nullable=False),
    Column("fpc1", Integer),
    Column("fpc2", Integer),
    *_who(),
    UniqueConstraint("draw_id", "position"),
)

# Who took the place of a case. What was noted of the case stays as it is.
substitutions = table(
    "substitutions",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("by_case_id", ForeignKey("cases.id"), nullable=False, unique=True),
    Column("outcome", String(16), nullable=False),  # AAPOR's code of the case, at that time
    Column("reason", String(200), nullable=False, default="", server_default=""),
    Column("at", String(25), nullable=False),
    Column("by", String(64), nullable=False),
)
