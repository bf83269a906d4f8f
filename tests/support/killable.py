"""The application served by a process that dies at a chosen moment, as if the power had gone.

A process of its own imports the application once and forks a server for every start. While one
request is served it counts the moments at which a death could matter: before and after every
statement and every commit, and before the reply leaves. At the chosen one it is gone: nothing is
closed, nothing rolled back, nothing said. Production code knows nothing of this.

with Killable.of(url) as server:
    server.start(); server.die_at(3)        # in the next request, at its third moment
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.support.forking import Forking

KEY = "k" * 40
ARM = "/-die-at/"
EVERY_FAULT = (OSError, http.client.HTTPException)
"""What a client sees of a server that died."""


class Blown(Exception):
    """What is raised where a process is not to die but to fail."""


class Fuse:
    """Counts the moments of one request; at the chosen one, the process is gone, or fails."""

    def __init__(self, notes: Path, *, raises: bool = False) -> None:
        self._notes, self._left, self._raises = notes, 0, raises

    def light(self, moments: int) -> None:
        """Die at this moment from now on; 0: never."""
        self._left = moments

    def moment(self, name: str) -> None:
        """A moment at which a death could matter."""
        if self._left:
            self._left -= 1
            if self._left == 0:
                self._notes.write_text(name)
                if self._raises:
                    raise Blown(name)
                os._exit(9)


LOOKS = ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "LOCK")
"""What statements begin with that change nothing in the store."""


class WhereSomethingChanges(Fuse):
    """Knows no moment between which and the next one nothing changes that outlives a process.

    Whoever dies after a statement dies before the next one, and whoever dies before a look at the
    store leaves it as one does who dies before the next change.
    """

    def __init__(self, notes: Path, *, raises: bool = False) -> None:
        super().__init__(notes, raises=raises)
        self.names: list[str] = []

    def moment(self, name: str) -> None:
        """A moment at which a death could matter."""
        when, _, what = name.partition(" ")
        is_look = what.startswith(LOOKS)
        if (when != "after" and not is_look) or what.lower() in {"commit", "replace"}:
            self.names.append(name)
            super().moment(name)

    def light(self, moments: int) -> None:
        """Die at this moment from now on; 0: never."""
        self.names = []
        super().light(moments)


def listen(fuse: Fuse) -> None:
    """Tell the fuse of every statement and every commit of this process."""
    from sqlalchemy import Engine, event
    from sqlalchemy.engine.default import DefaultDialect

    from survey_app.store.engine.statement import Statement

    def told(when: str) -> Callable[..., None]:
        return lambda _c, _k, statement, *_: fuse.moment(f"{when} {' '.join(statement.split())}")

    event.listen(Engine, "before_cursor_execute", told("before"))
    event.listen(Engine, "after_cursor_execute", told("after"))
    for way in ("on", "for_each"):
        setattr(Statement, way, _watched(getattr(Statement, way), fuse))
    commit = DefaultDialect.do_commit

    def do_commit(dialect: Any, connection: Any) -> None:
        fuse.moment("before commit")
        commit(dialect, connection)
        fuse.moment("after commit")

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _watched(run: Callable[..., Any], fuse: Fuse) -> Callable[..., Any]:
    """A statement of the hot path, which no event of SQLAlchemy tells of."""

    def watched(statement: Any, *values: Any) -> Any:
        fuse.moment(f"before {' '.join(statement.sql.split())}")
        result = run(statement, *values)
        fuse.moment(f"after {' '.join(statement.sql.split())}")
        return result

    return watched


def fused(app: Any, fuse: Fuse) -> Callable[..., Iterable[bytes]]:
    """The application, with an address at which its fuse is lit."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(ARM):
            fuse.light(int(path.removeprefix(ARM)))
            start("204 No Content", [])
            return [b""]
        body = b"".join(app(environ, start))
        if not path.startswith("/healthz"):
            fuse.moment("before the reply")
        fuse.light(0)
        return [body]

    return answer


def serve(url: str, notes: Path) -> None:
    """One server, until it dies; its port is the first line that it writes."""
    from survey_app import doors
    from survey_app.app import create_app
    from survey_app.serving.limits import Limits
    from survey_app.serving.processes import listener
    from survey_app.serving.site import Site
    from survey_app.settings import Settings

    fuse = Fuse(notes)
    listen(fuse)
    app = create_app(Settings(notes.parent, url, KEY))
    limits = Limits(doors.largest_body(app), threads=8)
    server = Site(fused(app, fuse), listener("127.0.0.1", 0), limits)
    sys.stdout.write(f"{server.effective_port}\n")
    sys.stdout.flush()
    server.run()


class Killable(Forking):
    """Forks servers; the one that is up answers at `port`."""

    module = "tests.support.killable"
    port = 0

    @property
    def base(self) -> str:
        """Where the server answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """A fresh server, once the last one is gone."""
        self.port = int(self.told("start"))

    def die_at(self, moment: int) -> None:
        """Die in the next request, at this moment of it; 0: do not die."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", f"{ARM}{moment}")
        connection.getresponse().read()
        connection.close()

    def died_at(self) -> str:
        """The moment at which it died; empty while it lives."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            if self._notes.exists() and (said := self._notes.read_text()):
                return said
            time.sleep(0.01)
        return ""


def main(url: str, _folder: str, notes: str) -> None:
    """Fork a server for every line read, one after another."""
    import survey_app.app  # noqa: F401 - read once, before the first fork

    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            serve(url, Path(notes))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
