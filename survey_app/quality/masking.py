"""Telephone numbers, addresses and names of people are masked in what respondents wrote.

By rules and a list (names.yaml). They miss some and mask some that is no name: whoever reads masked
texts is told so, and can take a text away by hand. Texts are composed first (NFC), because a phone
may send `ễ` as three letters that no list knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["phone", "email", "link", "number", "name"]

MASKS: Mapping[Kind, str] = {
    "phone": "[số điện thoại]",
    "email": "[thư điện tử]",
    "link": "[liên kết]",
    "number": "[dãy số]",
    "name": "[tên người]",
}
"""What stands in the place of what was masked, in the language that texts are written in."""

_MASK = re.compile("|".join(map(re.escape, MASKS.values())))

LONGEST_NAME = 4
"""Words after a surname or a title that belong to a name: Nguyễn Thị Minh Khai."""

_FILE = Path(__file__).with_name("names.yaml")

_GAP = r"[\s.,\-–—_/()]{0,3}"  # between two digits of one number
_EMAIL = re.compile(
    r"[^\s@<>()\[\],;:]+\s?(?:@|\(at\)|\[at\]|\ba còng\b)\s?"
    r"[^\W_][\w-]*(?:\s?(?:\.|\(dot\)|\bchấm\b)\s?[^\W_][\w-]*)+",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:facebook|fb|zalo|m)\.(?:com|me)/\S+", re.IGNORECASE
)
_PHONE = re.compile(
    rf"(?<!\w)(?:\(?\+?{_GAP}84{_GAP}|[(]?[0Oo]{_GAP})\d(?:{_GAP}[\dOo]){{7,9}}(?!\w)"
)
_LONG = re.compile(r"(?<!\w)\d(?:[\s.\-]?\d){8,}(?!\w)")
_MONEY = re.compile(r"\d{1,3}(?:[.\s]\d{3})+\s*(?:đồng|đ\b|vnđ|vnd|triệu|tỷ|tỉ)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:/c\b)?")


def _words_of(text: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFC", word) for word in text.split())


_Phrases = Mapping[str, tuple[tuple[str, ...], ...]]
"""Phrases by their first word, the longest first."""


@dataclass(frozen=True)
class _Lists:
    surnames: frozenset[str]
    bare_surnames: frozenset[str]
    without_marks: frozenset[str]
    middle: frozenset[str]
    titles: _Phrases
    not_names: tuple[str, ...]
    near_phone: re.Pattern[str]
    in_words: re.Pattern[str]


@cache
def _lists() -> _Lists:
    lines: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    digit = f"(?:{'|'.join(lines['digits_in_words'])})"
    words = "|".join(map(re.escape, sorted(lines["phone_words"], key=len, reverse=True)))
    surnames = frozenset(map(str.casefold, _words_of(lines["surnames"])))
    return _Lists(
        surnames=surnames,
        bare_surnames=frozenset(map(bare, surnames)),
        without_marks=frozenset(map(str.casefold, _words_of(lines["without_marks"]))),
        middle=_words_of(lines["middle"]),
        titles=_phrases(lines["titles"]),
        not_names=(*lines["not_names"], *lines["places"]),
        near_phone=re.compile(
            rf"(?<!\w)((?:{words})\s*(?:số|:|là|qua|cho)?[\s:.]*)\d(?:{_GAP}\d){{5,}}",
            re.IGNORECASE,
        ),
        in_words=re.compile(rf"(?<!\w){digit}(?:[\s,.\-]+{digit}){{6,}}(?!\w)", re.IGNORECASE),
    )


def _phrases(lines: Iterable[str]) -> _Phrases:
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in {tuple(_WORD.findall(_plain(line))) for line in lines}:
        if phrase:
            by_first.setdefault(phrase[0], []).append(phrase)
    return {first: tuple(sorted(of, key=len, reverse=True)) for first, of in by_first.items()}


@lru_cache(maxsize=16)
def _kept(spared: tuple[str, ...]) -> _Phrases:
    """What begins like a name and is none; beside the list, the names that are spared."""
    return _phrases([*_lists().not_names, *spared])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def bare(text: str) -> str:
    """A text without its marks: `Nguyễn` is `nguyen`."""
    plain = unicodedata.normalize("NFD", _plain(text).replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def masked(text: str, spared: Collection[str] = ()) -> str:
    """A text with what may lead to a person masked.

    `spared` are names that may stand: those of the units that are rated.
    """
    composed = unicodedata.normalize("NFC", _narrow(text))
    composed = _EMAIL.sub(MASKS["email"], composed)
    composed = _LINK.sub(MASKS["link"], composed)
    return _names_masked(_numbers_masked(composed), _kept(tuple(spared)))


def _narrow(text: str) -> str:
    """Digits of every script as ours, and without what is not seen between letters."""
    seen = (letter for letter in text if unicodedata.category(letter) != "Cf")
    return "".join(
        str(unicodedata.digit(letter)) if letter.isdigit() and letter.isdecimal() else letter
        for letter in seen
    )


def _numbers_masked(text: str) -> str:
    lists = _lists()
    text = lists.near_phone.sub(rf"\1{MASKS['phone']}", text)
    text = _outside(_MONEY, text, lambda part: _LONG.sub(
        MASKS["number"], _PHONE.sub(MASKS["phone"], part)
    ))  # fmt: skip
    return lists.in_words.sub(MASKS["phone"], text)


def _outside(kept: re.Pattern[str], text: str, change: Any) -> str:
    """The text changed but for what `kept` matches: sums of money are no telephone numbers."""
    parts, at = [], 0
    for match in kept.finditer(text):
        parts += [change(text[at : match.start()]), match.group()]
        at = match.end()
    return "".join([*parts, change(text[at:])])


@dataclass(frozen=True)
class _Word:
    start: int
    end: int
    text: str

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


def _names_masked(text: str, kept: _Phrases) -> str:
    words = [_Word(it.start(), it.end(), it.group()) for it in _WORD.finditer(text)]
    out, at = [], 0
    for first, last in _names(text, words, kept):
        out += [text[at : words[first].start], MASKS["name"]]
        at = words[last].end
    return "".join([*out, text[at:]])


def _names(text: str, words: list[_Word], kept: _Phrases) -> Iterator[tuple[int, int]]:
    """The first and the last word of each name, in their order."""
    plain = [_plain(word.text) for word in words]
    masks = [range(*it.span()) for it in _MASK.finditer(text)]
    at = 0
    while at < len(words):
        if any(words[at].start in mask for mask in masks):
            at += 1
        elif skipped := _begins(plain, at, kept):
            at += skipped
        elif (last := _name_from(words, plain, at, kept)) is not None:
            yield at, last
            at = last + 1
        elif (title := _begins(plain, at, _lists().titles)) and (
            (last := _capitals(words, plain, at + title, kept)) is not None
        ):
            yield at + title, last
            at = last + 1
        else:
            at += 1


def _begins(plain: list[str], at: int, phrases: _Phrases) -> int:
    """How many words the longest phrase has that begins here; 0 where none does."""
    return next(
        (
            len(phrase)
            for phrase in phrases.get(plain[at], ())
            if tuple(plain[at : at + len(phrase)]) == phrase
        ),
        0,
    )


def _name_from(words: list[_Word], plain: list[str], at: int, kept: _Phrases) -> int | None:
    """The last word of a name that begins with a surname here."""
    lists, word = _lists(), plain[at]
    is_surname = word in lists.surnames
    is_bare = not is_surname and bare(word) == word and word in lists.without_marks
    middle = at + 1 < len(words) and (
        plain[at + 1] in lists.middle or bare(plain[at + 1]) in {"van", "thi"}
    )
    if middle and at + 2 < len(words) and _is_one_phrase(words, at, at + 2):
        if is_surname or is_bare or bare(word) in lists.bare_surnames:
            more = _capitals(words, plain, at + 2, kept)
            return at + 2 if more is None else more
        return None
    if words[at].is_capital and (is_surname or is_bare):
        return _capitals(words, plain, at + 1, kept)
    return None


def _capitals(words: list[_Word], plain: list[str], at: int, kept: _Phrases) -> int | None:
    """The last of the words with a capital that follow one another from here; None without one."""
    last = None
    for place in range(at, min(at + LONGEST_NAME, len(words))):
        is_next = place == at or _is_one_phrase(words, place - 1, place)
        if not (is_next and words[place].is_capital) or _begins(plain, place, kept):
            break
        last = place
    return last


_APART = range(1, 3)
"""How many blanks may stand between two words of one name."""


def _is_one_phrase(words: list[_Word], first: int, last: int) -> bool:
    """Whether nothing but blanks stands between words that follow one another."""
    return all(words[at + 1].start - words[at].end in _APART for at in range(first, last))
