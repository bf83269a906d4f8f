"""The way of one respondent through a questionnaire: a pure function of what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import accumulate
from typing import cast

from survey_app.questionnaire.model import Item, Questionnaire, Section

ABOUT = ""
"""Where a unit's code would stand, for answers that are about no unit."""

MOST_OPTIONS = 45
"""Options on a page about one of many units: nine questions of five, some five screens of a phone.

More are asked on several pages: each is kept as it is left, and stays under 3 kB on the wire.
"""

Given = Mapping[str, Mapping[str, str]]
"""Unit code (or ABOUT) -> item -> code. A `choices` answer is its codes, space between."""


@dataclass(frozen=True)
class Page:
    """What is shown at once. `unit` is ABOUT on a page that rates no unit."""

    key: str
    sections: tuple[Section, ...]
    unit: str = ABOUT

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item that the page can ask, in order."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def always_asks(self) -> tuple[str, ...]:
        """The names of its items where none has a condition; else nothing."""
        has_conditions = any(item.ask_if.codes for item in self.items)
        return () if has_conditions else tuple(item.name for item in self.items)

    @cached_property
    def asks_everyone(self) -> bool:
        """Whether it asks anything whatever was answered before."""
        return any(not item.ask_if.codes for item in self.items)


@dataclass(frozen=True)
class Journey:
    """What one respondent is asked, given the units to rate and the answers so far.

    A condition may read items asked before it only (the loader sees to it), so one pass from the
    top finds the path. An answer to an item that is no longer asked stays in `given` but does not
    count: people change their minds, and change them back.
    """

    questionnaire: Questionnaire
    units: Sequence[str]
    given: Given = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Every page, in order: a page a section; when many units are rated, a page a unit.

        Many questions about each of many units are on several pages a unit.
        """
        if len(self.units) > 1:
            return self._made_pages()
        kept = self.questionnaire.derived  # the same for all who rate this unit
        key = ("pages", *self.units)
        if key not in kept:
            kept[key] = self._made_pages()
        return cast(tuple[Page, ...], kept[key])

    def _made_pages(self) -> tuple[Page, ...]:
        pages: list[Page] = []
        sections = list(self.questionnaire.sections)
        while sections:
            if not sections[0].each_unit:
                pages.append(Page(sections[0].name, (sections.pop(0),)))
                continue
            run: list[Section] = []
            while sections and sections[0].each_unit:
                run.append(sections.pop(0))
            pages += self._unit_pages(run)
        return tuple(pages)

    def _unit_pages(self, run: list[Section]) -> list[Page]:
        if len(self.units) == 1:
            return [Page(section.name, (section,), self.units[0]) for section in run]
        parts = _divided(run)
        return [Page(f"{part[0].name}~{unit}", part, unit) for unit in self.units for part in parts]

    @cached_property
    def _walked(self) -> tuple[Given, Mapping[str, tuple[Item, ...]]]:
        """One pass from the top: the answers that count, and the items asked on each page.

        A unit that is skipped keeps its first page, where it can be taken up again.
        """
        counted: dict[str, dict[str, str]] = {}
        asked: dict[str, tuple[Item, ...]] = {}
        before = ABOUT
        for page in self.pages:
            if page.unit == before and self.is_skipped(page):
                asked[page.key] = ()
                continue
            here = {} if self.is_skipped(page) else counted.setdefault(page.unit, {})
            own = self.given.get(page.unit, {})
            if names := page.always_asks:  # nearly every page: nothing need be asked item by item
                asked[page.key] = page.items
                here.update({name: own[name] for name in names if own.get(name)})
            else:
                asked[page.key] = _asked(page.items, counted.get(ABOUT, {}), here, own)
            before = page.unit if asked[page.key] else before
        return counted, asked

    @property
    def counted(self) -> Given:
        """The answers that count: those to items that are asked, of units that are not skipped."""
        return self._walked[0]

    def asked(self, page: Page, given_here: Mapping[str, str] | None = None) -> tuple[Item, ...]:
        """The items of a page that are asked, in order.

        `given_here` stands in for what was kept for the page: what a phone has just sent.
        """
        if given_here is None:
            return self._walked[1][page.key]
        so_far: dict[str, str] = dict(self.counted.get(ABOUT, {}))
        if page.unit != ABOUT:
            so_far.update(self.counted.get(page.unit, {}))
        items: list[Item] = []
        for item in page.items:
            so_far.pop(item.name, None)
            if not item.ask_if.holds(so_far):
                continue
            items.append(item)
            if given_here.get(item.name):
                so_far[item.name] = given_here[item.name]
        return tuple(items)

    @cached_property
    def shown(self) -> tuple[Page, ...]:
        """The pages with at least one item to ask."""
        return tuple(page for page in self.pages if self.asked(page))

    def is_part(self, page: Page) -> bool:
        """Whether other pages ask about the same one of many units."""
        if page.unit == ABOUT or len(self.units) == 1:
            return False
        return sum(each.unit == page.unit for each in self.pages) > 1

    def find(self, key: str) -> Page | None:
        """The page with this key, if this respondent has one."""
        return next((page for page in self.pages if page.key == key), None)

    def after(self, page: Page) -> Page | None:
        """The page shown after this one; None means: review."""
        later = self.pages[self.pages.index(page) + 1 :]
        return next((each for each in later if self.asked(each)), None)

    def before(self, page: Page) -> Page | None:
        """The page shown before this one; None means: the start."""
        earlier = self.pages[: self.pages.index(page)]
        return next((each for each in reversed(earlier) if self.asked(each)), None)

    def lacking(self, page: Page) -> tuple[Item, ...]:
        """Items of a page that must still be answered."""
        if self.is_skipped(page):
            return ()
        here = self.counted.get(page.unit, {})
        return tuple(item for item in self.asked(page) if item.required and item.name not in here)

    @property
    def next(self) -> Page | None:
        """The first page that lacks a required answer; None when the form may be sent."""
        return next((page for page in self.shown if not self.is_done(page)), None)

    def is_skipped(self, page: Page) -> bool:
        """Whether the page rates a unit that is skipped; no other page can be."""
        return page.unit != ABOUT and page.unit in self.skipped

    def is_done(self, page: Page) -> bool:
        """Whether nothing that must be answered is missing on this page."""
        return not self.lacking(page)

    @property
    def progress(self) -> tuple[int, int]:
        """Items answered, and items asked, over the whole path; skipped units count as answered."""
        answered = asked = 0
        for page in self.shown:
            items = self.asked(page)
            asked += len(items)
            here = self.counted.get(page.unit, {})
            done = [item for item in items if self.is_skipped(page) or item.name in here]
            answered += len(done)
        return answered, asked


def _asked(
    items: Sequence[Item],
    about: Mapping[str, str],
    here: dict[str, str],
    own: Mapping[str, str],
) -> tuple[Item, ...]:
    """The items whose condition holds; the answers that so count are put `here`."""
    asked: list[Item] = []
    for item in items:
        if item.ask_if.codes and not item.ask_if.holds({**about, **here}):
            continue
        asked.append(item)
        if own.get(item.name):
            here[item.name] = own[item.name]
    return tuple(asked)


def _divided(run: Sequence[Section]) -> list[tuple[Section, ...]]:
    """Sections in a row by page: as few pages as have room, none longer than it must be."""
    lengths = tuple(
        sum(len(item.scale.options) if item.scale else 1 for item in section.items)
        for section in run
    )
    shares = _shares(lengths, MOST_OPTIONS)
    ends = accumulate(shares)
    return [tuple(run[end - many : end]) for many, end in zip(shares, ends, strict=True)]


@cache
def _shares(lengths: tuple[int, ...], most: int) -> tuple[int, ...]:
    """How many sections, of these lengths, stand on each page."""
    fewest = _filled(lengths, most)
    ways = (_filled(lengths, room) for room in range(max(lengths), most))
    return next((way for way in ways if len(way) == len(fewest)), fewest)


def _filled(lengths: Sequence[int], room: int) -> tuple[int, ...]:
    """How many stand on each page, where each takes what it has room for; a long one is alone."""
    shares: list[int] = []
    left = 0
    for length in lengths:
        if not shares or length > left:
            shares.append(0)
            left = room
        shares[-1] += 1
        left -= length
    return tuple(shares)
