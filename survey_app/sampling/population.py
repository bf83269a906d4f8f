"""A population list: everybody who might be asked, and who stands in it more than once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.problems import Problem
from analysis.spelling import skeleton
from survey_app.fieldwork.case import Case, Contact
from survey_app.fieldwork.understanding.understood import Understanding

Cell = tuple[str, str, str]
"""One independent sample: group, sample, unit."""

ONE_STRATUM = "all"

_MOST_TOLD = 20
_MOST_LINES = 8


@dataclass(frozen=True)
class Person:
    """A row of the list. The case has no weight yet, and no number where the list has none."""

    case: Case
    contact: Contact
    line: int

    @property
    def identity(self) -> tuple[str, ...]:
        """Who it is, within a sample: the number in the list, else name and ways to be reached."""
        if self.case.label:
            return ("case", self.case.label)
        return ("contact", *map(skeleton, self._contact), skeleton(self.case.psu))

    @property
    def _contact(self) -> tuple[str, str, str, str]:
        it = self.contact
        return it.name, it.phone, it.email, it.address

    @property
    def is_certain(self) -> bool:
        """Whether two rows with this identity are one person: names alone are shared."""
        return bool(self.case.label or self.contact.phone or self.contact.email)


@dataclass(frozen=True)
class Population:
    """A sound list. `remarks` are what whoever handed it in should look at.

    `understanding` is how the file was understood, where it comes from one.
    """

    people: tuple[Person, ...]
    remarks: tuple[Problem, ...] = ()
    understanding: Understanding | None = field(default=None, compare=False)

    def of_groups(self, groups: Sequence[str]) -> tuple[Person, ...]:
        """Those of some groups; everybody where none is named."""
        return tuple(each for each in self.people if not groups or each.case.group in groups)


def population(file: str, listed: Sequence[Person], remarks: Iterable[Problem] = ()) -> Population:
    """The list with everybody once in each sample, and a remark for each kind of repetition."""
    kept: dict[Hashable, Person] = {}
    again: dict[Hashable, list[int]] = defaultdict(list)
    for person in listed:
        key = (person.case.cell, person.identity)
        if key in kept and person.is_certain:
            again[key].append(person.line)
        elif key in kept:
            kept[*key, person.line] = person
        else:
            kept[key] = person
    people = tuple(kept.values())
    twice = [(kept[key].line, *lines) for key, lines in again.items()]
    told = [
        *_repeated(file, "listed-twice", twice, _SAYS["listed-twice"]),
        *_repeated(file, "namesakes", _same_name(people), _SAYS["namesakes"]),
        *_repeated(file, "same-phone", _same_phone(people), _SAYS["same-phone"]),
        *_repeated(file, "in-two-samples", _in_two_samples(people), _SAYS["in-two-samples"]),
    ]
    return Population(people, (*remarks, *told))


def numbered(people: Sequence[Person]) -> tuple[tuple[Person, tuple[str, ...]], ...]:
    """Each with an identity that is theirs alone: namesakes are told apart by a count."""
    seen: dict[Hashable, int] = defaultdict(int)
    listed = []
    for person in people:
        key = (person.case.cell, person.identity)
        seen[key] += 1
        again = (f"#{seen[key]}",) if seen[key] > 1 else ()
        listed.append((person, (*person.case.cell, *person.identity, *again)))
    return tuple(listed)


_SAYS: Mapping[str, tuple[str, str]] = {
    "listed-twice": (
        "the same person stands twice in a sample, and was counted once: rows {}",
        "nothing has to be done, unless they are two persons: then give them numbers of their own",
    ),
    "namesakes": (
        "the same name stands twice in a sample, with no telephone to tell them apart: rows {}",
        "leave out a row that is there twice; fill in `case` or `phone` for namesakes",
    ),
    "same-phone": (
        "different names have one telephone number: rows {}",
        "see whether they are one person; people of one household may share a telephone",
    ),
    "in-two-samples": (
        "the same person stands in several samples, and may be drawn for each: rows {}",
        "where nobody is to be asked twice, leave the person in one of them",
    ),
}


def _repeated(
    file: str, slug: str, groups: Sequence[tuple[int, ...]], says: tuple[str, str]
) -> Iterable[Problem]:
    message, help = says
    for lines in groups[:_MOST_TOLD]:
        shown = ", ".join(map(str, lines[:_MOST_LINES])) + (" ..." if lines[_MOST_LINES:] else "")
        values = {"rows": shown}
        yield Problem(
            slug, message.format(shown), file, lines[0], help=help, values=values,
            severity="warning",
        )  # fmt: skip
    left = len(groups) - _MOST_TOLD
    if left > 0:
        said, values = message.format(f"and {left} more such sets"), {"rows": f"+{left}"}
        yield Problem(slug, said, file, help=help, values=values, severity="warning")


def _same_name(people: Sequence[Person]) -> list[tuple[int, ...]]:
    unsure = [each for each in people if not each.is_certain]
    return _sharing(((each.case.cell, each.identity), each.line) for each in unsure)


def _same_phone(people: Sequence[Person]) -> list[tuple[int, ...]]:
    names: dict[str, dict[str, int]] = defaultdict(dict)
    for each in people:
        if each.contact.phone:
            names[each.contact.phone].setdefault(skeleton(each.contact.name), each.line)
    return [tuple(lines.values()) for lines in names.values() if len(lines) > 1]


def _in_two_samples(people: Sequence[Person]) -> list[tuple[int, ...]]:
    cells: dict[Hashable, dict[Cell, int]] = defaultdict(dict)
    for each in people:
        reached = each.contact.phone or each.contact.email
        if reached:
            key = (skeleton(each.contact.name), reached)
            cells[key].setdefault(each.case.cell, each.line)
    return [tuple(lines.values()) for lines in cells.values() if len(lines) > 1]


def _sharing(keyed: Iterable[tuple[Hashable, int]]) -> list[tuple[int, ...]]:
    lines: dict[Hashable, list[int]] = defaultdict(list)
    for key, line in keyed:
        lines[key].append(line)
    return [tuple(each) for each in lines.values() if len(each) > 1]
