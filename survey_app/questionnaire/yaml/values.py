"""Single values of a node, as codes, numbers, dates and words.

A faulty one is reported and reads as something harmless.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from analysis.problems import closest
from survey_app.questionnaire.model import CODE, Provenance, Text
from survey_app.questionnaire.text import loose_brace, placeholders
from survey_app.questionnaire.yaml.document import Node

NOUGHT = Decimal(0)
_Word = TypeVar("_Word", bound=str)
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_COMMA = re.compile(r"-?[0-9]+(,[0-9]+)+")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OWN_NAMES = {"vi": "Tiếng Việt", "en": "English", "tai": "Tiếng Thái", "hmn": "Lus Hmoob"}
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def code(node: Node) -> str:
    """A code: it stands in addresses and in CSV, so it keeps to plain letters and digits."""
    text = node.scalar()
    if text and not CODE.fullmatch(text):
        help_ = "letters A-Z a-z, digits, `_`, `.` and `-`; at most 32; a letter or digit first"
        node.problem("bad-code", f"`{text[:40]}` cannot be a code", help_)
        return ""
    return text


def decimal(node: Node, low: Decimal | None = None, high: Decimal | None = None) -> Decimal | None:
    """An exact decimal; None when it is missing or faulty."""
    text = node.scalar()
    if not text:
        return None
    if not _DECIMAL.fullmatch(text):
        _not_a_number(node, text)
        return None
    number = Decimal(text)
    if (low is not None and number < low) or (high is not None and number > high):
        _out_of_range(node, text, low, high)
        return None
    return number


def _out_of_range(node: Node, text: str, low: object, high: object) -> None:
    ends = f"from {low} to {high}" if high is not None else f"not below {low}"
    node.problem("out-of-range", f"{text} is out of range", f"write a number {ends}")


def _not_a_number(node: Node, text: str) -> None:
    shown = text[:40]
    if _COMMA.fullmatch(text):
        help_ = f"in YAML write a decimal point: `{text.replace(',', '.', 1)[:40]}`"
        node.problem("decimal-comma", f"`{shown}` is written with a comma", help_)
    elif "/" in text:
        help_ = "write it as a decimal, with six places where it does not end: `0.666667`"
        node.problem("not-a-number", f"`{shown}` is a fraction", help_)
    else:
        help_ = "digits, and a point before the decimals: `1.5`; at most nine on either side"
        node.problem("not-a-number", f"`{shown}` is not a plain number", help_)


def whole(node: Node, low: int, high: int, default: int) -> int:
    """A whole number between two others, both included."""
    text = node.scalar()
    if not text:
        return default
    if not _WHOLE.fullmatch(text):
        node.problem("not-a-whole-number", f"`{text[:40]}` is not a whole number", "digits only")
        return default
    if not low <= int(text) <= high:
        _out_of_range(node, text, low, high)
        return default
    return int(text)


def flag(node: Node | None) -> bool:
    """`true` or `false`; false when nothing is written."""
    if node is None:
        return False
    text = node.scalar()
    if text and text not in ("true", "false"):
        node.problem("not-true-or-false", f"`{text[:40]}` is neither", "write `true` or `false`")
    return text == "true"


def day(node: Node | None) -> date | None:
    """An ISO date."""
    text = node.scalar() if node else ""
    if node is None or not text:
        return None
    try:
        if _ISO.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    help_ = "write year-month-day: `2025-07-01`"
    node.problem("not-a-date", f"`{text[:40]}` is not a date of the calendar", help_)
    return None


def one_of(node: Node, known: Sequence[_Word], default: _Word) -> _Word:
    """One word of a closed list."""
    text = node.scalar()
    for word in known:
        if text == word:
            return word
    if text:
        node.problem("unknown-word", f"`{text[:40]}` is not known here", closest(text, known))
    return default


def languages(node: Node) -> tuple[str, ...]:
    """The languages of a file; the first is the default."""
    spoken: list[str] = []
    for each in node.elements():
        text = each.scalar()
        if text and not _LANGUAGE.fullmatch(text):
            help_ = "two or three small letters: `vi`, `en`"
            each.problem("bad-language", f"`{text[:40]}` is not the code of a language", help_)
        elif text in spoken:
            each.problem("duplicate-code", f"`{text}` stands here twice", "keep one of them")
        elif text:
            spoken.append(text)
    return tuple(spoken)


def language_names(root: Node, spoken: Sequence[str]) -> Mapping[str, str]:
    """What each language calls itself: as the file says, or as we know it."""
    written = root.get("language_names")
    said: dict[str, str] = {}
    for key, value in written.pairs() if written else ():
        if key.text not in spoken:
            message = f"`{key.text[:40]}` is not a language of this file"
            key.problem("unknown-language", message, closest(key.text, spoken))
        said[key.text] = value.scalar()
    names = {**_OWN_NAMES, **said}
    if nameless := [f"`{each}`" for each in spoken if each not in names]:
        help_ = "under `language_names` write the code and what its speakers call it"
        message = f"no name is known for the language {' and '.join(nameless)}"
        root.need("languages").problem("missing-language-name", message, help_)
    return {each: names.get(each, each) for each in spoken}


def words(node: Node, spoken: Sequence[str], allowed: Collection[str] = ()) -> Text:
    """Words for people in every language of the file; `allowed` are the placeholders."""
    if not node.is_mapping():
        return {}
    if node.flow:
        help_ = "put words on lines of their own, after `vi:` or `en:`"
        node.problem("words-in-one-line", "words for people stand in braces here", help_)
    if not spoken:
        return {key.text: value.scalar() for key, value in node.pairs()}
    if lacking := [f"`{each}`" for each in spoken if each not in node.entries]:
        help_ = "every text is written in every language of the file"
        node.problem("missing-language", f"no {' and no '.join(lacking)} text here", help_)
    texts: dict[str, str] = {}
    for key, value in node.pairs():
        if key.text not in spoken:
            key.problem(
                "unknown-language",
                f"`{key.text[:40]}` is not a language of this file",
                closest(key.text, spoken),
            )
        texts[key.text] = value.scalar()
        _check_braces(value, allowed)
        _check_hash(value)
    return texts


def _check_braces(node: Node, allowed: Collection[str]) -> None:
    for braced in placeholders(node.text):
        if braced[1:-1] in allowed:
            continue
        if braced == "{unit}":
            help_ = "only sections with `each_unit: true` ask about one unit at a time"
            message = "`{unit}` stands where no unit is asked about"
            node.problem("unit-outside-each-unit", message, help_, at=braced)
        else:
            help_ = closest(braced, [f"{{{name}}}" for name in allowed]) or "take the braces out"
            message = f"`{braced[:40]}` is not filled in here"
            node.problem("unknown-placeholder", message, help_, at=braced)
    if brace := loose_brace(node.text):
        help_ = "write placeholders as `{unit}`; a text holds no other braces"
        node.problem("unbalanced-braces", f"`{brace}` has no partner", help_, at=brace)


def _check_hash(node: Node) -> None:
    """YAML takes ` #` for the begin of a comment and drops the rest of the sentence, silently."""
    line = node.document.lines[node.line - 1] if node.shape == "words" else ""
    rest = line[node.column - 1 + node.width :]
    if rest.lstrip().startswith("#") and not line[node.column - 1 :].startswith(
        ("'", '"', "|", ">")
    ):
        help_ = "put the text in quotes if it holds ` #`, or the comment on a line of its own"
        node.problem("text-cut-by-hash", "what follows `#` is not part of the text", help_, at=" #")


def distinct(node: Node, what: str, named: str) -> bool:
    """Whether a code is new among its kind; remembered, and reported when it is not."""
    if not named:
        return False
    if first := node.document.places.get((what, named)):
        message = f"{what} `{named}` stands here twice; first on line {first.line}"
        node.problem("duplicate-code", message, "give one of them another code")
        return False
    node.remember(what, named)
    return True


def provenance(
    node: Node, sources: Collection[str] | None, *, needed: bool = True
) -> tuple[Provenance, str]:
    """Where an entry comes from. `sources` None: the file that declares them is not at hand."""
    if not needed and node.get("provenance") is None and node.get("source") is None:
        return "proposed", ""
    known: tuple[Provenance, ...] = ("quoted", "analogous", "proposed")
    word = one_of(node.need("provenance"), known, "proposed")
    written = node.get("source")
    if written is None:
        if word != "proposed":
            help_ = "name one of `sources`; only what is `proposed` needs none"
            node.key("provenance").problem(
                "missing-source", f"what is `{word}` has a source", help_
            )
        return word, ""
    named = written.scalar()
    if named and sources is not None and named not in sources:
        message = f"source `{named[:40]}` is not declared"
        written.problem("unknown-source", message, closest(named, sources))
    return word, named


def sources(node: Node | None, spoken: Sequence[str]) -> Mapping[str, Text]:
    """Declared sources: id -> where it was seen."""
    texts: dict[str, Text] = {}
    for key, value in node.pairs() if node else ():
        texts[code(key)] = words(value, spoken)
    return texts
