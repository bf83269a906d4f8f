"""Placeholders of letters and messages: `{ten}`, `{han}`, ..., each with its English alias.

What is put in is never looked at again: a name that looks like a placeholder stays a name.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.problems import Problem

ALIASES: Mapping[str, str] = {
    "ten": "name",
    "don_vi": "unit",
    "nhom": "group",
    "ten_dot": "title",
    "nam": "year",
    "han": "deadline",
    "duong_dan": "link",
    "lien_he": "contact",
    "so_thu": "case",
    "muc_dich": "purpose",
    "bao_mat": "privacy",
    "tu_nguyen": "voluntary",
}
"""Placeholder -> what it is called in English texts."""

_BY_NAME = {**{each: each for each in ALIASES}, **{en: vi for vi, en in ALIASES.items()}}
_BRACES = re.compile(r"\{([^{}\n]*)\}|[{}]")


@dataclass(frozen=True)
class _Brace:
    line: int
    letter: int
    written: str
    name: str
    """The placeholder that is meant; blank for one that there is not, and for a lone brace."""


def faults(text: str, field: str) -> Iterator[Problem]:
    """Every brace of a text that means nothing, with its line and letter."""
    for brace in _braces(text):
        if not brace.name:
            yield _unusable(brace, field)


def used(text: str) -> frozenset[str]:
    """The placeholders of a text."""
    return frozenset(brace.name for brace in _braces(text) if brace.name)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with every placeholder replaced by its value; what means nothing stays as it is."""

    def value_of(match: re.Match[str]) -> str:
        name = _meant(match[1] or "")
        return values[name] if name else match[0]

    return _BRACES.sub(value_of, text)


def without_value(text: str, field: str, values: Mapping[str, str]) -> Iterator[Problem]:
    """The placeholders that a text uses and nothing is known for: the deadline where none is."""
    for brace in _braces(text):
        if brace.name and not values.get(brace.name, "").strip():
            yield Problem(
                "letter-no-value",
                f"nothing is known in this wave that `{brace.written}` could stand for",
                field,
                brace.line,
                brace.letter,
                help="settle it in the plan of the wave, or take the placeholder out",
                values={"typed": brace.written},
            )


def _unusable(brace: _Brace, field: str) -> Problem:
    near = difflib.get_close_matches(_plain(brace.written.strip("{}")), _BY_NAME, 1, 0.6)
    known = " ".join(f"{{{each}}}" for each in ALIASES)
    meant = f"; did you mean {{{near[0]}}}?" if near else ""
    return Problem(
        "letter-placeholder",
        f"`{brace.written}` is no placeholder",
        field,
        brace.line,
        brace.letter,
        help=f"known: {known}{meant}",
        values={"typed": brace.written, "near": f"{{{near[0]}}}" if near else "", "known": known},
    )


def _braces(text: str) -> Iterator[_Brace]:
    for match in _BRACES.finditer(text):
        before = text[: match.start()]
        line, letter = before.count("\n") + 1, match.start() - before.rfind("\n")
        yield _Brace(line, letter, match[0], _meant(match[1] or ""))


def _meant(typed: str) -> str:
    return _BY_NAME.get(_plain(typed), "")


def _plain(typed: str) -> str:
    """`Đơn vị` as `don_vi`: whoever writes a letter writes with marks."""
    letters = unicodedata.normalize("NFD", typed.casefold().replace("đ", "d"))
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return "_".join(re.split(r"[\s_]+", bare.strip()))
