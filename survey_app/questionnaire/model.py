"""Texts as frozen objects: an index definition, its questionnaires, its units.

`load` makes them from YAML and sees to it that they are whole, so nothing here checks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

Text = Mapping[str, str]
"""Language -> words. Complete: the loader sees to it."""

Kind = Literal["choice", "choices", "number", "date", "text", "long_text"]
Provenance = Literal["quoted", "analogous", "proposed"]
Assessed = Literal["self", "survey"]
Average = Literal["equal", "pooled"]
Order = Literal["fixed", "shuffle", "reverse"]

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}")
"""What a code (of an option, an item, a unit, a section) may be: it stands in URLs and CSV."""


@dataclass(frozen=True)
class Option:
    """One answer to choose. `coefficient` is what it is worth, 0 to 1; None is not counted.

    `stays_last`: its place is at the end, however the others are shuffled ("something else").
    """

    code: str
    label: Text
    coefficient: Decimal | None = None
    no_opinion: bool = False
    stays_last: bool = False


@dataclass(frozen=True)
class Scale:
    """A set of options, in the order in which they are shown unless an item lets it differ.

    `best` says at which end the best option stands; None for a scale that is not scored.
    """

    name: str
    options: tuple[Option, ...]
    best: Literal["first", "last"] | None = None
    provenance: Provenance = "proposed"
    source: str = ""

    @cached_property
    def codes(self) -> frozenset[str]:
        """Every code that may be stored."""
        return frozenset(option.code for option in self.options)

    @property
    def has_no_opinion(self) -> bool:
        """Whether a respondent can decline to judge."""
        return any(option.no_opinion for option in self.options)


@dataclass(frozen=True)
class Condition:
    """`ask_if`: of every item named, one of the codes was given. Empty: always asked."""

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def holds(self, given: Mapping[str, str]) -> bool:
        """Whether the answers so far let the item be asked; `choices` hold by any code."""
        return all(
            wanted.intersection(given.get(item, "").split()) for item, wanted in self.codes.items()
        )


ALWAYS = Condition()


@dataclass(frozen=True)
class Recording:
    """Words as somebody speaks them: a file of the library, and the SHA-256 of its bytes."""

    path: str
    digest: str


@dataclass(frozen=True)
class Item:
    """One question. A `choice` or `choices` item has a scale; the other kinds have none.

    `required` only where the scale lets a respondent say "no opinion": the loader refuses others.
    """

    name: str
    ask: Text
    kind: Kind = "choice"
    scale: Scale | None = None
    hint: Text | None = None
    required: bool = False
    ask_if: Condition = ALWAYS
    low: Decimal | None = None
    high: Decimal | None = None
    max_length: int = 1000
    audio: Mapping[str, Recording] = field(default_factory=dict)
    """Language -> what is asked, spoken."""
    order: Order = "fixed"
    """How the options stand: as written, or in an order drawn for each form (`orders`)."""


@dataclass(frozen=True)
class Section:
    """Items that stand together. `each_unit`: asked again for every unit that is rated."""

    name: str
    title: Text
    items: tuple[Item, ...]
    each_unit: bool = False


@dataclass(frozen=True)
class Notice:
    """What a respondent is told before the first question (domain rules 12 and 5)."""

    asks: Text
    why: Text
    kept: Text
    until: Text
    voluntary: Text
    contact: Text
    audio: Mapping[str, Recording] = field(default_factory=dict)


@dataclass(frozen=True)
class Questionnaire:
    """What one respondent group is asked, about the units of one class."""

    name: str
    version: int
    languages: tuple[str, ...]
    group: str
    title: Text
    notice: Notice
    sections: tuple[Section, ...]
    file: str = ""
    language_names: Mapping[str, str] = field(default_factory=dict)
    """What each language of the questionnaire calls itself, on the button that turns to it."""

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every item by its name, in the order of asking."""
        return {item.name: item for section in self.sections for item in section.items}

    @cached_property
    def recordings(self) -> Mapping[str, Recording]:
        """Every recording, by the SHA-256 of its bytes."""
        spoken = (self.notice.audio, *(item.audio for item in self.items.values()))
        return {each.digest: each for audio in spoken for each in audio.values()}

    @cached_property
    def derived(self) -> dict[tuple[str, ...], Any]:
        """What others have worked out from the texts alone, and keep with them."""
        return {}

    @cached_property
    def unit_items(self) -> tuple[Item, ...]:
        """The items asked of every unit."""
        return tuple(
            item for section in self.sections if section.each_unit for item in section.items
        )


@dataclass(frozen=True)
class Leaf:
    """A node that is worth points: a sub-criterion, or a criterion without any.

    `groups` maps each respondent group that is asked to its weight in the criterion's ratio;
    empty for self-assessed leaves.
    """

    code: str
    name: Text
    points: Decimal
    assessed: Assessed
    provenance: Provenance
    source: str = ""
    question: str = ""
    groups: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Criterion:
    """The middle level. `leaves` holds its sub-criteria, or itself when `is_leaf`."""

    code: str
    name: Text
    provenance: Provenance
    leaves: tuple[Leaf, ...]
    is_leaf: bool = False
    source: str = ""


@dataclass(frozen=True)
class Field:
    """The top level of an index (lĩnh vực).

    `appraised_by` are the codes of the agencies that appraise it; empty where nobody is named.
    """

    code: str
    name: Text
    provenance: Provenance
    criteria: tuple[Criterion, ...]
    source: str = ""
    appraised_by: tuple[str, ...] = ()

    @property
    def leaves(self) -> Iterator[Leaf]:
        """Every leaf below this field, in order."""
        return (leaf for criterion in self.criteria for leaf in criterion.leaves)


@dataclass(frozen=True)
class Grade:
    """A grade is given from `min` percent of the maximum upwards (inclusive).

    `component_floor`: no field may stand under this percent of its maximum; None for no floor.
    """

    code: str
    label: Text
    min: Decimal
    component_floor: Decimal | None = None


@dataclass(frozen=True)
class Index:
    """One year's criteria for one class of units, with its legal basis."""

    name: str
    version: int
    languages: tuple[str, ...]
    unit_class: str
    title: Text
    legal_basis: Text
    groups: Mapping[str, Text]
    sources: Mapping[str, Text]
    fields: tuple[Field, ...]
    grades: tuple[Grade, ...]
    average: Average = "equal"
    min_group: int = 2
    """Answers under which a group does not count in a criterion: one has no standard error."""
    min_valid_share: Decimal = Decimal("0.5")
    publish_from: int = 5
    file: str = ""

    @property
    def leaves(self) -> Iterator[Leaf]:
        """Every leaf of the tree, in order."""
        return (leaf for each in self.fields for leaf in each.leaves)

    @property
    def is_official(self) -> bool:
        """Whether every entry is quoted from the decision; a report says so when not."""
        return set(self.provenances) <= {"quoted"}

    @property
    def provenances(self) -> Iterator[Provenance]:
        """Where each entry of the tree comes from, a criterion that is a leaf once."""
        for each in self.fields:
            yield each.provenance
            for criterion in each.criteria:
                yield criterion.provenance
                if not criterion.is_leaf:
                    yield from (leaf.provenance for leaf in criterion.leaves)


@dataclass(frozen=True)
class Unit:
    """An office that is scored, as long as it exists."""

    code: str
    unit_class: str
    name: Text
    valid_from: date | None = None
    valid_to: date | None = None
    predecessors: tuple[str, ...] = ()
    provenance: Provenance = "proposed"
    source: str = ""

    def exists_on(self, day: date) -> bool:
        """Whether the unit exists on that day, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True)
class Study:
    """One index programme's year: the index, its questionnaires by group, its units."""

    name: str
    index: Index
    questionnaires: Mapping[str, Questionnaire]
    units: tuple[Unit, ...]
    texts: Mapping[str, str]
    """Every file the study was read from, path relative to the library -> whole text."""
    unit_class_name: Text = field(default_factory=dict)
    """What units of this class are called together."""
