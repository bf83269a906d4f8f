"""Drawing a sample: who is asked, with which weight, and who stands in for whom."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import count
from math import ceil

from analysis.problems import Problem, ProblemsFound
from survey_app import collation
from survey_app.fieldwork import values
from survey_app.fieldwork.case import Case, Contact, Stratum
from survey_app.sampling import random_numbers, selection
from survey_app.sampling.design import Design, Method, checked
from survey_app.sampling.plan import Planned, planned, stratum_of
from survey_app.sampling.population import Cell, Person, Population, numbered

WEIGHT_PLACES = 12
"""Decimals of a weight: of a million persons, the weights add up to the last millionth."""

_LONGEST_NAME = 64

Key = tuple[str, ...]
"""Who somebody is, in the whole list."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """What came of a stratum of the sample: how many there are, were drawn, and are in reserve."""

    cell: Cell
    stratum: str
    population: int
    drawn: int
    reserve: int
    psus: int
    drawn_psus: int
    lowest: str
    highest: str
    """Of the weights."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A drawn sample. The reserve is in the order in which it is used, stratum by stratum."""

    cases: tuple[Case, ...]
    reserve: tuple[Case, ...]
    contacts: Mapping[str, Contact]
    frame: tuple[Stratum, ...]
    strata: tuple[Draw, ...]

    @property
    def digest(self) -> str:
        """What two draws of the same persons have in common, to the last letter and weight."""
        digest = hashlib.sha256()
        for kind, listed in (("drawn", self.cases), ("reserve", self.reserve)):
            for case in listed:
                contact = self.contacts.get(case.label, Contact(case.label))
                digest.update(repr((kind, astuple(case), astuple(contact))).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class _Pick:
    """Somebody with the design in which they stand."""

    person: Person
    stratum: str
    weight: Fraction
    psu: str = ""
    fpc1: int | None = None


@dataclass
class _Selected:
    """The picks of a stratum and its reserve, in order. `of` is how many there are, `psus` too."""

    cell: Cell
    stratum: str
    of: int
    drawn: list[_Pick] = field(default_factory=list)
    reserve: list[_Pick] = field(default_factory=list)
    psus: int = 0
    drawn_psus: int = 0


@dataclass(frozen=True)
class _Lot:
    """The persons of a stratum with their identities, and what is drawn of them."""

    line: Planned
    design: Design
    people: Mapping[Key, Person]

    @property
    def place(self) -> tuple[str, ...]:
        """Which stratum it is."""
        return (*self.line.cell, self.line.stratum)

    def in_order(self, some: Mapping[Key, Person] | None = None) -> tuple[Key, ...]:
        """Everyone, or some, in the order of their permanent random numbers."""
        keys = self.people if some is None else some
        numbers = {key: random_numbers.number(self.design.seed, *key) for key in keys}
        return selection.in_random_order(numbers, {key: "\0".join(key) for key in keys})

    def selected(self, order: Sequence[Key], n: int) -> _Selected:
        """The first n of an order, and the reserve after them, each drawn by themselves."""
        of = self.line.population
        upto = n + self.reserve_of(n)
        picks = [
            _Pick(self.people[key], self.line.stratum, Fraction(of, n), fpc1=of)
            for key in order[:upto]
        ]
        return _Selected(self.line.cell, self.line.stratum, of, picks[:n], picks[n:])

    def reserve_of(self, drawn: int) -> int:
        """How many are held in reserve for so many drawn."""
        return ceil(Fraction(drawn * self.design.reserve, 100))


def draw(population: Population, design: Design) -> Drawn:
    """Draw a sample: the same for a seed and a list, whatever the order of its rows.

    Raises
    ------
    ProblemsFound
        The design does not fit the list.
    """
    people = population.of_groups(checked(design).groups)
    lines = planned(people, design)
    _can_be_drawn(people, design)
    lots: dict[tuple[Cell, str], dict[Key, Person]] = defaultdict(dict)
    for person, identity in numbered(sorted(people, key=_by_who)):
        lots[person.case.cell, stratum_of(person, design)][identity] = person
    selected = [
        each
        for line in lines
        for each in _SELECT[design.method](_Lot(line, design, lots[line.cell, line.stratum]))
    ]
    return _drawn(selected, {each.case.label for each in people})


def _by_who(person: Person) -> tuple[object, ...]:
    return (*person.case.cell, person.identity, *map(repr, (person.case, person.contact)))


def _can_be_drawn(people: Sequence[Person], design: Design) -> None:
    if design.method == "clusters" and (bare := [each for each in people if not each.case.psu]):
        message = f"{len(bare)} persons of the list have no PSU, the first in row {bare[0].line}"
        help = "fill in `psu` (village, street group), or draw persons directly"
        values = {"count": str(len(bare)), "row": str(bare[0].line)}
        raise ProblemsFound([Problem("psu-missing", message, "design", help=help, values=values)])


def _simple(lot: _Lot) -> list[_Selected]:
    """The first n by permanent random numbers, and the next ones in reserve."""
    return [lot.selected(lot.in_order(), lot.line.forms)] if lot.line.forms else []


def _systematic(lot: _Lot) -> list[_Selected]:
    """Every N/n-th of the list in its order, from a random start; the reserve is at random."""
    n, of = lot.line.forms, lot.line.population
    if not n:
        return []
    places: dict[str, collation.Key] = {}  # of names that stand in many rows
    listed = sorted(lot.people, key=lambda key: _position(lot.people[key], key, places))
    start = random_numbers.fraction(lot.design.seed, "start", *lot.place)
    chosen = selection.systematic(listed, selection.equal_chances(n, of), start)
    among = set(chosen)
    return [lot.selected((*chosen, *(key for key in lot.in_order() if key not in among)), n)]


def _position(person: Person, key: Key, places: dict[str, collation.Key]) -> tuple[object, ...]:
    """Where somebody stands in the list that is passed step by step."""
    case, contact = person.case, person.contact
    names = (case.stratum, case.home_unit, case.psu, contact.address, contact.name)
    for name in names:
        if name not in places:
            places[name] = collation.key(name)
    return (*(places[name] for name in names), key)


def _clusters(lot: _Lot) -> list[_Selected]:
    """PSUs with chances proportional to their persons, then persons at random within each.

    A PSU that is taken for certain is a stratum by itself, in which persons are the PSUs.
    """
    by_psu: dict[str, dict[Key, Person]] = defaultdict(dict)
    for key, person in lot.people.items():
        by_psu[person.case.psu][key] = person
    seed, m = lot.design.seed, lot.line.drawn_psus
    numbers = {psu: random_numbers.number(seed, "psu", *lot.place, psu) for psu in by_psu}
    names = selection.in_random_order(numbers, {psu: psu for psu in by_psu})
    chances = selection.size_chances(m, [len(by_psu[psu]) for psu in names])
    start = random_numbers.fraction(seed, "psu start", *lot.place)
    chosen = set(selection.systematic(names, chances, start))
    certain = {psu for psu, chance in zip(names, chances, strict=True) if chance == 1}
    left = lot.line.population - sum(len(by_psu[psu]) for psu in certain)
    rest = _Selected(lot.line.cell, lot.line.stratum, left,
                     psus=len(names) - len(certain), drawn_psus=m - len(certain))  # fmt: skip
    strata = [rest] if left else []
    taken = {lot.line.stratum}
    for psu, chance in zip(names, chances, strict=True):
        people = by_psu[psu]
        if psu in certain:
            own = _Selected(lot.line.cell, _own_stratum(lot.line.stratum, psu, taken), len(people))
            strata.append(own)
            _take(lot, people, own, Fraction(1), fpc1=len(people))
        elif psu in chosen:
            _take(lot, people, rest, chance, psu=psu)
    return strata


def _take(
    lot: _Lot,
    people: Mapping[Key, Person],
    into: _Selected,
    chance: Fraction,
    psu: str = "",
    fpc1: int | None = None,
) -> None:
    """A simple random sample of a PSU, and its reserve."""
    order, n = lot.in_order(people), min(lot.design.take, len(people))
    weight = Fraction(len(people), n) / chance
    picks = [
        _Pick(people[key], into.stratum, weight, psu, fpc1)
        for key in order[: n + lot.reserve_of(n)]
    ]
    into.drawn += picks[:n]
    into.reserve += picks[n:]


def _own_stratum(stratum: str, psu: str, taken: set[str]) -> str:
    """The name of a stratum that is one PSU, unlike any other."""
    for number in count(1):
        tail = f": {psu}" + (f" ({number})" if number > 1 else "")
        room = _LONGEST_NAME - len(tail)
        name = f"{stratum[:room]}{tail}" if room > 0 else tail[-_LONGEST_NAME:]
        if name not in taken:
            taken.add(name)
            return name
    raise AssertionError(psu)


_SELECT: Mapping[Method, Callable[[_Lot], list[_Selected]]] = {
    "all": _simple,
    "simple": _simple,
    "stratified": _simple,
    "systematic": _systematic,
    "clusters": _clusters,
}


def weight_text(weight: Fraction) -> str:
    """A weight as it is kept: decimal text, rounded half even at the last of its places."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(weight.numerator) / Decimal(weight.denominator)
        return values.plain(exact.quantize(Decimal(1).scaleb(-WEIGHT_PLACES)))


@dataclass
class _Numbering:
    """Gives a number to each case that has none in the list, unlike every other."""

    known: set[str]
    contacts: dict[str, Contact] = field(default_factory=dict)
    counts: Counter[tuple[Cell, str]] = field(default_factory=Counter)

    def case(self, pick: _Pick, mark: str = "") -> Case:
        """Somebody as a case, with the weight of their design."""
        case = pick.person.case
        label = case.label or self._next(case, mark)
        if not pick.person.contact.is_blank:
            self.contacts[label] = replace(pick.person.contact, label=label)
        weight = weight_text(pick.weight)
        return replace(
            case, label=label, stratum=pick.stratum, weight=weight, psu=pick.psu, fpc1=pick.fpc1
        )

    def _next(self, case: Case, mark: str) -> str:
        self.counts[case.cell, mark] += 1
        name = (case.sample or case.unit)[:32]
        label = f"{case.group[:24]}-{name}-{mark}{self.counts[case.cell, mark]:04d}"
        return self._next(case, mark) if label in self.known else label


def _drawn(selected: Sequence[_Selected], known: set[str]) -> Drawn:
    numbering = _Numbering(known)
    cases = [numbering.case(pick) for each in selected for pick in each.drawn]
    reserve = [numbering.case(pick, "R") for each in selected for pick in each.reserve]
    return Drawn(
        cases=tuple(cases),
        reserve=tuple(reserve),
        contacts=numbering.contacts,
        frame=tuple(_framed(each) for each in selected),
        strata=tuple(_told(each) for each in selected),
    )


def _framed(each: _Selected) -> Stratum:
    group, sample, unit = each.cell
    return Stratum(group, sample, unit, each.stratum, each.of, len(each.drawn))


def _told(each: _Selected) -> Draw:
    weights = sorted(pick.weight for pick in each.drawn)
    return Draw(
        cell=each.cell,
        stratum=each.stratum,
        population=each.of,
        drawn=len(each.drawn),
        reserve=len(each.reserve),
        psus=each.psus,
        drawn_psus=each.drawn_psus,
        lowest=weight_text(weights[0]),
        highest=weight_text(weights[-1]),
    )
