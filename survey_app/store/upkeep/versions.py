"""Whether the tables are those of the program that runs, and whether it may go on with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Connection, Database

OVERLAPPING, ALONE = "upgrade", "upgrade-alone"
"""What the log calls an upgrade beside which processes of before may go on, and one that they may
not."""

Kind = Literal["ours", "earlier", "later", "incompatible"]


@dataclass(frozen=True)
class Standing:
    """How the tables stand to this program. `later`: it may go on; `incompatible`: it may not."""

    kind: Kind
    at: str


def standing(database: Database) -> Standing:
    """Look at the tables: one statement, where they are ours."""
    at = migrate.current(database) or ""
    if at == migrate.HEAD:
        return Standing("ours", at)
    if not at or at in migrate.known():
        return Standing("earlier", at)
    with database.reading() as connection:
        return Standing("later" if _may_go_on(connection) else "incompatible", at)


def _may_go_on(connection: Connection) -> bool:
    """Whether every upgrade since our tables said that processes of before may go on.

    What is not known is taken for no: a restored database, or one that was changed by hand.
    """
    lines = connection.execute(
        text("SELECT action, detail FROM audit WHERE action IN (:a, :b) ORDER BY id DESC"),
        {"a": OVERLAPPING, "b": ALONE},
    )
    for action, detail in lines:
        if action != OVERLAPPING:
            return False
        if detail.split(" ")[0] == migrate.HEAD:
            return True
    return False
