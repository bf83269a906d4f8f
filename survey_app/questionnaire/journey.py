"""The way of one respondent through a questionnaire: a pure function of what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from survey_app.questionnaire.model import Item, Questionnaire, Section

ABOUT = ""
"""Where a unit's code would stand, for answers that are about no unit."""

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
        """Every page, in order: a page a section, but a page a unit when many are rated."""
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
        return [Page(f"{run[0].name}~{unit}", tuple(run), unit) for unit in self.units]

    @cached_property
    def _walked(self) -> tuple[Given, Mapping[str, tuple[Item, ...]]]:
        """One pass from the top: the answers that count, and the items asked on each page."""
        counted: dict[str, dict[str, str]] = {}
        asked: dict[str, tuple[Item, ...]] = {}
        for page in self.pages:
            here = {} if self.is_skipped(page) else counted.setdefault(page.unit, {})
            own = self.given.get(page.unit, {})
            if names := page.always_asks:  # nearly every page: nothing need be asked item by item
                asked[page.key] = page.items
                here.update({name: own[name] for name in names if own.get(name)})
                continue
            about, items = counted.get(ABOUT, {}), []
            for item in page.items:
                if item.ask_if.codes and not item.ask_if.holds({**about, **here}):
                    continue
                items.append(item)
                if own.get(item.name):
                    here[item.name] = own[item.name]
            asked[page.key] = tuple(items)
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
