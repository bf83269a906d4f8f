"""Bytes as letters: what must be right about a file before anyone asks what it says.

UTF-8 without a mark, letters composed (NFC), spaces rather than tabs, nothing that cannot be seen.
An invisible character in a code would make two codes that look alike and never match.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from analysis.problems import Problem, ProblemsFound

MOST_CHARACTERS = 1_000_000
"""Far above any real text; a file beyond it was not written by a person."""

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MARK = "\ufeff"
_HARD_SPACE = "\u00a0"
"""Fine between words; in the indentation it looks like a space and is none."""


def decoded(raw: bytes, file: str) -> str:
    r"""The text of a file; line ends become `\n`, so that its fingerprint is one everywhere."""
    if len(raw) > 4 * MOST_CHARACTERS:
        raise ProblemsFound([_too_large(file)])
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise ProblemsFound([_not_utf8(raw, error.start, file)]) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def faults(text: str, file: str) -> Iterator[Problem]:
    """What is wrong with the letters themselves, line by line."""
    if len(text) > MOST_CHARACTERS:
        yield _too_large(file)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.isascii() or not line.isprintable():
            yield from _line_faults(line, number, file)


def spoken(text: str) -> str | None:
    """What an unseen or decomposed character in a text is called; None for a sound text."""
    for char in text.replace("\n", ""):
        if unicodedata.category(char) in _UNSEEN:
            return f"U+{ord(char):04X}"
    return None if unicodedata.is_normalized("NFC", text) else "a letter in decomposed form"


def _line_faults(line: str, number: int, file: str) -> Iterator[Problem]:
    shown = "".join(" " if unicodedata.category(char) in _UNSEEN else char for char in line)
    indent = len(line) - len(line.lstrip(f" -{_HARD_SPACE}"))
    for column, char in enumerate(line, start=1):
        is_hard = char == _HARD_SPACE and column <= indent
        if is_hard or unicodedata.category(char) in _UNSEEN:
            fault = _unseen(char, file, first=number == column == 1)
            yield replace(fault, line=number, column=column, text=shown)
    if not unicodedata.is_normalized("NFC", line):
        message = "a letter is written in decomposed form (its accent apart from it)"
        help_ = "save the file in Unicode form NFC (Vietnamese keyboards: `Unicode dựng sẵn`)"
        column = _first_difference(line, unicodedata.normalize("NFC", line)) + 1
        yield Problem("not-nfc", message, file, number, column, shown, help_)


def _unseen(char: str, file: str, *, first: bool) -> Problem:
    if char == "\t":
        help_ = "indent with spaces, two for a level"
        return Problem("tab", "a tab stands here", file, help=help_)
    if char == _MARK and first:
        message = "the file begins with a byte order mark"
        help_ = "save the file as `UTF-8`, not as `UTF-8 with BOM`"
        return Problem("byte-order-mark", message, file, help=help_)
    message = f"an unseen character stands here (U+{ord(char):04X})"
    return Problem("unseen-character", message, file, help="delete it")


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _not_utf8(raw: bytes, at: int, file: str) -> Problem:
    line = raw.count(b"\n", 0, at) + 1
    start = raw.rfind(b"\n", 0, at) + 1
    before = raw[start:at].decode(errors="replace")
    return Problem(
        "not-utf-8",
        f"the byte {raw[at]:#04x} does not belong in a UTF-8 text",
        file,
        line,
        len(before) + 1,
        help="save the file as UTF-8",
    )


def _too_large(file: str) -> Problem:
    return Problem(
        "file-too-large",
        f"the file holds more than {MOST_CHARACTERS} characters",
        file,
        help="put one study in one folder, one questionnaire in one file",
    )
