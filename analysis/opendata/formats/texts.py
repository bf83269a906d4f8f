"""Texts of open data: within the limits of each format, cut between letters, never inside one."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping

_MORE = "…"
Labels = dict[int, str]


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


def told_apart(labels: Mapping[int, str], cut: Callable[[str, int], str], limit: int) -> Labels:
    """Labels of values within a limit; those that would then be alike end with their number."""
    short = {number: cut(text, limit) for number, text in labels.items()}
    times = Counter(short.values())
    for number, text in labels.items():
        if times[short[number]] > 1:
            end = f" [{number}]"
            short[number] = cut(text, limit - len(end)) + end
    return short


def with_end(start: str, whole: str, cut: Callable[[str, int], str], limit: int) -> str:
    """A label within a limit: where it is cut, its start is, so that the end still tells it apart.

    At most half of the limit is for the end.
    """
    text, first = one_line(whole), one_line(start)
    if cut(text, limit) == text:
        return text
    end = cut(text[len(first) :], limit // 2)
    room = next(n for n in range(limit, 0, -1) if _fits(cut(first, n) + " " + end, cut, limit))
    return f"{cut(first, room)} {end}"


def _fits(text: str, cut: Callable[[str, int], str], limit: int) -> bool:
    return cut(text, limit) == text
