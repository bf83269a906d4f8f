"""A WSGI application on this machine, served as in the field, with eight threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from survey_app import doors
from survey_app.serving.limits import Limits
from survey_app.serving.processes import listener
from survey_app.serving.site import Site

STOP_SECONDS = 10.0


@contextmanager
def serving(app: Any, **limits: Any) -> Iterator[str]:
    """The address at which the application answers, until the block ends."""
    door = doors.largest_body(app) if isinstance(app, Flask) else lambda *_: doors.FORM_BYTES
    server = Site(app, listener("127.0.0.1", 0), Limits(door, **{"threads": 8, **limits}))
    thread = threading.Thread(target=server.run, name="serving", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.stop()
        thread.join(STOP_SECONDS)
        assert not thread.is_alive(), "the server did not stop"
