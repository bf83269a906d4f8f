"""Themes of free texts, screening, call-backs, and forms that are left out. Never case and ballot.

* A free text is named by a keyed digest of its ballot's key: nothing here leads to the ballot, and
  two texts of one ballot have names that have nothing to do with each other.
* `screened_forms` and `excluded_forms` stand beside ballots and know no case; `call_backs` knows
  cases and no ballot. What they have in common is a class of the design: at least five forms.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from survey_app.store.tables.schema import table

themes = table(
    "themes",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", String(25), nullable=False),
    UniqueConstraint("wave_id", "name"),
)

# Which themes a text has. `remark` is the text's name, made as store/quality/remarks.py says.
theme_marks = table(
    "theme_marks",
    Column("remark", String(32), primary_key=True),
    Column("theme_id", ForeignKey("themes.id"), primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("by", String(64), nullable=False),
    Column("at", String(25), nullable=False),
    without_rowid=True,
)

# Texts taken off the pages by hand, because somebody can be known from them.
hidden_remarks = table(
    "hidden_remarks",
    Column("remark", String(32), primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("by", String(64), nullable=False),
    Column("at", String(25), nullable=False),
    without_rowid=True,
)

screenings = table(
    "screenings",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("at", String(25), nullable=False),
    Column("by", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of the release of all forms
    Column("effects", Text, nullable=False),  # JSON: where forms differ by the way of asking
)

# Every valid form of a wave as it was screened last; flags, with blanks between.
screened_forms = table(
    "screened_forms",
    Column("ballot_id", ForeignKey("ballots.id"), primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("flags", String(120), nullable=False),
    without_rowid=True,
)


def _design() -> tuple[Column[str], ...]:
    """A class of the design: mode and PSU are blank where it is not divided by them."""
    return (
        Column("grp", String(32), nullable=False),
        Column("sample", String(32), nullable=False),
        Column("unit", String(32), nullable=False),
        Column("mode", String(16), nullable=False),
        Column("psu", String(64), nullable=False),
    )


# Cases of a class, drawn by lot to be called back; the case goes with the contacts.
call_backs = table(
    "call_backs",
    Column("id", String(32), primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    *_design(),
    Column("case_id", ForeignKey("cases.id")),
    Column("drawn_on", String(10), nullable=False),
    Column("drawn_by", String(64), nullable=False),
    Column("outcome", String(16)),
    Column("noted_on", String(10)),
    Column("noted_by", String(64)),
    without_rowid=True,
)

exclusions = table(
    "exclusions",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False),
    *_design(),
    Column("flag", String(16), nullable=False),  # "": every form of the class
    Column("reason", String(32), nullable=False),
    Column("basis", String(400), nullable=False),
    Column("forms", Integer, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_at", String(25), nullable=False),
    Column(
        "state", String(10), nullable=False
    ),  # proposed, agreed, refused; withdrawn: was never agreed; ended: was agreed once
    Column("decided_by", String(64)),
    Column("decided_at", String(25)),
    Column("ended_by", String(64)),
    Column("ended_at", String(25)),
    Column("note", String(400), nullable=False),
    Index("ix_exclusions_wave_id", "wave_id"),
)

excluded_forms = table(
    "excluded_forms",
    Column("exclusion_id", ForeignKey("exclusions.id"), primary_key=True),
    Column("ballot_id", ForeignKey("ballots.id"), primary_key=True),
    without_rowid=True,
)

# What a scorecard would be with the forms that it leaves out: kept as long as it is.
scorecard_twins = table(
    "scorecard_twins",
    Column("scorecard_id", ForeignKey("scorecards.id"), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("release", String(400), nullable=False),
    Column("scores", Text, nullable=False),
    Column("merged", Text),
    Column("exclusions", Text, nullable=False),  # JSON: those that it left out, as they stood
)
