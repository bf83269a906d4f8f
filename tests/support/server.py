"""A WSGI application on this machine, served as in the field, with eight threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore

from survey_app import doors
from survey_app.serving.limits import Limits
from survey_app.serving.processes import listener
from survey_app.serving.site import Site

STOP_SECONDS = 10.0


@contextmanager
def serving(app: Any, *, proxies: int = 0) -> Iterator[str]:
    """The address at which the application answers, until the block ends."""
    door = doors.largest_body(app) if isinstance(app, Flask) else lambda *_: doors.FORM_BYTES
    server = Site(app, listener("127.0.0.1", 0), Limits(door, proxies=proxies, threads=8))
    thread = threading.Thread(target=server.run, name="serving", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(STOP_SECONDS)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive(), "the server did not stop"
