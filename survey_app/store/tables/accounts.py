"""Who works in the office, how they come in, what they did, and guesses at their passwords."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, String, Text

from survey_app.store.tables.schema import table

accounts = table(
    "accounts",
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password", String(200), nullable=False),  # Argon2id
    Column("once_until", String(25)),  # the password is for one sign-in, until then
    Column("created_at", String(25), nullable=False),
    Column("suspended_at", String(25)),
    Column("signed_in_at", String(25)),  # the last time
    Column("unit", String(32), nullable=False, default=""),  # whose points a unit's account enters
    Column("subject", String(400), unique=True),  # who it is at the identity provider
    Column("totp", LargeBinary),  # the phone's secret, sealed to a key outside the store
    Column("totp_step", Integer, nullable=False, default=0),  # of the last code: it counts once
)

account_roles = table(
    "account_roles",
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("role", String(32), primary_key=True),
)

# The fields of the index that an appraiser's account appraises.
account_fields = table(
    "account_fields",
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("field", String(32), primary_key=True),
)

# Codes on paper, for when the phone is lost. A code that was used is deleted.
paper_codes = table(
    "paper_codes",
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
)

# Who is in. `id` is the digest of a key that only the browser has.
sessions = table(
    "sessions",
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("since", String(25), nullable=False),
    Column("since_ticks", Float, nullable=False),  # seconds that no setting of the clock moves
    Column("seen", String(25), nullable=False),
    Column("seen_ticks", Float, nullable=False),
    Column("browser", String(64), nullable=False),  # such as "Chrome, Windows"; never an address
    Column("device", String(64), nullable=False),  # a digest: two sessions of one browser share it
    Column("by", String(16), nullable=False),  # "password" or "provider"
    Column("has_second_factor", Boolean, nullable=False),  # it was asked, and right
    without_rowid=True,
)

# Sign-ins from browsers that an account had not used before, until its holder has seen them.
new_devices = table(
    "new_devices",
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("device", String(64), nullable=False),
    Column("browser", String(64), nullable=False),
    Column("at", String(25), nullable=False),
)

# With which the first account is made, while there is none. One line at most.
setup_codes = table(
    "setup_codes",
    Column("digest", String(64), primary_key=True),
    Column("made_at", String(25), nullable=False),
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
