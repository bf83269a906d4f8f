"""A WSGI application on this machine, served as in the field: by waitress, with eight threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

STOP_SECONDS = 10.0


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address at which the application answers, until the block ends."""
    server = create_server(
        app,
        host="127.0.0.1",
        port=0,
        threads=8,
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    thread = threading.Thread(target=server.run, name="serving", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(STOP_SECONDS)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive(), "the server did not stop"
