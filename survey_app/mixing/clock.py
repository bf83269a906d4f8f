"""Mixing now and then, while the site answers: in a thread of one process at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from survey_app.mixing.keyring import KeyLost
from survey_app.mixing.mixing import Mixer
from survey_app.store.database import StoreBusy

_log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two mixings."""


def mixing_now_and_then(mixer: Mixer, every: float = EVERY) -> Callable[[], None]:
    """Mix in a thread until the function that is returned is called."""
    stopped = threading.Event()

    def run() -> None:
        while True:
            _mix(mixer)
            if stopped.wait(every):
                return

    thread = threading.Thread(target=run, name="mixing", daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join(timeout=every)

    return stop


def _mix(mixer: Mixer) -> None:
    try:
        mixer.prepare()
        mixer.mix_open_waves()
    except (KeyLost, StoreBusy, OSError) as error:
        _log.error("ballots could not be mixed: %s", error)
    except Exception:  # noqa: BLE001 - ballots stay sealed, and the thread goes on
        _log.exception("ballots could not be mixed")
