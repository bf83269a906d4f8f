"""Ballots, sealed and mixed, and what of them is shown before a wave is closed."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)

from survey_app.store.tables.schema import table

drafts = table(
    "drafts",
    Column("key", String(64), primary_key=True),  # made from the token, like the seal
    Column("wave_id", ForeignKey("waves.id"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    without_rowid=True,
)

ballots = table(
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
epochs = table(
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
sealed_ballots = table(
    "sealed_ballots",
    Column("id", String(32), primary_key=True),  # of its class, and 96 random bits
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

# What closing an open wave would do, as shown, which changes by five or more people at a time: how
# many classes of each size would stay too small. The line of size 0 holds how many forms were sent
# when that was counted.
closing_counts = table(
    "closing_counts",
    Column("wave_id", ForeignKey("waves.id"), primary_key=True),
    Column("size", Integer, primary_key=True),
    Column("classes", Integer, nullable=False),
)

ratings = table(
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
