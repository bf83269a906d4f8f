"""What a process does beside its requests: in a thread, until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable


def beside(
    name: str, run: Callable[[threading.Event], None], wait: float | None = None
) -> Callable[[], None]:
    """Run in a thread until the function that is returned is called.

    `run` is handed what says that it is to stop, and looks at it now and then; whoever stops it
    waits for its end, at most so many seconds.
    """
    stopped = threading.Event()
    thread = threading.Thread(target=run, args=(stopped,), name=name, daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join(timeout=wait)

    return stop
