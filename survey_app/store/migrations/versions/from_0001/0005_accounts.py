"""Analysts become accounts that hold roles, with a second factor and a list of their sessions."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_UP_TO_NOW = ("administrator", "analyst", "approver")
"""What everybody could do before there were roles."""


def upgrade() -> None:
    """Keep every account, with the roles of what it could do; whoever is in signs in again."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("once_until", sa.String(25), nullable=True),
        sa.Column("created_at", sa.String(25), nullable=False),
        sa.Column("suspended_at", sa.String(25), nullable=True),
        sa.Column("signed_in_at", sa.String(25), nullable=True),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(400), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_accounts_name")),
        sa.UniqueConstraint("subject", name=op.f("uq_accounts_subject")),
    )
    for table, column in (("account_roles", "role"), ("account_fields", "field")):
        _of_accounts(table, sa.Column(column, sa.String(32), nullable=False))
    _of_accounts("paper_codes", sa.Column("digest", sa.String(64), nullable=False))
    _make_sessions()
    op.create_table(
        "setup_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.String(25), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_setup_codes")),
    )
    op.execute(
        "INSERT INTO accounts (id, name, password, created_at, suspended_at, unit, totp_step) "
        "SELECT id, name, password, created_at, disabled_at, '', 0 FROM analysts"
    )
    for role in _UP_TO_NOW:
        op.execute(
            f"INSERT INTO account_roles (account_id, role) SELECT id, '{role}' FROM analysts"
        )
    _go_on_counting("accounts")
    op.drop_table("analysts")


def downgrade() -> None:
    """Go back: everybody may do everything again, and no second factor is asked."""
    op.create_table(
        "analysts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("session_key", sa.String(32), nullable=False),
        sa.Column("created_at", sa.String(25), nullable=False),
        sa.Column("disabled_at", sa.String(25), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysts")),
        sa.UniqueConstraint("name", name=op.f("uq_analysts_name")),
    )
    # Accounts of fewer roles stay shut: they could do more than they may.
    everything = (
        "(SELECT COUNT(*) FROM account_roles WHERE account_id = accounts.id "
        f"AND role IN {_UP_TO_NOW}) = {len(_UP_TO_NOW)}"
    )
    op.execute(
        "INSERT INTO analysts (id, name, password, session_key, created_at, disabled_at) "
        "SELECT id, name, password, '', created_at, CASE WHEN once_until IS NULL "
        f"AND {everything} THEN suspended_at ELSE COALESCE(suspended_at, created_at) END "
        "FROM accounts"
    )
    _go_on_counting("analysts")
    numbers = op.get_bind().execute(sa.text("SELECT id FROM analysts")).scalars().all()
    for number in numbers:  # nobody is in, and nobody can guess the way
        new = sa.text("UPDATE analysts SET session_key = :key WHERE id = :id")
        op.get_bind().execute(new, {"key": secrets.token_hex(16), "id": number})
    for table in ("setup_codes", "new_devices", "sessions"):
        op.drop_table(table)
    for table in ("paper_codes", "account_fields", "account_roles", "accounts"):
        op.drop_table(table)


def _of_accounts(name: str, column: sa.Column[str]) -> None:
    op.create_table(
        name,
        sa.Column("account_id", sa.Integer(), nullable=False),
        column,
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{name}_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", column.name, name=op.f(f"pk_{name}")),
    )


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(25), nullable=False),
        sa.Column("since_ticks", sa.Float(), nullable=False),
        sa.Column("seen", sa.String(25), nullable=False),
        sa.Column("seen_ticks", sa.Float(), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"])
    op.create_table(
        "new_devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("at", sa.String(25), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_new_devices_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_new_devices")),
    )
    op.create_index(op.f("ix_new_devices_account_id"), "new_devices", ["account_id"])


def _go_on_counting(table: str) -> None:
    """Let PostgreSQL number new rows after those that were copied with their numbers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
            f"COALESCE((SELECT MAX(id) FROM {table}), 0) + 1, false)"
        )
