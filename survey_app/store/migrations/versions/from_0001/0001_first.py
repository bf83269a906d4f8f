"""The first tables: waves, their frame, cases and invitations, ballots, points, the office."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "analysts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("session_key", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=25), nullable=False),
        sa.Column("disabled_at", sa.String(length=25), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysts")),
        sa.UniqueConstraint("name", name=op.f("uq_analysts_name")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=25), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "waves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("study", sa.String(length=128), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("units_on", sa.String(length=10), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=25), nullable=False),
        sa.Column("opened_at", sa.String(length=25), nullable=True),
        sa.Column("closed_at", sa.String(length=25), nullable=True),
        sa.Column("contacts_purged_at", sa.String(length=25), nullable=True),
        sa.CheckConstraint(
            "closed_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_waves_closed_after_opened")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sa.UniqueConstraint("name", name=op.f("uq_waves_name")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "adjustments",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("points", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=400), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_adjustments_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "unit", "line", name=op.f("pk_adjustments")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "ballots",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire", sa.String(length=160), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("grp", sa.String(length=32), nullable=False),
        sa.Column("sample", sa.String(length=32), nullable=False),
        sa.Column("stratum", sa.String(length=64), nullable=False),
        sa.Column("psu", sa.String(length=64), nullable=False),
        sa.Column("weight", sa.String(length=40), nullable=False),
        sa.Column("fpc1", sa.Integer(), nullable=True),
        sa.Column("fpc2", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("pace", sa.String(length=8), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_ballots_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("grp", sa.String(length=32), nullable=False),
        sa.Column("sample", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("asked", sa.String(length=2000), nullable=False),
        sa.Column("home_unit", sa.String(length=32), nullable=False),
        sa.Column("stratum", sa.String(length=64), nullable=False),
        sa.Column("psu", sa.String(length=64), nullable=False),
        sa.Column("weight", sa.String(length=40), nullable=False),
        sa.Column("fpc1", sa.Integer(), nullable=True),
        sa.Column("fpc2", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_cases_wave_id_waves")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("wave_id", "label", name=op.f("uq_cases_wave_id_label")),
        sqlite_with_rowid=True,
    )
    op.create_index("ix_cases_cell", "cases", ["wave_id", "grp", "unit"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_drafts_wave_id_waves")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_drafts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_drafts_wave_id"), "drafts", ["wave_id"], unique=False)
    op.create_table(
        "scorecards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("merged", sa.Text(), nullable=True),
        sa.Column("release", sa.String(length=400), nullable=False),
        sa.Column("published_at", sa.String(length=25), nullable=True),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_scorecards_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_scorecards_wave_id"), "scorecards", ["wave_id"], unique=False)
    op.create_table(
        "self_assessments",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("criterion", sa.String(length=32), nullable=False),
        sa.Column("self_points", sa.String(length=40), nullable=True),
        sa.Column("appraised_points", sa.String(length=40), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("cell", sa.String(length=80), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", sa.String(length=25), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_self_assessments_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "unit", "criterion", name=op.f("pk_self_assessments")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "strata",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("grp", sa.String(length=32), nullable=False),
        sa.Column("sample", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("stratum", sa.String(length=64), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.CheckConstraint("(sample = '') <> (unit = '')", name=op.f("ck_strata_sample_or_unit")),
        sa.CheckConstraint(
            "population IS NULL OR population >= 0", name=op.f("ck_strata_population")
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_strata_wave_id_waves")),
        sa.PrimaryKeyConstraint(
            "wave_id", "grp", "sample", "unit", "stratum", name=op.f("pk_strata")
        ),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "wave_texts",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_wave_texts_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "path", name=op.f("pk_wave_texts")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "wave_units",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_class", sa.String(length=32), nullable=False),
        sa.Column("name_vi", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["waves.id"], name=op.f("fk_wave_units_wave_id_waves")
        ),
        sa.PrimaryKeyConstraint("wave_id", "unit", name=op.f("pk_wave_units")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "contacts",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contacts_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_contacts")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=400), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_events_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_events_case_id"), "events", ["case_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.String(length=10), nullable=False),
        sa.Column("revoked_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_invitations_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_invitations")),
        sqlite_with_rowid=True,
    )
    op.create_index(op.f("ix_invitations_case_id"), "invitations", ["case_id"], unique=False)
    op.create_table(
        "progress",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_progress_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_progress")),
        sqlite_with_rowid=True,
    )
    op.create_table(
        "ratings",
        sa.Column("ballot_id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chance", sa.String(length=40), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ballot_id"], ["ballots.id"], name=op.f("fk_ratings_ballot_id_ballots")
        ),
        sa.PrimaryKeyConstraint("ballot_id", "unit", name=op.f("pk_ratings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unspent",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_unspent_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_unspent")),
        sqlite_with_rowid=True,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("unspent")
    op.drop_table("ratings")
    op.drop_table("progress")
    op.drop_index(op.f("ix_invitations_case_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_index(op.f("ix_events_case_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("contacts")
    op.drop_table("wave_units")
    op.drop_table("wave_texts")
    op.drop_table("strata")
    op.drop_table("self_assessments")
    op.drop_index(op.f("ix_scorecards_wave_id"), table_name="scorecards")
    op.drop_table("scorecards")
    op.drop_index(op.f("ix_drafts_wave_id"), table_name="drafts")
    op.drop_table("drafts")
    op.drop_index("ix_cases_cell", table_name="cases")
    op.drop_table("cases")
    op.drop_table("ballots")
    op.drop_table("adjustments")
    op.drop_table("waves")
    op.drop_table("audit")
    op.drop_table("analysts")
