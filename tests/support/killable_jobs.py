"""A worker that dies or fails at a chosen moment of a job.

A process of its own imports the application once and forks a child for every attempt. The moments
are those of `killable`, and every step by which a file is put in its place or thrown away.

with JobAct.of(url, folder) as act:
    died_at = act.run("kill", 17, 60)           # a minute late; "" when there was no such moment
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.forking import Act
from tests.support.killable import Blown, Fuse, WhereSomethingChanges, listen

MOMENTS = "moments.txt"
"""Every moment of the last attempt that was not killed, one a line."""

BEGAN = datetime(2026, 8, 5, 1, tzinfo=UTC)


class JobAct(Act):
    """Forks a worker for every attempt, which does what is in the queue: so many seconds late."""

    module = "tests.support.killable_jobs"


def _listen_to_files(fuse: Fuse) -> None:
    def watched(run: Callable[..., Any], name: str) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            fuse.moment(f"before {name}")
            result = run(*arguments, **named)
            fuse.moment(f"after {name}")
            return result

        return step

    for name in ("replace", "unlink", "write_bytes"):
        setattr(Path, name, watched(getattr(Path, name), name))
    shutil.rmtree = watched(shutil.rmtree, "rmtree")  # type: ignore[assignment]


def _do(fuse: WhereSomethingChanges, shop: Any, moment: int, late: float) -> None:
    folder = shop.path
    shop.now = BEGAN + timedelta(seconds=late)
    fuse.light(moment)
    if moment:
        with suppress(Blown):
            shop.worker().do()
        (folder / MOMENTS).write_text("\n".join(fuse.names))
    else:
        shop.worker().run(until_idle=True)
    fuse.light(0)
    shop.database.close()


def main(url: str, folder: str, notes: str) -> None:
    """Fork a child for every line read, one after another; write how it ended."""
    from tests.jobs.shop import Shop

    shop = Shop(url, Path(folder))
    shop.database.close()  # a connection is of one process
    for line in sys.stdin:
        how, moment, late = line.split()
        child = os.fork()
        if child == 0:
            fuse = WhereSomethingChanges(Path(notes), raises=how == "raise")
            fuse.light(0)
            status = 1
            try:
                listen(fuse)
                _listen_to_files(fuse)
                _do(fuse, shop, int(moment), float(late))
                status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
