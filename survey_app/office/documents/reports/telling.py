"""How reports say numbers, names and what is missing: one way for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from survey_app import i18n
from survey_app.i18n import Words
from survey_app.office.documents.paper.blocks import Block, Heading, Letterhead, Signature, Text
from survey_app.office.documents.reports.beside import HEAD, WRITTEN, Beside
from survey_app.office.results.read import FieldLine, RateLine, Results, UnitLine
from survey_app.office.results.remarks import grade_labels
from survey_app.questionnaire.model import Text as Said

_PLACES = 2
"""Of a point; a share has one."""

_PADDED = 2
"""January and February are written 01 and 02, as the decree asks; later months without a zero."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A scorecard that is told in a language, with what stands beside it."""

    results: Results
    words: Words
    language: str
    beside: Beside

    @cached_property
    def w(self) -> Mapping[str, str]:
        """The words."""
        return self.words(self.language)

    def said(self, text: Said) -> str:
        """A text of the questionnaires."""
        return text.get(self.language) or next(iter(text.values()), "")

    def n(self, value: float | None, places: int = _PLACES) -> str:
        """A number."""
        return i18n.number(value, self.language, places)

    def share(self, value: float | None) -> str:
        """A share in per cent, without its sign: the head of the column has it."""
        return i18n.DASH if value is None else i18n.number(100 * value, self.language, 1)

    def apart(self, value: float | None) -> str:
        """A difference with its sign."""
        if value is None:
            return i18n.DASH
        written = i18n.number(value, self.language, 1)
        is_above = value > 0 and any(figure in written for figure in "123456789")
        return f"+{written}" if is_above else written

    def bound(self, title: str) -> str:
        """A title in which no year begins a line."""
        return re.sub(r" (?=\d{4}\b)", "\N{NO-BREAK SPACE}", title)

    def name(self, unit: UnitLine) -> str:
        """What a unit is called."""
        return self.said(unit.name)

    def level(self) -> str:
        """The confidence level."""
        return i18n.percent(self.results.level, self.language, 0)

    def span(self, low: float | None, high: float | None, places: int = _PLACES) -> str:
        """From and to."""
        if low is None or high is None:
            return i18n.DASH
        ends = (self.n(low, places), self.n(high, places))
        return ends[0] if ends[0] == ends[1] else " – ".join(ends)

    def index(self, unit: UnitLine) -> str:
        """A unit's index, or that it is withheld."""
        return self.w["withheld"] if unit.withheld else self.n(unit.index)

    def grade(self, code: str) -> str:
        """What a grade is called."""
        labels = grade_labels(self.results, self.language)
        return labels.get(code, code) or i18n.DASH

    @property
    def is_graded(self) -> bool:
        """Whether any unit has a grade."""
        return any(unit.grade for unit in self.results.units)

    def answered(self, rate: RateLine | None) -> str:
        """How many answered of those invited: 43/65 (66,2%)."""
        if rate is not None and rate.withheld:
            return self.w["withheld"]
        if rate is None or rate.invited is None or rate.responded is None:
            return i18n.DASH
        return self.of(rate.responded, rate.invited, rate.rate)

    def of(self, responded: int, invited: int, rate: float | None) -> str:
        """The same of two counts."""
        counted = f"{self.n(responded, 0)}/{self.n(invited, 0)}"
        return f"{counted} ({i18n.percent(rate, self.language)})" if rate is not None else counted

    def head(self, name: str) -> str:
        """A line of the head: as the office wrote it, or as it stands in the words."""
        assert name in HEAD
        return self.beside.text(name) or self.w[f"reports_{name}"]

    def letterhead(self) -> Letterhead:
        """The head; a draft has no day yet."""
        card, place = self.results.card, self.head("place")
        day, month, year = i18n.day(card.published_at or card.made_at, "vi").split("/")
        dated = self.w["reports_dated_blank"].format(place=place, year=year)
        if card.published_at:
            months = month if int(month) <= _PADDED else month.lstrip("0")
            dated = self.w["reports_dated"].format(place=place, day=day, month=months, year=year)
        return Letterhead(
            superior=self.head("superior"),
            agency=self.head("agency"),
            number=self.head("number"),
            nation=self.w["reports_nation"],
            motto=self.w["reports_motto"],
            dated=dated,
        )

    def signature(self) -> Signature:
        """Who gets it, and who signs."""
        to = (self.w["reports_to"], *self.head("recipients").splitlines())
        return Signature(
            to=to, title=self.head("signer_title").splitlines(), name=self.head("signer")
        )

    @property
    def mark(self) -> str:
        """What is printed across a draft."""
        return self.w["draft_mark"] if self.results.is_draft else ""

    def written(self, unit: str = "", *, numbered: bool = True) -> Iterator[Block]:
        """What the analyst wrote; what nobody wrote is a blank in brackets.

        Of a unit the signature follows: the last of it goes with that to one page.
        """
        for number, name in enumerate(WRITTEN, 1):
            title = self.w[f"reports_{name}"]
            yield Heading(f"{number}. {title}" if numbered else title, 2)
            is_last = number == len(WRITTEN) and not numbered
            text = self.beside.text(name, unit) or self.w["reports_blank"]
            yield Text(text=text, keep=is_last)


def share_of(field: FieldLine) -> float | None:
    """How much of what a field gives a unit has; None where that is withheld or not known."""
    if field.withheld:
        return None
    if field.share is not None:
        return field.share
    if field.survey is None or not field.survey_maximum or field.appraised is not None:
        return None
    return field.survey / field.survey_maximum


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of those that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
