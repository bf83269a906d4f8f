"""Mixing now and then, while the site answers: in a thread of one process at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

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
    stopped = threading.Event()

    def break_off() -> None:
        if stopped.is_set():
            raise _BrokenOff

    mixer = replace(mixer, pause=break_off)

    def run() -> None:
        told: set[str] = set()
        looked = 0
        while not stopped.is_set():
            looked += 1
            _mix(mixer, 0 if looked % AT_LAST == 0 else WORTH_IT, told)
            stopped.wait(every)

    thread = threading.Thread(target=run, name="mixing", daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join(timeout=every)

    return stop


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
