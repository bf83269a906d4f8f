"""One connection of a browser, or of the proxy in front."""

from __future__ import annotations

import socket

from waitress.channel import HTTPChannel

from survey_app.serving.request import Refusal, Request

_DROPPED_AT_ONCE = 64 * 1024


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """waitress's connection, which hears a refused request out.

    Whoever closes a connection while the other side is still sending makes its system throw away
    the reply that says why. So what still comes is read and dropped, for a while.
    """

    parser_class = Request
    error_task_class = Refusal

    will_close: bool
    drops = False
    """Whether the reply is out, and what comes is dropped."""
    _was_refused = False

    def received(self, data: bytes) -> bool:
        """Take what came, and note whether something of it was refused."""
        taken = bool(super().received(data))
        self._was_refused = self._was_refused or any(each.error for each in self.requests)
        return taken

    def readable(self) -> bool:
        """Whether to wait for more from the other side."""
        return self.drops or bool(super().readable())

    def writable(self) -> bool:
        """Whether there is something to send, or to close."""
        return not self.drops and bool(super().writable())

    def handle_read(self) -> None:
        """Take what has come, or drop it."""
        if not self.drops:
            super().handle_read()
            return
        try:
            self.recv(_DROPPED_AT_ONCE)  # closes when the other side has
        except OSError:
            self.handle_close()

    def handle_close(self) -> None:
        """Close, or begin to drop what comes after a reply that refuses."""
        if self._was_refused and not self.drops and self.will_close and self.connected:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:  # the other side has gone
                pass
            else:
                self.drops, self.will_close = True, False
                return
        super().handle_close()
