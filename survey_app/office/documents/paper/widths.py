"""How wide words are in Times New Roman, for the lines that the decree wants as long as words."""

from __future__ import annotations

import unicodedata

_CM_OF_POINT = 2.54 / 72

_REGULAR = {
    " ": 250, "-": 333, ".": 250, ",": 250, ":": 278, "/": 278, "(": 333, ")": 333,
    **dict.fromkeys("0123456789", 500), **dict.fromkeys("ABDGHKNOQRUVXY", 722),
    **dict.fromkeys("CLETZ", 640), **dict.fromkeys("FPS", 556), "I": 333, "J": 389, "M": 889,
    "W": 944, **dict.fromkeys("bdghknopquvxy", 500), **dict.fromkeys("aceszf", 430),
    **dict.fromkeys("ijlt", 278), "r": 333, "m": 778, "w": 722,
}  # fmt: skip
_BOLD = {
    " ": 250, "-": 333, ".": 250, ",": 250, ":": 333, "/": 278, "(": 333, ")": 333,
    **dict.fromkeys("0123456789", 500), **dict.fromkeys("ACDNRUVXY", 722),
    **dict.fromkeys("GHKOQ", 778), **dict.fromkeys("BELTZ", 667), "F": 611, "P": 611, "S": 556,
    "I": 389, "J": 500, "M": 944, "W": 1000, **dict.fromkeys("bdhknpqu", 556),
    **dict.fromkeys("agovxy", 500), **dict.fromkeys("cerz", 444), "s": 389,
    **dict.fromkeys("ijl", 278), **dict.fromkeys("ft", 333), "m": 833, "w": 722,
}  # fmt: skip
"""Thousandths of the size, from the font's metrics; marks above and below take no room."""

_USUAL, _HORN = 500, 60


def width_of(text: str, size: float, *, bold: bool) -> float:
    """Centimetres that a line of words takes."""
    widths = _BOLD if bold else _REGULAR
    thousandths = 0
    for letter in unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d")):
        if not unicodedata.combining(letter):
            thousandths += widths.get(letter, _USUAL)
        elif letter == "\N{COMBINING HORN}":
            thousandths += _HORN
    return thousandths / 1000 * size * _CM_OF_POINT
