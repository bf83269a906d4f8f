"""Who works in the office, what they did, and guesses at their passwords."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Text

from survey_app.store.tables.schema import table

analysts = table(
    "analysts",
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password", String(200), nullable=False),  # Argon2id
    Column("session_key", String(32), nullable=False),  # a new one signs out everywhere
    Column("created_at", String(25), nullable=False),
    Column("disabled_at", String(25)),
)

# Append-only; each line carries the hash of the one before, so that a change shows.
audit = table(
    "audit",
    Column("id", Integer, primary_key=True),
    Column("at", String(25), nullable=False),
    Column("who", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

# Guesses at passwords. `key` is made from a name, an address or a device under the site's own key:
# neither can be read here.
guesses = table(
    "guesses",
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", Integer, nullable=False),  # of the last one, in seconds since 1970
    without_rowid=True,
)
