"""Counts that are kept: how many cases a wave has, and how many forms have come.

What the office does is counted when it is done, ballots when they are mixed. What respondents do is
counted as it is shown: of an open wave, `begun`, `sent` and `own` change by five people or more at
a time, and a day gets five or more forms or none. Nothing here names a case or a ballot.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String

from survey_app.store.tables.schema import table


def _wave() -> Column[int]:
    return Column("wave_id", ForeignKey("waves.id", ondelete="CASCADE"), primary_key=True)


def _cell() -> tuple[Column[str], ...]:
    return (
        Column("grp", String(32), primary_key=True),
        Column("unit", String(32), primary_key=True),
        Column("sample", String(32), primary_key=True),
    )


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, default=0)


kept_counts = table(
    "kept_counts",
    _wave(),
    *_cell(),
    Column("mode", String(16), primary_key=True),
    _count("cases"),
    _count("issued"),  # to whom a link was ever given
    _count("mixed"),  # ballots in the clear
    _count("valid"),  # of these, that rate at least one unit
    _count("begun"),  # as shown; of a closed wave, as it is
    _count("sent"),  # as shown; of a closed wave, as it is
    without_rowid=True,
)

# What became of cases, by outcome code: noted by the office (whether or not a form came), by the
# respondents' own doing (as shown), and, of a closed wave, of all those who sent nothing.
kept_outcomes = table(
    "kept_outcomes",
    _wave(),
    *_cell(),
    Column("mode", String(16), primary_key=True),
    Column("code", String(8), primary_key=True),
    _count("noted"),
    _count("own"),
    _count("unsent"),
    without_rowid=True,
)

# How many mixed ballots rate each unit.
kept_ratings = table(
    "kept_ratings",
    _wave(),
    Column("grp", String(32), primary_key=True),
    Column("unit", String(32), primary_key=True),
    _count("rated"),
    without_rowid=True,
)

# On which day forms were first shown; a blank day: before this was kept.
kept_days = table(
    "kept_days",
    _wave(),
    Column("grp", String(32), primary_key=True),
    Column("day", String(10), primary_key=True),  # before the unit: summed up by group and day
    Column("unit", String(32), primary_key=True),
    Column("sample", String(32), primary_key=True),
    _count("sent"),
    without_rowid=True,
)
