"""Themes of free texts, screening, call-backs, forms left out, and scorecards with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _design() -> tuple[sa.Column[str], ...]:
    sizes = {"grp": 32, "sample": 32, "unit": 32, "mode": 16, "psu": 64}
    return tuple(_text(name, size) for name, size in sizes.items())


def upgrade() -> None:
    """Make the tables: nothing was coded, screened or left out here before."""
    _texts()
    _screening()
    _call_backs()
    _exclusions()


def _texts() -> None:
    op.create_table(
        "themes",
        _whole("id"),
        _whole("wave_id"),
        _text("name", 80),
        _text("by", 64),
        _text("at", 25),
        _key("themes", "wave_id", "waves"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
        sa.UniqueConstraint("wave_id", "name", name=op.f("uq_themes_wave_id_name")),
    )
    op.create_table(
        "theme_marks",
        _text("remark", 32),
        _whole("theme_id"),
        _whole("wave_id"),
        _text("by", 64),
        _text("at", 25),
        _key("theme_marks", "theme_id", "themes"),
        _key("theme_marks", "wave_id", "waves"),
        sa.PrimaryKeyConstraint("remark", "theme_id", name=op.f("pk_theme_marks")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_theme_marks_wave_id"), "theme_marks", ["wave_id"])
    op.create_table(
        "hidden_remarks",
        _text("remark", 32),
        _whole("wave_id"),
        _text("by", 64),
        _text("at", 25),
        _key("hidden_remarks", "wave_id", "waves"),
        sa.PrimaryKeyConstraint("remark", name=op.f("pk_hidden_remarks")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_hidden_remarks_wave_id"), "hidden_remarks", ["wave_id"])


def _screening() -> None:
    op.create_table(
        "screenings",
        _whole("wave_id"),
        _text("at", 25),
        _text("by", 64),
        _text("fingerprint", 64),
        sa.Column("effects", sa.Text(), nullable=False),
        _key("screenings", "wave_id", "waves"),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_screenings")),
    )
    op.create_table(
        "screened_forms",
        _text("ballot_id", 32),
        _whole("wave_id"),
        _text("flags", 120),
        _key("screened_forms", "ballot_id", "ballots"),
        _key("screened_forms", "wave_id", "waves"),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_screened_forms")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_screened_forms_wave_id"), "screened_forms", ["wave_id"])


def _call_backs() -> None:
    op.create_table(
        "call_backs",
        _text("id", 32),
        _whole("wave_id"),
        *_design(),
        _whole("case_id", nullable=True),
        _text("drawn_on", 10),
        _text("drawn_by", 64),
        _text("outcome", 16, nullable=True),
        _text("noted_on", 10, nullable=True),
        _text("noted_by", 64, nullable=True),
        _key("call_backs", "wave_id", "waves"),
        _key("call_backs", "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_backs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_call_backs_wave_id"), "call_backs", ["wave_id"])


def _exclusions() -> None:
    op.create_table(
        "exclusions",
        _whole("id"),
        _whole("wave_id"),
        *_design(),
        _text("flag", 16),
        _text("reason", 32),
        _text("basis", 400),
        _whole("forms"),
        _text("proposed_by", 64),
        _text("proposed_at", 25),
        _text("state", 10),
        _text("decided_by", 64, nullable=True),
        _text("decided_at", 25, nullable=True),
        _text("ended_by", 64, nullable=True),
        _text("ended_at", 25, nullable=True),
        _text("note", 400),
        _key("exclusions", "wave_id", "waves"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusions")),
    )
    op.create_index(op.f("ix_exclusions_wave_id"), "exclusions", ["wave_id"])
    op.create_table(
        "excluded_forms",
        _whole("exclusion_id"),
        _text("ballot_id", 32),
        _key("excluded_forms", "exclusion_id", "exclusions"),
        _key("excluded_forms", "ballot_id", "ballots"),
        sa.PrimaryKeyConstraint("exclusion_id", "ballot_id", name=op.f("pk_excluded_forms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scorecard_twins",
        _whole("scorecard_id"),
        _text("fingerprint", 64),
        _text("release", 400),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("merged", sa.Text()),
        sa.Column("exclusions", sa.Text(), nullable=False),
        _key("scorecard_twins", "scorecard_id", "scorecards"),
        sa.PrimaryKeyConstraint("scorecard_id", name=op.f("pk_scorecard_twins")),
    )


_TABLES = (
    *("scorecard_twins", "excluded_forms", "exclusions", "call_backs"),
    *("screened_forms", "screenings", "hidden_remarks", "theme_marks", "themes"),
)


def downgrade() -> None:
    """What was coded, noted and left out is forgotten; no form is."""
    for table in _TABLES:
        op.drop_table(table)
