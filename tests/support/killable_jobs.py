"""A worker that dies or fails at a chosen moment of a job.

A process of its own imports the application once and forks a child for every attempt. The moments
are those of `killable`, and every step by which a file is put in its place or thrown away.

with JobAct.of(url, folder) as act:
    died_at = act.run("kill", 17, late=60)      # "" when there was no such moment
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.killable import Blown, Fuse, listen

MOMENTS = "moments.txt"
"""Every moment of the last attempt that was not killed, one a line."""

BEGAN = datetime(2026, 8, 5, 1, tzinfo=UTC)


class JobAct:
    """The process that forks a worker for every attempt."""

    def __init__(self, process: subprocess.Popen[str], notes: Path) -> None:
        self._process, self._notes = process, notes

    @classmethod
    @contextmanager
    def of(cls, url: str, folder: Path) -> Iterator[JobAct]:
        """For a migrated store, and the folder of its shop."""
        notes = folder / "died-at.txt"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.killable_jobs", url, str(folder), str(notes)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            yield cls(process, notes)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def run(self, how: str, moment: int, late: float) -> str:
        """Do what is in the queue, `late` seconds after the beginning, and `kill` the worker or
        let it `raise` at a moment. The moment's name; "": there was none such, and all is done.
        """
        assert self._process.stdin
        assert self._process.stdout
        self._notes.unlink(missing_ok=True)
        self._process.stdin.write(f"{how} {moment} {late}\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline().strip()
        died_at = self._notes.read_text() if self._notes.exists() else ""
        expected = "9" if how == "kill" and died_at else "0"
        assert status == expected, (how, moment, died_at, status)
        return died_at


class _EveryOther(Fuse):
    """Knows no moment after a statement: whoever dies there dies before the next one."""

    names: list[str]

    def moment(self, name: str) -> None:
        """A moment at which a death could matter."""
        if name.startswith("before ") or name in {"after commit", "after replace"}:
            self.names.append(name)
            super().moment(name)

    def light(self, moments: int) -> None:
        """Die at this moment from now on; 0: never."""
        self.names = []
        super().light(moments)


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


def _do(fuse: _EveryOther, url: str, folder: Path, moment: int, late: float) -> None:
    from tests.jobs.shop import Shop

    shop = Shop(url, folder)
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
    import tests.jobs.shop  # noqa: F401 - read once, before the first fork

    for line in sys.stdin:
        how, moment, late = line.split()
        child = os.fork()
        if child == 0:
            fuse = _EveryOther(Path(notes), raises=how == "raise")
            fuse.light(0)
            status = 1
            try:
                listen(fuse)
                _listen_to_files(fuse)
                _do(fuse, url, Path(folder), int(moment), float(late))
                status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
