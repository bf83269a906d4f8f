"""Every table, with its keys and constraints: no queries, no rules.

What keeps a respondent anonymous stands here, in the shape of the tables:

* A ballot is cast into `sealed_ballots`, sealed to the public key of its wave's epoch, beside its
  design class only. Batches of at least five of a class are opened, mixed and written to `ballots`
  and `ratings` under new random keys; then the epoch's private key is destroyed.
* While a wave is open, what can be read of it over the web is kept in `board_counts` and
  `closing_counts`, which change by five or more people at a time.
* `ballots` and `ratings` have no column, no sequence and no time that leads back to `cases`. Their
  keys are random, and on SQLite they are stored in the order of those keys (WITHOUT ROWID).
* Spending an invitation leaves nothing behind but an absence: the row of `unspent` is deleted in
  the transaction that casts the ballot, and so are `drafts` and `progress`.
* A draft is sealed with a key made from the invitation's token, which is not stored.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Column[object] | object, without_rowid: bool = False) -> Table:
    return Table(name, metadata, *parts, sqlite_with_rowid=not without_rowid)  # type: ignore[arg-type]  # columns and constraints


waves = _table(
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
    CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="closed_after_opened"),
)

wave_texts = _table(
    "wave_texts",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("path", String(200), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
)

wave_units = _table(
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
strata = _table(
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

cases = _table(
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

contacts = _table(
    "contacts",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("name", String(200), nullable=False, default=""),
    Column("phone", String(40), nullable=False, default=""),
    Column("email", String(200), nullable=False, default=""),
    Column("address", String(400), nullable=False, default=""),
)

invitations = _table(
    "invitations",
    Column("digest", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("issued_on", String(10), nullable=False),
    Column("revoked_on", String(10)),
)

unspent = _table(
    "unspent",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
)

# Where a respondent stands who has begun and not sent. Goes with the draft when the form is sent.
# The stage follows from the pages gone on from, never from what was answered on them.
progress = _table(
    "progress",
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("stage", Integer, nullable=False),  # 0 opened, 1 begun, 2 half, 3 almost done
    Column("day", String(10), nullable=False),
    CheckConstraint("stage BETWEEN 0 AND 3", name="stage"),
)

# What the office did and learnt about a case. Append-only. What a respondent does is not here.
events = _table(
    "events",
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("detail", String(400), nullable=False, default=""),
    Column("by", String(64), nullable=False, default=""),
)

drafts = _table(
    "drafts",
    Column("key", String(64), primary_key=True),  # made from the token, like the seal
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    without_rowid=True,
)

ballots = _table(
    "ballots",
    Column("id", String(32), primary_key=True),  # 128 random bits
    Column("wave_id", ForeignKey("waves.id"), nullable=False),
    Column("questionnaire", String(160), nullable=False),
    Column("version", Integer, nullable=False),
    Column("grp", String(32), nullable=False),
    Column("sample", String(32), nullable=False, default=""),
    Column("stratum", String(64), nullable=False),
    Column("psu", String(64), nullable=False, default=""),
    Column("weight", String(40), nullable=False),
    Column("fpc1", Integer),
    Column("fpc2", Integer),
    Column("mode", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("pace", String(8), nullable=False),  # coarse: how long the form took
    Column("about", Text, nullable=False),  # JSON: answers that are about no unit
    Column("order_seed", Integer),  # of the order of options, 0 to 11; None: the order as written
    without_rowid=True,
)

# A key pair whose private half lives outside the store, until the ballots sealed to it were mixed.
epochs = _table(
    "epochs",
    Column("id", String(32), primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("recovery", LargeBinary),  # the private key, sealed to the office's recovery key
    Column("is_current", Boolean, nullable=False),  # ballots are sealed to it
    Column("given_up", Integer, nullable=False, default=0),  # ballots that nobody can open any more
)
Index(
    "uq_epochs_current",
    epochs.c.wave_id,
    unique=True,
    sqlite_where=epochs.c.is_current,
    postgresql_where=epochs.c.is_current,
)

# Cast and not mixed yet. Everything but the body is what its case shows anyway.
sealed_ballots = _table(
    "sealed_ballots",
    Column("id", String(32), primary_key=True),  # 128 random bits, not those of the ballot
    Column("wave_id", ForeignKey("waves.id"), nullable=False),
    Column("epoch_id", ForeignKey("epochs.id"), nullable=False, index=True),
    Column("grp", String(32), nullable=False),
    Column("sample", String(32), nullable=False, default=""),
    Column("unit", String(32), nullable=False, default=""),
    Column("asked", String(2000), nullable=False),
    Column("home_unit", String(32), nullable=False, default=""),
    Column("stratum", String(64), nullable=False),
    Column("psu", String(64), nullable=False, default=""),
    Column("weight", String(40), nullable=False),
    Column("fpc1", Integer),
    Column("fpc2", Integer),
    Column("mode", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    without_rowid=True,
)

# What boards show of an open wave: it changes by five or more people at a time.
board_counts = _table(
    "board_counts",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("grp", String(32), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("sample", String(32), primary_key=True),
    Column("mode", String(16), primary_key=True),
    Column("begun", Integer, nullable=False),
)

# The same of what closing would do: how many classes of each size would stay too small. The line of
# size 0 holds how many forms were sent when that was counted.
closing_counts = _table(
    "closing_counts",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("size", Integer, primary_key=True),
    Column("classes", Integer, nullable=False),
)

ratings = _table(
    "ratings",
    Column("ballot_id", String(32), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("position", Integer, nullable=False),  # in the order shown
    Column("chance", String(40), nullable=False),  # of this unit being asked: 1, or k/m as "k/m"
    Column("skipped", Boolean, nullable=False),
    Column("answers", Text, nullable=False),  # JSON: item -> code
    ForeignKeyConstraint(["ballot_id"], ["ballots.id"]),
    without_rowid=True,
)

self_assessments = _table(
    "self_assessments",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("criterion", String(32), primary_key=True),
    Column("self_points", String(40)),
    Column("appraised_points", String(40)),
    Column("evidence", Text, nullable=False, default=""),
    Column("file", String(255), nullable=False),
    Column("cell", String(80), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", String(25), nullable=False),
)

# Bonus (above zero) and penalty (below) outside the fields; each line names its legal basis.
adjustments = _table(
    "adjustments",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("unit", String(32), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("points", String(40), nullable=False),
    Column("basis", String(400), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", String(25), nullable=False),
)

scorecards = _table(
    "scorecards",
    Column("id", Integer, primary_key=True),
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("fingerprint", String(64), nullable=False),  # SHA-256 of the release's manifest
    Column("version", String(32), nullable=False),  # of this program
    Column("made_at", String(25), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("scores", Text, nullable=False),  # scores.json, byte for byte
    Column("merged", Text),  # merged.json, byte for byte; None: the survey alone
    Column("release", String(400), nullable=False),  # folder, below the data folder
    Column("published_at", String(25)),
    Column("published_by", String(64)),
)

analysts = _table(
    "analysts",
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password", String(200), nullable=False),  # Argon2id
    Column("session_key", String(32), nullable=False),  # a new one signs out everywhere
    Column("created_at", String(25), nullable=False),
    Column("disabled_at", String(25)),
)

# Append-only; each line carries the hash of the one before, so that a change shows.
audit = _table(
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
guesses = _table(
    "guesses",
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", Integer, nullable=False),  # of the last one, in seconds since 1970
    without_rowid=True,
)
