"""The suppression pattern of a scorecard: what is withheld, and what goes with it.

One model for all that is public: the tables of `publishable` and the pages of published results
ask it number by number, so one of them cannot be subtracted from the other. What would tell how
many people are behind a withheld number goes with it, whether it exists or not: its counts, its
interval, its status, the flags that speak of it, and the place of a unit whose score is withheld.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from analysis.disclosure.cell import Cell, Name, Reason
from analysis.disclosure.definition import Definition
from analysis.disclosure.editions import Edition, Editions
from analysis.disclosure.publication_cells import ALL, Rule, count_cells, mean_cells, total_cells
from analysis.disclosure.scores import Scores
from analysis.disclosure.suppression import complementary_suppression


class Place(NamedTuple):
    """Where a unit stands: its rank, the interval of the rank, its band; None where it has none."""

    rank: int | None
    lo: int | None
    hi: int | None
    band: int | None = None


@dataclass(frozen=True, kw_only=True)
class SuppressionPattern:
    """What of a scorecard is withheld.

    Attributes
    ----------
    scores : Scores
        The content of scores.json.
    cells : mapping from name to Cell
        Every number that could be published; names are those of `publication_cells`, and
        ``("average", criterion)``.
    withheld : mapping from name to reason
        The numbers that are not.
    """

    scores: Scores
    cells: Mapping[Name, Cell]
    withheld: Mapping[Name, Reason]

    def is_withheld(self, *name: str) -> bool:
        """Whether a number is withheld.

        Every number about a group goes with its count of respondents: an average in full
        precision tells its denominator.
        """
        return name in self.withheld

    def has_public_interval(self, *name: str) -> bool:
        """Whether the interval of a unit's score, a criterion or a ratio may be shown.

        A criterion's would say how a withheld part varies. A unit's rests on all its criteria, and
        is shown unless there is one criterion only, or a group of one counts, which has no
        standard error: where the interval is then missing, some count is one.
        """
        if name in self.withheld:
            return False
        if name[0] == "unit":
            return name[1] not in self._without_interval
        return name[0] != "criterion" or name not in self._touched

    @cached_property
    def _touched(self) -> frozenset[Name]:
        """Criteria with a withheld part, whether it counts in them or not."""
        return frozenset(
            ("criterion", unit, criterion.name)
            for unit in self.scores.units
            for criterion in self.scores.definition.criteria
            if any(("mean", unit, *link[:2]) in self.withheld for link in criterion.links)
        )

    @cached_property
    def _without_interval(self) -> frozenset[str]:
        units = {unit for _, unit, _ in self._touched}
        if self.scores.min_group < 2:
            return frozenset(units)
        return frozenset(unit for unit in units if len(self._criteria_of(unit)) == 1)

    def _criteria_of(self, unit: str) -> list[Name]:
        names = (
            ("criterion", unit, criterion.name) for criterion in self.scores.definition.criteria
        )
        return [name for name in names if name in self.cells]

    @cached_property
    def unranked(self) -> frozenset[str]:
        """Units that are left out of the ranking: a gap in it would bound what is withheld.

        With a limit on the error, whether a unit is ranked says whether it has an interval.
        """
        units = {name[1] for name in self.withheld if name[0] == "unit"}
        limited = self.scores.content.get("settings", {}).get("max_error") is not None
        return frozenset(units | self._without_interval if limited else units)

    def places(self, places: Mapping[str, Place]) -> dict[str, Place]:
        """The ranking of the units whose score is published, among themselves.

        Parameters
        ----------
        places : mapping from unit to Place
            The ranking of all units.

        Returns
        -------
        dict from unit to Place
            Ranks count published units only. Intervals contain those that the tests would give:
            of the units left out that are ahead, each may or may not differ significantly. Bands
            are numbered anew.
        """
        ranks = [place.rank for place in places.values() if place.rank is not None]
        left_out = [rank for unit in self.unranked if (rank := places[unit].rank) is not None]
        bands = {
            place.band
            for unit, place in places.items()
            if place.band is not None and unit not in self.unranked | self._without_interval
        }
        number = {band: at for at, band in enumerate(sorted(bands), 1)}
        public = {}
        for unit, (rank, lo, hi, band) in places.items():
            if rank is None or unit in self.unranked:
                public[unit] = Place(None, None, None)
                continue
            ahead = sum(other < rank for other in left_out)
            level = sum(other == rank for other in left_out)
            public[unit] = Place(rank - ahead, None, None)
            if lo is not None and hi is not None and unit not in self._without_interval:
                last = min(hi - ahead - level, len(ranks) - len(left_out))
                public[unit] = Place(rank - ahead, max(lo - ahead, 1), last, band and number[band])
        return public

    def is_public_flag(self, unit: str, flag: str) -> bool:
        """Whether a flag of a unit speaks of nothing that is withheld.

        Parameters
        ----------
        unit : str
            The unit.
        flag : str
            A flag as scores.json has it: ``group:question:status``, ``criterion:renormalised``,
            ``group:calibration:status``, ``incomplete``.
        """
        about, *rest = flag.split(":")
        if about == "not_ranked":
            return self.has_public_interval("unit", unit)
        if not rest:
            return about != "incomplete" or ("unit", unit) not in self.withheld
        if len(rest) == 1:
            name = ("criterion", unit, about)
            return name not in self.withheld and name not in self._touched
        if (about, rest[0]) in self.scores.estimates[unit]:
            return ("mean", unit, about, rest[0]) not in self.withheld
        return (unit, about) not in self._groups

    @cached_property
    def _groups(self) -> frozenset[tuple[str, str]]:
        """Units and groups of which any number is withheld."""
        return frozenset((n[1], n[2]) for n in self.withheld if n[0] in {"mean", "count"})


def suppression_pattern(
    content: Mapping[str, Any],
    definition: Definition,
    rule: Rule | None = None,
    unanimous: Collection[Name] = (),
    before: Sequence[SuppressionPattern] = (),
) -> SuppressionPattern:
    """Which numbers of a scorecard are withheld.

    Parameters
    ----------
    content : mapping
        The content of scores.json: `units`, `criteria`, `estimates`, `rates`, `settings`.
    definition : Definition
        How criteria are made of groups and questions.
    rule : Rule, optional
        What counts as few.
    unanimous : collection of names
        Ratios to be withheld although enough people are behind them.
    before : sequence of SuppressionPattern
        Scorecards of the same wave that were published before, the oldest first, withdrawn ones
        too: whoever kept them has them.

    Returns
    -------
    SuppressionPattern
        The same for the same content, whoever asks.

    References
    ----------
    Hundepool, A. et al. (2012). Statistical Disclosure Control, chapters 4 and 5. Wiley.
    """
    scores, rule = Scores(content=content, definition=definition), rule or Rule()
    known = [Edition(scores=it.scores, withheld=it.withheld) for it in before]
    editions = Editions(before=known, scores=scores, rule=rule)
    counts = count_cells(scores, rule)
    withheld = complementary_suppression(counts, insiders=rule.insiders)
    cells = {cell.name: cell for cell in counts}
    withheld |= _changed_counts(cells, editions.changed_by_few)
    small = frozenset(withheld) | frozenset(unanimous)
    for unit in scores.units:
        means = mean_cells(scores, unit, rule, small)
        totals = total_cells(scores, unit, means)
        cells |= means | {cell.name: cell for cell in totals}
        withheld |= _of_unit(unit, means, totals, editions)
    averages = _averages(scores, cells)
    cells |= averages
    withheld |= {
        name: "companion"
        for name, cell in averages.items()
        if any(part in withheld for part in cell.parts)
    }
    return SuppressionPattern(scores=scores, cells=cells, withheld=withheld)


def _changed_counts(
    cells: Mapping[Name, Cell], changed: Collection[tuple[str, str]]
) -> dict[Name, Reason]:
    """Counts that few people changed since they were published before, and their margins."""
    withheld: dict[Name, Reason] = {}
    for unit, group in changed:
        withheld["count", unit, group] = "small"
        for margin in (("count", unit, ALL), ("count", ALL, group), ("count", ALL, ALL)):
            withheld.setdefault(margin, "companion")
    return {name: reason for name, reason in withheld.items() if name in cells}


def _of_unit(
    unit: str, means: Mapping[Name, Cell], totals: list[Cell], editions: Editions
) -> Mapping[Name, Reason]:
    """What is withheld of a unit, however its totals are read.

    Whoever cannot see a small group does not know whether it was set aside: under each reading of
    the totals no small cell may follow.
    """
    if (same := editions.same(unit)) is not None:
        apart = {"count", "average"}
        return {n: why for n, why in same.withheld.items() if n[0] not in apart and n[1] == unit}
    if not editions.before and not any(cell.sensitive for cell in means.values()):
        return {}
    withheld = editions.withheld_before(unit)
    readings, before = editions.readings(unit, means), -1
    while len(withheld) > before:
        before = len(withheld)
        for cells in readings:
            withheld = complementary_suppression(cells, withheld, insiders=editions.rule.insiders)
        withheld |= _sums_of_withheld(totals, withheld)
    names = {*means, *(cell.name for cell in totals)}
    return {name: reason for name, reason in withheld.items() if name in names}


def _sums_of_withheld(totals: list[Cell], withheld: Mapping[Name, Reason]) -> dict[Name, Reason]:
    """Totals none of whose parts is shown: a reader would take them for those parts."""
    return {
        cell.name: "companion"
        for cell in totals
        if cell.name not in withheld
        and cell.name[0] != "criterion"
        and cell.parts
        and all(part in withheld for part in cell.parts)
    }


def _averages(scores: Scores, cells: Mapping[Name, Cell]) -> dict[Name, Cell]:
    """The plain average of each criterion over the units that have it.

    It ties all units together, and is published where each of its parts is: then it says nothing
    that they do not say.
    """
    averages: dict[Name, Cell] = {}
    for criterion in scores.definition.criteria:
        names = [("criterion", unit, criterion.name) for unit in scores.units]
        parts = {name: cells[name] for name in names if name in cells}
        if parts:
            name: Name = ("average", criterion.name)
            share = 1 / len(parts)
            averages[name] = Cell(
                name=name,
                parts=dict.fromkeys(parts, share),
                value=sum(cell.value for cell in parts.values()) * share,
            )
    return averages
