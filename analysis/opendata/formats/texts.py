"""Texts of open data: within the limits of each format, cut between letters, never inside one."""

from __future__ import annotations

import unicodedata

_MORE = "…"


def cut_bytes(text: str, limit: int) -> str:
    """A text of at most so many bytes of UTF-8; what was cut ends with an ellipsis."""
    plain = one_line(text)
    if len(plain.encode()) <= limit:
        return plain
    room = limit - len(_MORE.encode())
    return plain.encode()[:room].decode(errors="ignore").rstrip() + _MORE


def cut_letters(text: str, limit: int) -> str:
    """A text of at most so many letters."""
    plain = one_line(text)
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + _MORE


def one_line(text: str) -> str:
    """A text in its composed form (NFC), without line breaks."""
    return " ".join(unicodedata.normalize("NFC", text).split())
