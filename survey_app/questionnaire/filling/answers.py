"""What a phone sent, turned into answers that may be kept, or the reason why not.

Table-driven: the questionnaire is the table. No form library on this path (it costs more than
the rest of the request together), and a crafted request meets the same rules as a tapped one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from survey_app.questionnaire.model import Item

_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,6})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""`1.000` is a thousand to a Vietnamese and one to an Englishman: not guessed, asked again."""
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHORT = 64
"""No number and no date is longer. Longer texts are refused before they are composed: that takes
the square of the length for a text crafted to it."""
_UNSEEN = {"Cc", "Cs", "Co", "Cn"}


class Form(Protocol):
    """A sent form: werkzeug's MultiDict is one."""

    def getlist(self, key: str) -> list[str]:
        """Every value sent under a name."""
        ...


@dataclass(frozen=True)
class Refused:
    """Why an answer cannot be kept. `slug` is worded on the page, beside the item.

    `kept` is the answer in its place, where there is another.
    """

    slug: str
    kept: str = ""


def read(items: Iterable[Item], form: Form) -> tuple[dict[str, str], dict[str, Refused]]:
    """The answers sent for these items, and what is wrong with the others.

    An item left blank is in neither: whether it may be blank is asked by `missing`.
    """
    kept: dict[str, str] = {}
    refused: dict[str, Refused] = {}
    for item in items:
        answer = _read_one(item, [value for value in form.getlist(item.name) if value])
        if isinstance(answer, Refused):
            refused[item.name] = answer
        elif answer:
            kept[item.name] = answer
    return kept, refused


def missing(items: Iterable[Item], kept: Mapping[str, str]) -> dict[str, Refused]:
    """The required items without an answer."""
    return {
        item.name: Refused("answer-missing")
        for item in items
        if item.required and item.name not in kept
    }


def _read_one(item: Item, sent: Sequence[str]) -> str | Refused:
    match item.kind:
        case "choice":
            return _choice(item, sent)
        case "choices":
            return _choices(item, sent)
        case "number":
            return _number(item, sent)
        case "date":
            return _day(sent)
        case "text" | "long_text":
            return _words(item, sent)


def _choice(item: Item, sent: Sequence[str]) -> str | Refused:
    assert item.scale is not None
    if not sent:
        return ""
    if len(sent) > 1 or sent[0] not in item.scale.codes:
        return Refused("not-an-option")
    return sent[0]


def _choices(item: Item, sent: Sequence[str]) -> str | Refused:
    assert item.scale is not None
    chosen = set(sent)
    if not chosen <= item.scale.codes:
        return Refused("not-an-option")
    alone = {option.code for option in item.scale.options if option.no_opinion}
    if len(chosen) > 1 and chosen & alone:
        return Refused("no-opinion-and-others")
    return " ".join(option.code for option in item.scale.options if option.code in chosen)


def _number(item: Item, sent: Sequence[str]) -> str | Refused:
    raw = _tidy(sent[0][:_SHORT]) if sent else ""
    if not raw:
        return ""
    if len(sent) > 1 or len(sent[0]) > _SHORT:
        return Refused("not-a-number")
    if not _NUMBER.fullmatch(raw) or _THOUSANDS.fullmatch(raw):
        return Refused("not-a-number")
    number = Decimal(raw.replace(",", ".")) + 0
    if item.low is not None and number < item.low:
        return Refused("out-of-range")
    if item.high is not None and number > item.high:
        return Refused("out-of-range")
    return format(number, "f")


def _day(sent: Sequence[str]) -> str | Refused:
    raw = _tidy(sent[0][:_SHORT]) if sent else ""
    if not raw:
        return ""
    if len(sent) > 1 or len(sent[0]) > _SHORT:
        return Refused("not-a-date")
    try:
        if matched := _DAY_FIRST.fullmatch(raw):
            day, month, year = (int(part) for part in matched.groups())
            return date(year, month, day).isoformat()
        if _ISO.fullmatch(raw):
            return date.fromisoformat(raw).isoformat()
    except ValueError:
        pass
    return Refused("not-a-date")


def _words(item: Item, sent: Sequence[str]) -> str | Refused:
    if sent and len(sent[0]) > 4 * item.max_length + _SHORT:
        return Refused("too-long")
    raw = _tidy(sent[0], lines=item.kind == "long_text") if sent else ""
    if len(raw) > item.max_length:
        return Refused("too-long")
    return raw


def _tidy(raw: str, *, lines: bool = False) -> str:
    """NFC (phones send both forms of `ế`), without control characters, trimmed."""
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n"))
    keep = "\n" if lines else ""
    return "".join(
        char if char in keep or unicodedata.category(char) not in _UNSEEN else " " for char in text
    ).strip()
