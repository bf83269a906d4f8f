"""Texts in files that a spreadsheet may open: it shows them, and never runs them."""

from __future__ import annotations

import re

_STARTS_A_FORMULA = re.compile(r"(?:^|(?<=[;,\t\r\n]))(?=[=+\-@\t\r\n\0＝＋－＠])")
"""Where a spreadsheet would begin to calculate, wide letters too. Also behind what it may take for
the end of a cell: by the settings of a Vietnamese machine that is a semicolon, and by a tab any."""
_GUARDED = re.compile(r"(?:^|(?<=[;,\t\r\n]))'(?=[=+\-@\t\r\n\0＝＋－＠])")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")


def guarded(text: str) -> str:
    """A text with an apostrophe wherever a spreadsheet would begin to calculate."""
    return _STARTS_A_FORMULA.sub("'", text)


def unguarded(text: str) -> str:
    """The text that was guarded, for files that no spreadsheet opens."""
    return _GUARDED.sub("", text)


def runs(text: str) -> bool:
    """Whether a spreadsheet would run a text; a number such as -1 is only itself."""
    return not _NUMBER.fullmatch(text) and _STARTS_A_FORMULA.search(text) is not None
