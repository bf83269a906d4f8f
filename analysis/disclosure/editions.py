"""Scorecards of one wave that were published one after the other: one set of tables.

Whoever kept the first subtracts it from the second. Where few forms were left out or taken in
between the two, the difference of a group's ratios is a number of those few; so the change is a
small cell of its own, all numbers of that group are withheld from the second, and every total by
which the change would follow from both together. What was published cannot be taken back: the
first scorecard's public numbers are equations for ever, and only the second's can be withheld.

Rows with the same counts in both are taken to be of the same people: another weighting changes
their ratio, and tells nothing of one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from analysis.disclosure.cell import Cell, Name, Reason
from analysis.disclosure.publication_cells import Rule, mean_cells, total_cells
from analysis.disclosure.scores import Row, Scores

COUNTS = ("n_respondents", "n", "n_blank", "n_nocoef")
NUMBERS = (*COUNTS, "mean", "sum_w")


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A scorecard that was published: its scores, and what was withheld of it."""

    scores: Scores
    withheld: Mapping[Name, Reason]


@dataclass(frozen=True, kw_only=True)
class Editions:
    """The scorecards published before, oldest first, beside the one that is to follow."""

    before: Sequence[Edition]
    scores: Scores
    rule: Rule

    def same(self, unit: str) -> Edition | None:
        """The first edition that says the same of a unit."""
        return next(
            (it for it in self.before if _says_thesame_numbers(it.scores, self.scores, unit)), None
        )

    @cached_property
    def changed_by_few(self) -> frozenset[tuple[str, str]]:
        """Units and groups in which few people make a difference between two editions."""
        return frozenset(
            (unit, group)
            for edition in self.before
            for unit, group in self.scores.respondents
            if 0 < _people(edition.scores, self.scores, unit, group) < self.rule.fewest
        )

    def withheld_before(self, unit: str) -> dict[Name, Reason]:
        """What is withheld of a unit in the editions before."""
        return {
            _tagged(name, at): reason
            for at, edition in enumerate(self.before)
            for name, reason in edition.withheld.items()
            if name[0] not in {"count", "average"} and name[1] == unit
        }

    def readings(self, unit: str, means: Mapping[Name, Cell]) -> list[list[Cell]]:
        """All cells of a unit in all editions, in each way in which they can be read.

        Whether groups set aside for few answers are taken to count, and whether ratios of the new
        edition stand for themselves or are those of an earlier one and a change.
        """
        return [
            [*self._known(unit, lenient=lenient), *self._new(unit, means, since, lenient=lenient)]
            for lenient in (False, True)
            for since in (None, *range(len(self.before)))
        ]

    def _known(self, unit: str, *, lenient: bool) -> list[Cell]:
        cells: list[Cell] = []
        for at, edition in enumerate(self.before):
            means = self._means(edition, unit)
            totals = total_cells(edition.scores, unit, means, lenient=lenient)
            renamed = [_of_edition(cell, at) for cell in (*means.values(), *totals)]
            cells += [self._standing_for(cell, edition.scores, at) for cell in renamed]
        return cells

    def _means(self, edition: Edition, unit: str) -> dict[Name, Cell]:
        small = frozenset(name for name in edition.withheld if name[0] == "count")
        return mean_cells(edition.scores, unit, self.rule, small)

    def _standing_for(self, cell: Cell, scores: Scores, at: int) -> Cell:
        """A ratio of an edition: the same unknown as in an earlier one whose row is the same."""
        if cell.name[0] != "mean":
            return cell
        unit, group, question = cell.name[1:4]
        row = scores.estimate(unit, group, question)
        for earlier in range(at):
            if same_numbers(self.before[earlier].scores.estimate(unit, group, question), row):
                name = _tagged(("mean", unit, group, question), earlier)
                was_public = name[:-1] not in self.before[earlier].withheld
                return replace(cell, parts={name: 1.0}, fixed=cell.fixed or was_public)
        return cell

    def _new(
        self, unit: str, means: Mapping[Name, Cell], since: int | None, *, lenient: bool
    ) -> list[Cell]:
        cells: list[Cell] = []
        for cell in means.values():
            ratio = self._standing_for(cell, self.scores, len(self.before))
            if since is not None and not ratio.parts:
                cells += self._change(ratio, since)
            else:
                cells.append(ratio)
        totals = total_cells(self.scores, unit, means, lenient=lenient)
        return [*cells, *(self._as_before(total) for total in totals)]

    def _as_before(self, total: Cell) -> Cell:
        """A total that an earlier edition has published already cannot be withheld."""
        unit = total.name[1]
        criteria = [
            criterion
            for criterion in self.scores.definition.criteria
            if total.name[0] == "unit" or total.name[2] in {criterion.name, criterion.field}
        ]
        for edition in self.before:
            same = all(
                _same_points(edition.scores, self.scores, unit, criterion.name)
                and all(
                    same_numbers(
                        edition.scores.estimate(unit, *link[:2]),
                        self.scores.estimate(unit, *link[:2]),
                    )
                    for link in criterion.links
                )
                for criterion in criteria
            )
            if same and total.name not in edition.withheld:
                return replace(total, fixed=True)
        return total

    def _change(self, ratio: Cell, since: int) -> list[Cell]:
        """A ratio as that of an earlier edition and what the few who changed add to it."""
        unit, group, question = ratio.name[1:4]
        earlier, now = (
            scores.estimate(unit, group, question)
            for scores in (self.before[since].scores, self.scores)
        )
        few = 0 < _people(self.before[since].scores, self.scores, unit, group) < self.rule.fewest
        if not few or earlier["mean"] is None or now["mean"] is None or not now["sum_w"]:
            return [ratio]
        name = ("change", *ratio.name[1:], str(since))
        weight = now["sum_w"] - earlier["sum_w"]
        value = now["sum_w"] * now["mean"] - earlier["sum_w"] * earlier["mean"]
        ends = (weight * ratio.lower, weight * ratio.upper, value)
        change = Cell(
            name=name,
            sensitive=True,
            respondents=(unit, f"{group} {since}"),
            value=value,
            lower=min(ends),
            upper=max(ends),
            width=self.rule.room * (max(ends) - min(ends)),
        )
        parts = {
            _tagged(ratio.name, since): earlier["sum_w"] / now["sum_w"],
            name: 1 / now["sum_w"],
        }
        return [change, replace(ratio, parts=parts)]


def _tagged(name: Name, at: int) -> Name:
    return (*name, f"edition {at}")


def _of_edition(cell: Cell, at: int) -> Cell:
    parts = {_tagged(name, at): weight for name, weight in cell.parts.items()}
    return replace(cell, name=_tagged(cell.name, at), parts=parts, fixed=True)


def _says_thesame_numbers(one: Scores, other: Scores, unit: str) -> bool:
    if unit not in one.estimates or one.unit_scores[unit] != other.unit_scores[unit]:
        return False
    places = {*one.estimates[unit], *other.estimates[unit]}
    return all(
        same_numbers(one.estimate(unit, *place), other.estimate(unit, *place)) for place in places
    ) and all(
        _same_points(one, other, unit, criterion.name) for criterion in other.definition.criteria
    )


def _same_points(one: Scores, other: Scores, unit: str, criterion: str) -> bool:
    return one.points.get((unit, criterion)) == other.points.get((unit, criterion))


def same_numbers(one: Row, other: Row) -> bool:
    """Whether two estimates are taken to be of the same people."""
    return all(one.get(number) == other.get(number) for number in NUMBERS)


def _people(one: Scores, other: Scores, unit: str, group: str) -> int:
    """How many people make the difference between two editions of a group, at least.

    Where there are as many and their answers differ in number, somebody came for somebody.
    """
    if unit not in one.estimates:
        return 0
    rows = [
        (one.estimate(unit, *place), other.estimate(unit, *place))
        for place in {*one.estimates[unit], *other.estimates[unit]}
        if place[0] == group
    ]
    apart = [abs(a.get(key, 0) - b.get(key, 0)) for a, b in rows for key in COUNTS]
    return max(apart, default=0)
