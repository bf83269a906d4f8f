"""Self-assessment and appraisal: stages, the history of points, questions, evidence, deadlines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

ALONE = "points that a process of before writes would have no history"

_WAVE = "wave_id"


def upgrade() -> None:
    """Make the tables; points that are there are the first of their history, and submitted."""
    op.create_table(
        "assessments",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.String(25)),
        sa.Column("submitted_by", sa.String(64)),
        sa.Column("receipt", sa.String(16)),
        sa.Column("agreed_at", sa.String(25)),
        sa.Column("agreed_by", sa.String(64)),
        sa.Column("sent_back", sa.Text()),
        _of_wave("assessments"),
        sa.PrimaryKeyConstraint("wave_id", "unit", name=op.f("pk_assessments")),
    )
    op.create_table(
        "assessment_deadlines",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("submit_by", sa.String(25)),
        sa.Column("answer_by", sa.String(25)),
        _of_wave("assessment_deadlines"),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_assessment_deadlines")),
    )
    op.create_table(
        "point_history",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("criterion", sa.String(32), nullable=False),
        sa.Column("whose", sa.String(9), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("points", sa.String(40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("cell", sa.String(80), nullable=False),
        sa.Column("entered_by", sa.String(64), nullable=False),
        sa.Column("entered_at", sa.String(25), nullable=False),
        _of_wave("point_history"),
        sa.PrimaryKeyConstraint(
            "wave_id", "unit", "criterion", "whose", "version", name=op.f("pk_point_history")
        ),
        sa.CheckConstraint("whose IN ('own', 'appraised')", name=op.f("ck_point_history_whose")),
    )
    op.create_table(
        "point_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("criterion", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.String(25), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_by", sa.String(64)),
        sa.Column("answered_at", sa.String(25)),
        _of_wave("point_questions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_questions")),
    )
    op.create_table(
        "evidence_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("criterion", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", sa.String(25), nullable=False),
        _of_wave("evidence_files"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_files")),
    )
    op.create_index(op.f("ix_evidence_files_sha256"), "evidence_files", ["sha256"])
    op.create_table(
        "point_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("whose", sa.String(9), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.String(25), nullable=False),
        _of_wave("point_imports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_imports")),
        sa.CheckConstraint("whose IN ('own', 'appraised')", name=op.f("ck_point_imports_whose")),
    )
    for table in ("point_questions", "evidence_files", "point_imports"):
        op.create_index(op.f(f"ix_{table}_wave_id"), table, ["wave_id"])
    for statement in _FROM_BEFORE:
        op.execute(statement)


_FROM_BEFORE = (
    """INSERT INTO point_history (wave_id, unit, criterion, whose, version, points, words, file,
                                  cell, entered_by, entered_at)
       SELECT wave_id, unit, criterion, 'own', 1, self_points, evidence, file, cell, entered_by,
              entered_at FROM self_assessments WHERE self_points IS NOT NULL""",
    """INSERT INTO point_history (wave_id, unit, criterion, whose, version, points, words, file,
                                  cell, entered_by, entered_at)
       SELECT wave_id, unit, criterion, 'appraised', 1, appraised_points, '', file, '',
              entered_by, entered_at FROM self_assessments WHERE appraised_points IS NOT NULL""",
    """INSERT INTO assessments (wave_id, unit, version, submitted_at, submitted_by)
       SELECT wave_id, unit, 1, MAX(entered_at), MAX(entered_by) FROM self_assessments
       GROUP BY wave_id, unit""",
)


def downgrade() -> None:
    """Points stay; what was typed and not submitted would count, so it goes."""
    op.execute(
        """DELETE FROM self_assessments WHERE appraised_points IS NULL AND NOT EXISTS (
               SELECT 1 FROM assessments a WHERE a.wave_id = self_assessments.wave_id
                   AND a.unit = self_assessments.unit AND a.submitted_at IS NOT NULL)"""
    )
    for table in (
        "point_imports",
        "evidence_files",
        "point_questions",
        "point_history",
        "assessment_deadlines",
        "assessments",
    ):
        op.drop_table(table)


def _of_wave(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([_WAVE], ["waves.id"], name=op.f(f"fk_{table}_wave_id_waves"))
