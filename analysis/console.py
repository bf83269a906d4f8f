"""What a command prints is UTF-8, on every system and into every file."""

from __future__ import annotations

import io
import sys


def print_in_utf8() -> None:
    """Let this process print in UTF-8, whatever the console's own encoding.

    A Vietnamese Windows gives programs cp1258, which has no place for most composed letters; what
    they print into a file or a pipe then ends in an error. A name of a file that is not UTF-8
    itself leaves as the bytes that it is.
    """
    for stream, otherwise in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=otherwise)
