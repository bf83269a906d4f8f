"""The order of Vietnamese words, as a dictionary has it. Pure.

Letters come first (a ă â b c d đ e ê ... ư v x y, where f, j, w and z stand at their Latin
places), then tones: level, huyền, hỏi, ngã, sắc, nặng. Syllable by syllable: every name that
begins with "Ba" stands before those that begin with "Bà". Numbers are ordered as numbers:
"Phường 9" before "Phường 10". Names in no order of their own are sorted with `key`.
"""

from __future__ import annotations

import re
import unicodedata

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACES = {letter: place for place, letter in enumerate(_ALPHABET)}
_BEYOND = len(_ALPHABET)
"""Where letters of other languages begin."""

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""huyền, hỏi, ngã, sắc, nặng as marks that combine; no mark is the level tone."""

_WORDS = re.compile(r"\d+|[^\W\d_]+")

Syllable = tuple[int, int, str, tuple[int, ...], tuple[int, ...]]
"""Numbers before words; length and digits of a number; letters and tones of a word."""

Key = tuple[tuple[Syllable, ...], str]


def key(text: str) -> Key:
    """What to sort by: `sorted(names, key=collation.key)`.

    Names that differ by capitals or by marks between words alone are ordered by these at last, so
    that the order of a table never depends on the order in which its rows came.
    """
    composed = unicodedata.normalize("NFC", text)
    words = _WORDS.findall(composed.casefold())
    return tuple(map(_syllable, words)), composed.swapcase()


def _syllable(word: str) -> Syllable:
    if word[0].isdecimal():
        digits = "".join(str(unicodedata.decimal(digit)) for digit in word).lstrip("0")
        return 0, len(digits), digits, (), ()
    letters, tones = [], []
    for letter in word:
        bare, tone = _without_tone(letter)
        letters.append(_PLACES.get(bare, _BEYOND + ord(bare[0])))
        tones.append(tone)
    return 1, 0, "", tuple(letters), tuple(tone for tone in tones if tone)


def _without_tone(letter: str) -> tuple[str, int]:
    """A letter and its tone: ế gives ê and sắc, whatever order its marks came in."""
    marks = unicodedata.normalize("NFD", letter)
    tone = next((_TONES[mark] for mark in marks if mark in _TONES), 0)
    bare = "".join(mark for mark in marks if mark not in _TONES)
    return unicodedata.normalize("NFC", bare), tone
