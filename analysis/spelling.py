"""Labels that differ only in how they are spelled, and how.

A village is `Thôn Hoà Bình` in one row and `Thôn Hòa Bình` in another: two labels to a program, one
village to whoever wrote them. Nothing is joined by itself, because only people know whether two
labels mean the same; but they have to be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")  # grave, acute, tilde, hook above, dot below
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f]"
)
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_QUOTES = {ord(mark): "'" for mark in "\u2018\u2019\u02bc`"} | {ord(m): '"' for m in "\u201c\u201d"}
_BETWEEN_WORDS = re.compile(r"([\s.,;:/()'\"_+-]+)")

_CYRILLIC = ("АВЕЅІЈКМНОРСТУХҮԚԜаеѕіјорсухһԁԛԝӏк", "ABESIJKMHOPCTYXYQWaesijopcyxhdqwlk")
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανικϲϳ", "ABEZHIKMNOPTYXoavikcj")
_LATIN = ("ÐƉðɖıɡɑ", "ĐĐđđiga")  # Eth and African D, a dotless i, the script g and a of phonetics
_LOOK_ALIKES = {
    ord(letter): plain
    for letters, plain_letters in (_CYRILLIC, _GREEK, _LATIN)
    for letter, plain in zip(letters, plain_letters, strict=True)
}
_FINAL_Y = re.compile(r"(?<=[bcdđghklmnpqrstvx])y$|(?<=^qu)y$", re.IGNORECASE)


def alike(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Sets of different labels that have one skeleton, in the order in which they are met."""
    by_skeleton: dict[str, dict[str, None]] = {}
    for label in dict.fromkeys(labels):
        by_skeleton.setdefault(skeleton(label), {})[label] = None
    return [tuple(several) for several in by_skeleton.values() if len(several) > 1]


def skeleton(label: str) -> str:
    """What labels that differ only in spelling have in common.

    Capitals, blanks, signs that cannot be seen, the composition of letters, letters of other
    scripts that look alike, the place of the tone mark (`hoà`, `hòa`) and y for i (`Mỹ`, `Mĩ`) make
    no difference; the tone itself and the vowels do.
    """
    return _without(label, _STEPS)


def differences(label: str, other: str) -> str:
    """In words, how two labels of one skeleton differ: `capitals, blanks`."""
    for step in _STEPS:
        if step(label) == step(other):
            return _NAMES[step]
    needed = [
        _NAMES[step]
        for step in _STEPS
        if _without(label, _others(step)) != _without(other, _others(step))
    ]
    is_composed = unicodedata.is_normalized("NFC", label)
    if is_composed != unicodedata.is_normalized("NFC", other):
        needed.insert(0, _NAMES[_composed])
    return ", ".join(dict.fromkeys(needed)) or "spelling"


def _without(label: str, steps: Iterable[Callable[[str], str]]) -> str:
    for step in steps:
        label = step(label)
    return label


def _others(step: Callable[[str], str]) -> list[Callable[[str], str]]:
    return [each for each in _STEPS if each is not step]


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _seen(text: str) -> str:
    return _UNSEEN.sub("", text)


def _single_blanks(text: str) -> str:
    return " ".join(text.split())


def _small_letters(text: str) -> str:
    return text.casefold()


def _plain_letters(text: str) -> str:
    if text.isascii():
        return text
    wide = unicodedata.normalize("NFKC", text)  # letters of double width, ligatures
    return wide.translate(_LOOK_ALIKES)


def _plain_marks(text: str) -> str:
    return _DASHES.sub("-", text.translate(_QUOTES)).strip(" .,;:")


def _tones_last(text: str) -> str:
    """Every word with its tone at its end, and with i for a last y."""
    if text.isascii():
        return text
    words = _BETWEEN_WORDS.split(text)
    return "".join(word if word.isascii() else _tone_last(word) for word in words)


def _tone_last(word: str) -> str:
    apart = unicodedata.normalize("NFD", word)
    letters = unicodedata.normalize("NFC", "".join(c for c in apart if c not in _TONES))
    spelled = _FINAL_Y.sub(lambda last: "I" if last[0] == "Y" else "i", letters)
    return spelled + "".join(c for c in apart if c in _TONES)


_NAMES: dict[Callable[[str], str], str] = {
    _composed: "letters composed in another way (NFC, NFD)",
    _seen: "a sign that cannot be seen",
    _single_blanks: "blanks",
    _plain_letters: "letters of other scripts that look alike",
    _small_letters: "capitals",
    _plain_marks: "marks",
    _tones_last: "the place of the tone mark, or y for i",
}
_STEPS = tuple(_NAMES)
