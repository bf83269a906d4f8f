"""What a store of any version holds, as far as a backup has to know it.

Only columns that were there from the first version are asked for without looking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from survey_app.store.engine.database import Connection


def tables(connection: Connection) -> frozenset[str]:
    """The names of its tables."""
    return frozenset(inspect(connection).get_table_names())


def revision(connection: Connection) -> str:
    """The migration that it is at; blank where it holds nothing of ours."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def waves(connection: Connection) -> tuple[Mapping[str, Any], ...]:
    """Its waves by name: whether each is open or closed, and whether contacts are kept."""
    rows = connection.execute(
        text("SELECT name, opened_at, closed_at, contacts_purged_at FROM waves ORDER BY name")
    )
    return tuple(
        {
            "name": name,
            "state": "closed" if closed else "open" if opened else "planned",
            "has_contacts": purged is None,
        }
        for name, opened, closed, purged in rows
    )


def shown_counts(connection: Connection) -> dict[str, dict[str, int]]:
    """What is shown of each wave: of an open one, by five people at a time (`kept_counts`)."""
    if "kept_counts" not in tables(connection):
        return {}
    rows = connection.execute(
        text("""
        SELECT w.name, SUM(k.cases), SUM(k.sent), SUM(k.mixed)
        FROM kept_counts k JOIN waves w ON w.id = k.wave_id GROUP BY w.name ORDER BY w.name""")
    )
    return {
        name: {"cases": int(cases), "sent": int(sent), "mixed": int(mixed)}
        for name, cases, sent, mixed in rows
    }


def sealed_epochs(connection: Connection) -> frozenset[str]:
    """The epochs that ballots are sealed to: without their keys these cannot be read."""
    if "sealed_ballots" not in tables(connection):
        return frozenset()
    rows = connection.execute(text("SELECT DISTINCT epoch_id FROM sealed_ballots"))
    return frozenset(epoch for (epoch,) in rows)


def waves_with_sealed(connection: Connection) -> frozenset[str]:
    """The waves of which ballots are still sealed."""
    if "sealed_ballots" not in tables(connection):
        return frozenset()
    rows = connection.execute(
        text("""
        SELECT name FROM waves w
        WHERE EXISTS (SELECT 1 FROM sealed_ballots s WHERE s.wave_id = w.id)""")
    )
    return frozenset(name for (name,) in rows)


def recoverable(connection: Connection) -> frozenset[str]:
    """The epochs whose keys the office's recovery key gives back."""
    if "epochs" not in tables(connection):
        return frozenset()
    rows = connection.execute(text("SELECT id FROM epochs WHERE recovery IS NOT NULL"))
    return frozenset(epoch for (epoch,) in rows)


def evidence(connection: Connection) -> frozenset[str]:
    """The hashes of the files that units have handed in."""
    if "evidence_files" not in tables(connection):
        return frozenset()
    rows = connection.execute(text("SELECT DISTINCT sha256 FROM evidence_files"))
    return frozenset(sha256 for (sha256,) in rows)


def last_backup(connection: Connection) -> str | None:
    """When the newest backup was made that the log knows of."""
    return connection.execute(
        text("SELECT at FROM audit WHERE action = 'backup-make' ORDER BY id DESC LIMIT 1")
    ).scalar()


def backups_made(connection: Connection) -> frozenset[str]:
    """What joins each backup that this site has made with the file of its keys (`About.pair`)."""
    lines = connection.execute(text("SELECT detail FROM audit WHERE action = 'backup-make'"))
    return frozenset(detail.rpartition(" ")[2] for (detail,) in lines)
