"""A process that runs while a later version upgrades the tables notices it by itself.

Where that version says that processes of before may go on, it goes on and asks to be restarted.
Where it does not, nothing is read or written any more, for whatever is asked: each statement could
fail by itself, or worse, succeed and mean something else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from survey_app.background import beside
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.upkeep import versions
from survey_app.store.upkeep.versions import Standing

_log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two looks: one statement, for all that a process does."""

RESTART = "restart this site with the version that is installed now"


class Tables:
    """What one process knows of the tables of its store; all its threads share it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = Standing("ours", migrate.HEAD)
        self._lock = threading.Lock()

    def look(self) -> Standing:
        """Look at them, and say in the log when they have changed.

        Raises
        ------
        StoreBusy
            When they cannot be seen.
        """
        with self._lock:
            if self._known.kind == "incompatible":
                return self._known
            before, self._known = self._known, versions.standing(self._database)
            if self._known != before:
                self._tell(self._known)
            return self._known

    def _tell(self, now: Standing) -> None:
        if now.kind == "later":
            _log.warning("%s; this process goes on with them: %s", _changed(now), RESTART)
        if now.kind == "incompatible":
            self._database.closed_because = f"{_changed(now)}: {RESTART}"
            _log.error("%s; this process answers nobody any more: %s", _changed(now), RESTART)


def fault(now: Standing) -> str:
    """Why answers cannot be taken with tables that stand so; empty where they can."""
    if now.kind in ("ours", "later"):
        return ""
    if now.kind == "incompatible":
        return f"{_changed(now)}: {RESTART}"
    return f"the tables are at {now.at or 'nothing'}, this program's at {migrate.HEAD}"


def remark(now: Standing) -> str:
    """What is to be done although answers can be taken; empty where there is nothing."""
    return f"{_changed(now)}: {RESTART}, when it suits" if now.kind == "later" else ""


def _changed(now: Standing) -> str:
    return f"a later version of this program has brought the tables to {now.at}"


def noticing(tables: Tables, every: float = EVERY) -> Callable[[], None]:
    """Look in a thread until the function that is returned is called."""

    def run(stopped: threading.Event) -> None:
        while not stopped.wait(every):
            _look(tables)

    return beside("tables", run, every)


def wait_until_ours(tables: Tables, stopped: threading.Event, every: float = EVERY) -> None:
    """Wait until the tables are those of this program, or it is told to stop.

    A worker that a site of before has started anew may be of the version that was installed
    meanwhile: it begins when somebody has upgraded the tables.
    """
    is_told = False
    while not stopped.is_set():
        now = _look(tables)
        if now and not fault(now):
            return
        if now and not is_told:
            _log.warning("a worker waits: %s", fault(now))
            is_told = True
        stopped.wait(every)


def _look(tables: Tables) -> Standing | None:
    try:
        return tables.look()
    except StoreBusy:  # whoever uses it hears of that
        return None
