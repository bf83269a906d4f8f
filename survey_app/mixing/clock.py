"""Mixing now and then, while the site answers: in a thread of one process at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from survey_app.background import beside
from survey_app.mixing.keyring import KeyLost
from survey_app.mixing.mixing import Mixer
from survey_app.store.engine.database import TablesChanged

_log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two mixings."""

WORTH_IT = 0.25
"""What is not mixed must be sealed anew: it is done when so large a share of it can be mixed..."""

AT_LAST = 20
"""...or when it was looked at so many times."""


def mixing_now_and_then(mixer: Mixer, every: float = EVERY) -> Callable[[], None]:
    """Mix in a thread until the function that is returned is called, which does not wait long.

    A mixing that is going on is broken off between two transactions; the next one goes on from
    there, as after a crash.
    """

    def run(stopped: threading.Event) -> None:
        def break_off() -> None:
            if stopped.is_set():
                raise _BrokenOff

        told: set[str] = set()
        looked, breakable = 0, replace(mixer, pause=break_off)
        while not stopped.is_set():
            looked += 1
            _mix(breakable, 0 if looked % AT_LAST == 0 else WORTH_IT, told)
            stopped.wait(every)

    return beside("mixing", run, every)


class _BrokenOff(Exception):
    """The site is told to stop."""


def _mix(mixer: Mixer, share: float, told: set[str]) -> None:
    try:
        tell_of_lost(mixer.epochs.prepare(), told)
        mixer.mix_all(share)
    except (_BrokenOff, TablesChanged):
        return
    except Exception:  # noqa: BLE001 - ballots stay sealed, and the thread goes on
        _log.exception("ballots could not be mixed")


def tell_of_lost(lost: tuple[KeyLost, ...], told: set[str]) -> None:
    """Say once of each lost key where it should be."""
    for key in lost:
        if key.epoch not in told:
            _log.error("%s", key)
            told.add(key.epoch)
