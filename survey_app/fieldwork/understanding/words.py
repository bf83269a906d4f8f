"""The words by which the columns of a list and its values are known; they stand in words.yaml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analysis import yaml_texts
from analysis.spelling import skeleton

_BRACKETED = re.compile(r"\([^()]*\)")
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A column of our lists: what it is called in templates, and what else it may be called."""

    column: str
    vi: str
    en: str
    also: frozenset[str]
    instead: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Everything of words.yaml: headings by bare words, values by what is written for them."""

    headings: Mapping[str, Heading]
    left_out: frozenset[str]
    totals: frozenset[str]
    values: Mapping[str, Mapping[str, str]]

    def columns(self, text: str) -> tuple[str, bool]:
        """The column that a heading names, and whether it does so only where no other one does.

        A column is named by its code too. Empty where nothing is known of the heading.
        """
        code = text.strip().lower()
        if code in self.headings:
            return code, False
        for words in dict.fromkeys((bare(text), bare(_BRACKETED.sub(" ", text)))):
            if words in _by_words():
                return _by_words()[words]
        return "", False

    def is_left_out(self, text: str) -> bool:
        """Whether a heading stands over numbers of rows, or over remarks."""
        return bare(_BRACKETED.sub(" ", text)) in self.left_out


def bare(text: str) -> str:
    """A text without capitals, marks on letters, signs and blanks that nobody reads: `so hieu`."""
    apart = unicodedata.normalize("NFD", skeleton(text))
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    return _BETWEEN.sub(" ", letters.replace("đ", "d")).strip()


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words, read once."""
    written = yaml_texts.read(Path(__file__).with_name("words.yaml"))
    headings = {
        column: Heading(
            column=column,
            vi=entry["heading"],
            en=entry["english"],
            also=frozenset(map(bare, (entry["heading"], entry["english"], *entry["also"]))),
            instead=frozenset(map(bare, entry.get("instead", ()))),
        )
        for column, entry in written["columns"].items()
    }
    values = {
        column: {name: value for value, names in entry.items() for name in names}
        for column, entry in written["values"].items()
    }
    return Vocabulary(
        headings=headings,
        left_out=frozenset(map(bare, written["left_out"])),
        totals=frozenset(map(bare, written["totals"])),
        values=values,
    )


@lru_cache(maxsize=1)
def _by_words() -> Mapping[str, tuple[str, bool]]:
    """Bare words -> column, and whether they stand for it only where no other column does."""
    known: dict[str, tuple[str, bool]] = {}
    for column, heading in vocabulary().headings.items():
        known |= dict.fromkeys(heading.instead, (column, True))
        known |= dict.fromkeys(heading.also, (column, False))
    return known
