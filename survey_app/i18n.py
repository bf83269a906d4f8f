"""The house's own words in both languages, and numbers and days as each writes them.

The words of questionnaires are not here: they stand beside their items. No web, no store; quick to
import, because the respondent blueprint imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from babel.dates import format_date, format_datetime

from analysis import yaml_texts
from analysis.problems import Problem, ProblemsFound

LANGUAGES = ("vi", "en")
"""What the house speaks; the first is the default."""

VIETNAM = timezone(timedelta(hours=7), "ICT")

DASH = "–"
"""What is printed where there is no number: never 0."""


def choose(*wishes: str | None) -> str:
    """The first wish that the house can speak; Vietnamese when there is none."""
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])


class Words(Mapping[str, Mapping[str, str]]):
    """The words of one room: key -> language -> words. A page shows `words("vi")["save"]`."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        self._entries = dict(entries)
        self._spoken = {
            language: {key: entry[language] for key, entry in self._entries.items()}
            for language in LANGUAGES
        }

    @classmethod
    def load(cls, *files: Path) -> Words:
        """The words of one or several words.yaml; a later file may not redefine an earlier key.

        Raises
        ------
        ProblemsFound
            With every key that is said twice, or not said in every language.
        """
        entries: dict[str, Mapping[str, str]] = {}
        problems: list[Problem] = []
        for file in files:
            said = yaml_texts.read(file)
            for key, entry in said.items():
                if key in entries:
                    problems.append(_problem(file, "repeated-words", f"`{key}` is said twice"))
                wanting = [
                    each for each in LANGUAGES if not (isinstance(entry, dict) and entry.get(each))
                ]
                if wanting:
                    missing = ", ".join(wanting)
                    problems.append(
                        _problem(file, "missing-words", f"`{key}` has no words in {missing}")
                    )
                else:
                    entries[key] = entry
        if problems:
            raise ProblemsFound(problems)
        return cls(entries)

    def __call__(self, language: str) -> Mapping[str, str]:
        """Every word in one language."""
        return self._spoken[choose(language)]

    def __getitem__(self, key: str) -> Mapping[str, str]:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _problem(file: Path, slug: str, message: str) -> Problem:
    return Problem(slug, message, file.name)


def rounded(value: float | Decimal | str, places: int = 2) -> Decimal:
    """The value half-up, as a clerk rounds what is written: 1.005 gives 1.01."""
    exact = (
        value
        if isinstance(value, Decimal)
        else Decimal(repr(value) if isinstance(value, float) else value)
    )
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0  # never "-0"


MINUS = "\N{MINUS SIGN}"
"""As typesetters write it: a hyphen is narrower than the plus beside it, and breaks lines."""

_VIETNAMESE = str.maketrans(",.-", ".," + MINUS)
"""Babel writes the same, and takes a hundred times as long: a board has thousands of numbers."""


def number(value: float | Decimal | str | None, language: str, places: int = 2) -> str:
    """82,50 in Vietnamese, 82.50 in English; a dash where there is no number."""
    if value is None:
        return DASH
    whole = value if isinstance(value, int) and not places else rounded(value, places)
    written = f"{whole:,.{places}f}" if places else f"{whole:,}"
    if language == "vi":
        return written.translate(_VIETNAMESE)
    return written.replace("-", MINUS)


def percent(value: float | Decimal | str | None, language: str, places: int = 1) -> str:
    """A share as a percentage: 0.825 gives 82,5%."""
    if value is None:
        return DASH
    share = (
        value
        if isinstance(value, Decimal)
        else Decimal(repr(value) if isinstance(value, float) else value)
    )
    return f"{number(share * 100, language, places)}%"


def day(value: str | date | None, language: str) -> str:
    """A day as people write it: 05/08/2026 in Vietnamese, 5 Aug 2026 in English."""
    if not value:
        return DASH
    pattern = "dd/MM/yyyy" if language == "vi" else "d MMM yyyy"
    return format_date(_date(value), pattern, locale=language)


def moment(value: str | None, language: str) -> str:
    """A kept time (UTC) as the clock in Vietnam shows it."""
    if not value:
        return DASH
    when = datetime.fromisoformat(value)
    when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(VIETNAM)
    pattern = "HH:mm dd/MM/yyyy" if language == "vi" else "d MMM yyyy, HH:mm"
    return format_datetime(when, pattern, locale=language)


def _date(value: str | date) -> date:
    if not isinstance(value, str):
        return value
    if len(value) == len("2026-08-05"):
        return date.fromisoformat(value)
    when = datetime.fromisoformat(value)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(VIETNAM).date()
