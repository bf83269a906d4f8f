"""What Excel shows of a value: number formats add zeros, letters and marks that no cell holds.

Someone who sees 00001 has 00001 in mind, and the cell holds 1. We read formats so far as to say
what is shown of a code, and whether a number is shown as the number that it is. Dates, fractions
and powers of ten are recognised and not shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cached_property, lru_cache

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?) | \\(?P<escaped>.) | _(?P<space>.) | \*(?P<fill>.)
    | \[(?P<bracket>[^\]]*)\] | (?P<general>general) | (?P<clock>am/pm|a/p)
    | (?P<power>e[+-]) | (?P<digit>[0#?]) | (?P<mark>[.,%@/]) | (?P<date>[dmyhsgb]|e)
    | (?P<plain>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)")
_MOST_LETTERS = 255  # Excel takes no longer format
_THOUSANDS_GROUP = 3
_SECTIONS_WITH_TEXT = 4
_SECTIONS_WITH_ZERO = 3

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Formats that a workbook names by number only. Those of dates differ by country."""

BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})


@dataclass(frozen=True)
class Section:
    """One of the up to four parts of a format: for numbers above, below and at zero, and texts."""

    tokens: tuple[tuple[str, str], ...]

    @cached_property
    def condition(self) -> tuple[str, Decimal] | None:
        """`[<100]`: the numbers for which the section is."""
        for kind, text in self.tokens:
            if kind == "bracket" and (known := _CONDITION.fullmatch(text)):
                return known[1], Decimal(known[2])
        return None

    @cached_property
    def has(self) -> frozenset[str]:
        """Kinds of tokens."""
        return frozenset(kind for kind, _ in self.tokens)

    @cached_property
    def is_date(self) -> bool:
        """Whether days or hours are shown."""
        elapsed = any(
            kind == "bracket" and re.fullmatch(r"h+|m+|s+", text, re.IGNORECASE)
            for kind, text in self.tokens
        )
        return bool({"date", "clock"} & self.has) or elapsed

    @cached_property
    def is_red(self) -> bool:
        """Whether it is shown in red, as accountants show what is below zero."""
        return any(kind == "bracket" and text.lower() == "red" for kind, text in self.tokens)

    @cached_property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """What is shown, in order: literal texts, digits, marks. None of colours and conditions."""
        return tuple(piece for kind, text in self.tokens for piece in _piece(kind, text))


def _piece(kind: str, text: str) -> list[tuple[str, str]]:
    match kind:
        case "quoted":
            return [("text", text.strip('"'))]
        case "escaped" | "plain":
            return [("text", text)]
        case "space":
            return [("text", " ")]
        case "bracket" if text.startswith("$"):  # [$VND-42A]: a currency
            return [("text", text[1:].partition("-")[0])]
        case "bracket" | "fill":
            return []
    return [(text if kind == "mark" else kind, text)]


@dataclass(frozen=True)
class Shown:
    """A value as a format shows it. `is_code`: its digits are all there, and more may be."""

    text: str
    is_code: bool
    is_number: bool


@dataclass(frozen=True)
class NumberFormat:
    """A format: what it makes of numbers and of texts."""

    code: str
    sections: tuple[Section, ...]
    is_date: bool = False

    @cached_property
    def is_plain(self) -> bool:
        """Whether values are shown as they are."""
        return self.code.lower() in {"", "general", "@"}

    def of_number(self, number: str) -> Shown | None:
        """What is shown of a number (given as decimal text); None where we cannot tell."""
        if self.is_plain:
            return Shown(number, is_code=True, is_number=True)
        value = Decimal(number)
        section, has_sign = self._section(value)
        if {"power", "/"} & section.has or section.is_date or ("/", "/") in section.pieces:
            return None
        return _shown(number, value, section, has_sign=has_sign)

    def of_text(self, text: str) -> str:
        """What is shown of a text."""
        if self.is_plain:
            return text
        last = self.sections[-1]
        for_texts = len(self.sections) == _SECTIONS_WITH_TEXT or ("@", "@") in last.pieces
        if not for_texts:
            return text
        return "".join(text if kind == "@" else piece for kind, piece in last.pieces).strip()

    def _section(self, value: Decimal) -> tuple[Section, bool]:
        """The section for a number, and whether a number below zero gets its sign by itself."""
        numeric = [each for each in self.sections[:_SECTIONS_WITH_ZERO] if not _is_of_text(each)]
        if not numeric:
            return Section((("general", ""),)), True
        if any(section.condition for section in numeric):
            return self._by_condition(numeric, value), True
        if value < 0 and len(numeric) > 1:
            return numeric[1], False
        if value == 0 and len(numeric) == _SECTIONS_WITH_ZERO:
            return numeric[2], True
        return numeric[0], True

    @staticmethod
    def _by_condition(numeric: Sequence[Section], value: Decimal) -> Section:
        for section in numeric[:-1]:
            if section.condition is None or _holds(value, *section.condition):
                return section
        return numeric[-1]


GENERAL = NumberFormat("General", ())


@lru_cache(maxsize=4096)
def parsed(code: str) -> NumberFormat:
    """A format as a workbook writes it."""
    if len(code) > _MOST_LETTERS:
        return GENERAL
    sections: list[list[tuple[str, str]]] = [[]]
    for token in _TOKEN.finditer(code):
        kind = str(token.lastgroup)
        if kind == "plain" and token[kind] == ";":
            sections.append([])
        else:
            sections[-1].append((kind, token[kind]))
    parts = tuple(Section(tuple(section)) for section in sections[:_SECTIONS_WITH_TEXT])
    return NumberFormat(code.strip(), parts, is_date=any(each.is_date for each in parts))


DATE = parsed("dd/mm/yyyy")


def _is_of_text(section: Section) -> bool:
    return ("@", "@") in section.pieces and "digit" not in section.has


def _holds(value: Decimal, sign: str, bound: Decimal) -> bool:
    if sign == "<>":
        return value != bound
    return (value > bound and ">" in sign) or (value < bound and "<" in sign) or (
        value == bound and "=" in sign
    )  # fmt: skip


def _shown(number: str, value: Decimal, section: Section, *, has_sign: bool) -> Shown | None:
    pieces = section.pieces
    sign = "-" if value < 0 and has_sign else ""
    if "general" in section.has:
        text = "".join(
            number.lstrip("-") if kind == "general" else piece for kind, piece in pieces
        ).strip()
        around = "".join(piece for kind, piece in pieces if kind != "general")
        return Shown(sign + text, is_code=True, is_number=not re.search(r"[0-9%]", around))
    if "digit" not in section.has:
        text = "".join(piece for _, piece in pieces).strip()
        is_zero = value == 0 and bool(text) and not re.search(r"[0-9]", text)
        return Shown(text, is_code=False, is_number=is_zero)
    layout = _Layout(pieces)
    try:
        text = sign + layout.filled(abs(value)).strip()
    except InvalidOperation:  # more digits than anyone would read
        return None
    says_minus = text.startswith(("-", "\N{MINUS SIGN}", "("))
    is_signed = value == 0 or says_minus == (value < 0) or (value < 0 and section.is_red)
    is_whole = value == value.to_integral_value() and value >= 0
    return Shown(
        text,
        is_code=bool(text) and is_whole and layout.is_of_digits,
        is_number=bool(text) and is_signed and layout.is_of_a_number,
    )


class _Layout:
    """Where the digits of a number go, among what else is shown."""

    def __init__(self, pieces: Sequence[tuple[str, str]]) -> None:
        places = [at for at, (kind, _) in enumerate(pieces) if kind == "digit"]
        point = next((at for at, (kind, _) in enumerate(pieces) if kind == "."), len(pieces))
        self.before = [at for at in places if at < point]
        self.after = [at for at in places if at > point]
        commas = [at for at, (kind, _) in enumerate(pieces) if kind == ","]
        last = max(self.before, default=-1)
        self.is_grouped = any(at < last for at in commas)
        self.thousands = sum(1 for at in commas if last < at < (min(self.after, default=1 << 30)))
        self.percents = sum(1 for kind, _ in pieces if kind == "%")
        self.pieces = pieces

    @property
    def is_of_digits(self) -> bool:
        """Whether every digit of a whole number is shown, and only texts beside them."""
        return not (self.after or self.is_grouped or self.thousands or self.percents)

    @property
    def is_of_a_number(self) -> bool:
        """Whether the number can be read off what is shown: no scale, no letters among digits."""
        if self.thousands or self.percents:
            return False
        if any(kind == "text" and re.search(r"[0-9%]", text) for kind, text in self.pieces):
            return False
        digits = [*self.before, *self.after]
        inside = range(digits[0], digits[-1] + 1)
        letters = [at for at in inside if self.pieces[at][0] == "text"]
        return all(self._is_between_thousands(at) for at in letters)

    def _is_between_thousands(self, at: int) -> bool:
        """`# ##0`: a blank for people, with three digits after it."""
        is_mark = self.pieces[at][1] in {" ", "\N{NO-BREAK SPACE}", ".", ",", "'"}
        after = sum(1 for place in self.before if place > at)
        return is_mark and after > 0 and after % _THOUSANDS_GROUP == 0

    def filled(self, value: Decimal) -> str:
        """The pieces with the digits of a number, not below zero, in their places."""
        scaled = value.scaleb(2 * self.percents - _THOUSANDS_GROUP * self.thousands)
        rounded = scaled.quantize(Decimal(1).scaleb(-len(self.after)), ROUND_HALF_UP)
        whole, _, fraction = format(rounded, "f").partition(".")
        at_place = self._before(whole.lstrip("0")) | self._after(fraction)
        return "".join(
            at_place.get(at, "" if kind in {",", "digit"} else text)
            for at, (kind, text) in enumerate(self.pieces)
        )

    def _before(self, digits: str) -> dict[int, str]:
        """Digits from the right; what is left over stands in the first place."""
        filled: dict[int, str] = {}
        for count, at in enumerate(reversed(self.before)):
            here = digits[-1:]
            digits = digits[:-1]
            pad = {"0": "0", "?": " "}.get(self.pieces[at][1], "")
            mark = "," if self.is_grouped and count and count % 3 == 0 and here else ""
            filled[at] = (here or pad) + mark
        if digits and self.before:
            filled[self.before[0]] = self._left_over(digits, len(self.before)) + filled[
                self.before[0]
            ]  # fmt: skip
        return filled

    def _left_over(self, digits: str, placed: int) -> str:
        if not self.is_grouped:
            return digits
        out = ""
        for count, digit in enumerate(reversed(digits), placed):
            out = digit + ("," if count % 3 == 0 else "") + out
        return out

    def _after(self, fraction: str) -> dict[int, str]:
        filled = dict(zip(self.after, fraction, strict=False))
        for at in reversed(self.after):
            if filled.get(at) != "0" or self.pieces[at][1] == "0":
                break
            filled[at] = ""
        return filled
