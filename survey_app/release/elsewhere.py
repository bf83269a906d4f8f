"""What takes much memory is done by a process of its own, and the memory goes when it ends.

A worker that does jobs stays small for as long as it lives, and neither it nor a process that
serves phones ever loads Arrow.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_app.settings import HERE
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.waves import NoSuchWave, Refused, Wave

Pause = Callable[[], None]
"""Where somebody may say that a result is no longer wanted, by raising."""

_LONGEST_SECONDS = 3600
_PAUSE = 0.25


class ReleaseError(Refused):
    """The wave cannot be released; the message says why."""


@dataclass(frozen=True)
class Release:
    """A folder that was written. `fingerprint` is the SHA-256 of its manifest."""

    folder: Path
    fingerprint: str
    ratings: int
    min_group: int


@dataclass(frozen=True)
class Done:
    """How a process ended: its status, what it wrote, and what it said."""

    status: int
    written: str
    words: str


def write(
    database: Database,
    wave: Wave,
    folder: Path,
    *,
    every_form: bool = False,
    packed: Path | None = None,
    pause: Pause = lambda: None,
) -> Release:
    """What `writing.write` writes, by another process.

    Raises
    ------
    ReleaseError, NoSuchWave, StoreBusy
    """
    packed_at = str(packed) if packed else None
    how = {"folder": str(folder), "every_form": every_form, "packed": packed_at}
    told = _asked(database, wave, how, pause)
    return Release(Path(told.pop("folder")), **told)


def fingerprint(database: Database, wave: Wave, folder: Path) -> str:
    """What `writing.fingerprint` finds, by another process.

    Raises
    ------
    ReleaseError, NoSuchWave, StoreBusy
    """
    told = _asked(database, wave, {"folder": str(folder), "only": "fingerprint"}, lambda: None)
    return str(told["fingerprint"])


def _asked(database: Database, wave: Wave, how: dict[str, Any], pause: Pause) -> dict[str, Any]:
    url = database.url.render_as_string(hide_password=False)  # not for all to see, as an argument
    order = json.dumps({"url": url, "wave": wave.name, **how})
    done = run([sys.executable, "-m", "survey_app.release"], pause, order)
    if done.status:
        raise RuntimeError(f"the release was not written: {done.words.strip()}")
    told: dict[str, Any] = json.loads(done.written)
    if "refused" in told:
        slug, message, values = told["refused"]
        raise ReleaseError(slug, message, **values)
    if "no_such_wave" in told:
        raise NoSuchWave(told["no_such_wave"])
    if "busy" in told:
        raise StoreBusy(told["busy"])
    return told


def run(command: Sequence[str], pause: Pause, told: str = "") -> Done:
    """Have something done by a process, which is told what to do and ended when it takes an hour.

    `pause` is called now and then meanwhile; what it raises ends the process.

    Raises
    ------
    subprocess.TimeoutExpired
    """
    with subprocess.Popen(
        command,
        cwd=HERE,
        encoding="utf-8",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            written, words = _outcome(process, pause, told)
        finally:
            process.kill()
    return Done(process.returncode, written, words)


def _outcome(process: subprocess.Popen[str], pause: Pause, told: str | None) -> tuple[str, str]:
    end = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return process.communicate(told, timeout=_PAUSE)
        except subprocess.TimeoutExpired:
            if time.monotonic() > end:
                raise
        told = None  # it knows
        pause()
