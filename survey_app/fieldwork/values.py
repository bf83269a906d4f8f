"""How people write numbers, codes and telephone numbers, and what we refuse to guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from decimal import Decimal

from analysis.problems import closest, likely
from survey_app.fieldwork import csv_out


class Unreadable(Exception):
    """A cell that cannot be taken as it stands: what is wrong, and how to mend it.

    `values` are what the message speaks of, for whoever words the fault in another language.
    """

    def __init__(self, slug: str, message: str, help: str = "", **values: str) -> None:
        super().__init__(message)
        self.slug, self.message, self.help, self.values = slug, message, help, values


_DECIMAL = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_WHOLE = re.compile(r"[0-9]+")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}")
_PHONE_FILLING = re.compile(r"[\s.\-()]")
_PHONE = re.compile(r"(?:0|\+84|84)([1-9][0-9]{8,9})")
_LOST_ZERO = re.compile(r"[1-9][0-9]{8}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")

LOST_LETTER = "\ufffd"
"""Stands where a program could not read a letter."""

_MOST_DIGITS = 40
_MOST_COUNT_DIGITS = 9
_MOST_LABEL = 64

_TEXT_COLUMN = "format the column as Text in Excel before typing or pasting, so that zeros stay"


def tidy(text: str) -> str:
    """Composed Vietnamese letters (NFC), plain spaces, nothing around."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFC", text.replace("\u00a0", " ")).strip()


def printable(text: str) -> str:
    """The text, which must hold nothing that cannot be seen."""
    if text.isprintable() and LOST_LETTER not in text:
        return text
    hidden = next(each for each in text if each == LOST_LETTER or not each.isprintable())
    what = "a line break" if hidden in "\r\n" else f"the hidden character U+{ord(hidden):04X}"
    raise Unreadable("hidden-character", f"there is {what} here", "type the text anew in one line")


def decimal(text: str) -> Decimal:
    """A number with a decimal point or a decimal comma; never one with thousands marks."""
    if _DECIMAL.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if re.fullmatch(r"[+-]?[0-9., ]+", text) and re.search(r"[0-9][., ][0-9]", text):
        raise Unreadable(
            "ambiguous-number",
            f"`{text}` can be read as two different numbers",
            "leave out the marks between thousands: `1234,5` or `1234.5`",
        )
    raise Unreadable(
        "not-a-number", f"`{text}` is not a number", "write a number such as `12,5` or `12.5`"
    )


def plain(number: Decimal) -> str:
    """A number as it is kept: no exponent, a point, no needless zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def above_zero(text: str) -> Decimal:
    """A weight."""
    number = decimal(text)
    if number <= 0:
        raise Unreadable("not-above-zero", f"`{text}` is not above zero")
    if len(plain(number)) > _MOST_DIGITS:
        raise Unreadable("too-long", f"`{text}` has too many digits", "twelve decimals are plenty")
    return number


def whole(text: str, least: int = 1) -> int:
    """A count."""
    if not _WHOLE.fullmatch(text) or len(text) > _MOST_COUNT_DIGITS:
        raise Unreadable(
            "not-a-count", f"`{text}` is not a whole number", "write digits only, such as `1234`"
        )
    if int(text) < least:
        raise Unreadable("not-a-count", f"`{text}` is less than {least}", least=str(least))
    return int(text)


def code(text: str) -> str:
    """A name of ours: a sample's."""
    if not _CODE.fullmatch(text):
        message = f"`{text}` cannot be a code"
        raise Unreadable(
            "not-a-code", message, "letters without marks, digits, `.`, `-`, `_`; 32 at most"
        )
    return text


def known(text: str, names: Collection[str], what: str, *, guess: bool = True) -> str:
    """One of the names; a code that lost its zeros to Excel is recognised, but not mended.

    `guess`: say what may have been meant, which takes time.
    """
    if text in names:
        return text
    message = f"there is no {what} `{text}`"
    full = next((name for name in names if text and name.lstrip("0") == text), "")
    if full:
        raise Unreadable("lost-zero", message, f"`{full}` lost its zero: {_TEXT_COLUMN}", near=full)
    if not guess:
        raise Unreadable(f"unknown-{what}", message)
    raise Unreadable(f"unknown-{what}", message, closest(text, names), **likely(text, names))


def phone(text: str) -> str:
    """A Vietnamese telephone number, as dialled in the country: ten or eleven digits."""
    bare = _PHONE_FILLING.sub("", text)
    if matched := _PHONE.fullmatch(bare):
        return f"0{matched[1]}"
    if _LOST_ZERO.fullmatch(bare):
        raise Unreadable("lost-zero", f"`{text}` lacks the 0 in front", _TEXT_COLUMN)
    message = f"`{text}` is not a telephone number"
    raise Unreadable(
        "not-a-phone", message, "one number, such as `0912 345 678` or `+84 912 345 678`"
    )


def email(text: str) -> str:
    """Something to which a mail can be sent."""
    if not _EMAIL.fullmatch(text):
        raise Unreadable(
            "not-an-email", f"`{text}` is not an e-mail address", "one address, such as `a@b.vn`"
        )
    return text


def short(text: str, most: int) -> str:
    """A text that fits."""
    if len(text) > most:
        message = f"this has {len(text)} characters"
        raise Unreadable("too-long", message, f"{most} at most", most=str(most))
    return text


def label(text: str) -> str:
    """A case's, a stratum's or a PSU's name. It stands in files that a spreadsheet may open."""
    if csv_out.runs(text):
        raise Unreadable(
            "starts-a-formula",
            f"a spreadsheet would calculate `{text}`",
            "begin with a letter or a digit",
        )
    return short(text, _MOST_LABEL)
