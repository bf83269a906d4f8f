"""The mixing of ballots by a process that dies or fails at a chosen moment.

A process of its own imports the application once and forks a child for every act. The moments are
those of `killable` (for a death those at which something changes), every `pause` of the mixing, and
every step by which a key is written, put in its place or destroyed. A child that fails does the act
again by the same objects, as the site's own thread would.

with MixingAct.of(url, folder) as act:
    died_at = act.run("kill", 17, "mix")        # "" when there was no such moment
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.forking import Act
from tests.support.killable import KEY, Blown, Fuse, WhereSomethingChanges, listen


class MixingAct(Act):
    """Forks a child for every act."""

    module = "tests.support.killable_mixing"


def _listen_to_files(fuse: Fuse) -> None:
    """Tell the fuse of every step at which a key could be half written or half destroyed."""

    def watched(run: Callable[..., Any], name: str) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            fuse.moment(f"before {name}")
            result = run(*arguments, **named)
            fuse.moment(f"after {name}")
            return result

        return step

    os.fsync = watched(os.fsync, "fsync")
    for name in ("replace", "unlink"):
        setattr(Path, name, watched(getattr(Path, name), name))


def _do(fuse: Fuse, house: Any, moment: int, act: str) -> None:
    from survey_app.conduct import closing, opening
    from survey_app.store import waves
    from survey_app.store.waves import Refused

    mixer = replace(house.mixer, pause=lambda: fuse.moment("pause"))
    house.mixer = mixer
    with house.database.reading() as connection:
        wave = waves.list_(connection)[0]
    acts: dict[str, Callable[[], object]] = {
        "mix": lambda: mixer.mix(wave),
        "prepare": mixer.epochs.prepare,
        "open": lambda: opening.open_(house, wave.name, "lan"),
        "close": lambda: closing.close(house, wave.name, "lan", accepted=True),
        "tidy": lambda: mixer.mix_all(wait=True),
    }
    fuse.light(moment)
    try:
        acts[act]()
    except Blown:
        fuse.light(0)
        with suppress(Refused):  # done already: it failed after that
            acts[act]()
    fuse.light(0)


def main(url: str, folder: str, notes: str) -> None:
    """Fork a child for every line read, one after another; write how it ended."""
    import survey_app.conduct.closing
    import survey_app.conduct.opening  # noqa: F401 - read once, before the first fork
    from survey_app.settings import Settings
    from survey_app.store.engine.database import Database
    from survey_app.web import House

    house = House(Settings(Path(folder), url, KEY), Database(url))  # which no one has reached yet
    for line in sys.stdin:
        how, moment, act = line.split()
        child = os.fork()
        if child == 0:
            fuse = (
                Fuse(Path(notes), raises=True)
                if how == "raise"
                else WhereSomethingChanges(Path(notes))
            )
            listen(fuse)
            _listen_to_files(fuse)
            status = 1
            try:
                _do(fuse, house, int(moment), act)
                status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
