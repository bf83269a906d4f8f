"""A scorecard as people read it: scores.json, merged.json and the words of the index side by side.

It computes nothing that analysis has not computed: it finds, names, orders, and withholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from survey_app import collation
from survey_app.office.results.by_mode import ModeLine, mode_lines
from survey_app.office.results.outline import Outline
from survey_app.questionnaire.model import Index, Leaf, Text
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave, WaveUnit

Json = Mapping[str, Any]


@dataclass(frozen=True)
class GroupLine:
    """What one group said about one criterion of one unit. `withheld`: too few to be shown."""

    group: str
    n: int
    no_opinion: int
    blank: int
    mean: float | None
    lo: float | None
    hi: float | None
    status: str
    withheld: bool = False

    @property
    def no_opinion_share(self) -> float | None:
        """Of those who answered, the share that declined to judge."""
        said = self.n + self.no_opinion
        return self.no_opinion / said if said else None


@dataclass(frozen=True)
class CriterionLine:
    """A surveyed criterion of one unit."""

    code: str
    name: Text
    provenance: str
    maximum: float
    points: float | None
    lo: float | None
    hi: float | None
    groups: tuple[GroupLine, ...] = ()
    withheld: bool = False

    @property
    def n(self) -> int:
        """Answers that carry a coefficient, over all groups."""
        return sum(group.n for group in self.groups)


@dataclass(frozen=True)
class FieldLine:
    """A field of one unit; the self-assessed parts only where points were merged."""

    code: str
    name: Text
    provenance: str
    self_maximum: float
    survey_maximum: float
    self_points: float | None
    appraised: float | None
    survey: float | None
    criteria: tuple[CriterionLine, ...] = ()
    withheld: bool = False
    share: float | None = None
    """Of the most that the field gives; None where it is not known."""


@dataclass(frozen=True)
class RateLine:
    """How many of one group were asked about a unit, and how many answered."""

    group: str
    population: int | None
    invited: int | None
    responded: int | None
    rate: float | None
    outcomes: Json = field(default_factory=dict)
    withheld: bool = False


@dataclass(frozen=True)
class UnitLine:
    """A unit's place in the table. `None` where a number does not exist, never 0.

    `withheld`: the survey's points, and what follows from them, are not public.
    """

    unit: str
    name: Text
    survey: float | None
    survey_maximum: float | None
    self_points: float | None
    appraised: float | None
    bonus: float | None
    penalty: float | None
    total: float | None
    maximum: float | None
    index: float | None
    lo: float | None
    hi: float | None
    survey_lo: float | None
    survey_hi: float | None
    rank: int | None
    rank_lo: int | None
    rank_hi: int | None
    band: str
    grade: str
    grade_lo: str
    grade_hi: str
    grade_chances: Mapping[str, float]
    flags: tuple[str, ...]
    fields: tuple[FieldLine, ...] = ()
    rates: tuple[RateLine, ...] = ()
    withheld: bool = False

    def rate_of(self, group: str) -> RateLine | None:
        """How many of a group answered about the unit."""
        return next((rate for rate in self.rates if rate.group == group), None)

    @property
    def is_ranked(self) -> bool:
        """Whether the unit has a rank; an incomplete one is listed without."""
        return self.rank is not None

    @property
    def crosses_grade(self) -> bool:
        """Whether the interval reaches into another grade."""
        return bool(self.grade_lo and self.grade_hi and self.grade_lo != self.grade_hi)


@dataclass(frozen=True)
class Results:
    """One scorecard of one wave, ready for pages, files and charts."""

    wave: Wave
    card: Scorecard
    index: Index
    units: tuple[UnitLine, ...]
    level: float
    settings: Json
    is_merged: bool
    is_public: bool = False
    modes: tuple[ModeLine, ...] = ()

    @property
    def is_draft(self) -> bool:
        """Whether the scorecard was not published."""
        return self.card.published_at is None

    @property
    def ranked(self) -> tuple[UnitLine, ...]:
        """The units that have a rank, best first."""
        return tuple(unit for unit in self.units if unit.is_ranked)

    @property
    def unranked(self) -> tuple[UnitLine, ...]:
        """The units that cannot be ranked."""
        return tuple(unit for unit in self.units if not unit.is_ranked)

    @property
    def groups(self) -> Mapping[str, Text]:
        """The respondent groups by their code."""
        return self.index.groups

    @property
    def not_quoted(self) -> int:
        """How many leaves of the index are not taken from the decision itself."""
        return sum(leaf.provenance != "quoted" for leaf in self.index.leaves)

    def unit(self, code: str) -> UnitLine | None:
        """The line of a unit."""
        return next((unit for unit in self.units if unit.unit == code), None)


def read_results(
    wave: Wave,
    card: Scorecard,
    index: Index,
    names: Mapping[str, WaveUnit],
    scores: Json | None = None,
) -> Results:
    """A stored scorecard with the words of the wave's own texts.

    `scores` are a part of its scores that was laid out for a page (`analysis detail`).
    """
    scores = orjson.loads(card.scores) if scores is None else scores
    merged = orjson.loads(card.merged) if card.merged else None
    reader = _Reader(index, scores, merged, names)
    return Results(
        wave,
        card,
        index,
        in_order(reader.units()),
        float(scores.get("level", 0.95)),
        scores.get("settings", {}),
        merged is not None,
        modes=mode_lines(scores.get("rates_by_mode", ())),
    )


def in_order(units: Iterable[UnitLine]) -> tuple[UnitLine, ...]:
    """Units by rank; those without one last. Of equal ranks and of none by name."""
    return tuple(sorted(units, key=_order))


def _order(unit: UnitLine) -> tuple[int, collation.Key, str]:
    rank = unit.rank if unit.rank is not None else 10**6
    return rank, collation.key(unit.name["vi"]), unit.unit


class _Reader:
    """The two JSON documents, looked up by unit."""

    def __init__(
        self, index: Index, scores: Json, merged: Json | None, names: Mapping[str, WaveUnit]
    ) -> None:
        self._outlines = tuple(Outline.of(field) for field in index.fields)
        self._names = names
        self._units: Sequence[Json] = scores.get("units", ())
        self._survey_ranks = {row["unit"]: row for row in scores.get("ranks", ())}
        self._merged = {row["unit"]: row for row in (merged or {}).get("units", ())}
        self._fields = {
            (row["unit"], row["field"]): row for row in (merged or {}).get("fields", ())
        }
        self._criteria = {
            (row["unit"], row["criterion"]): row for row in scores.get("criteria", ())
        }
        self._estimates = {
            (row["unit"], row["group"], row["question"]): row for row in scores.get("estimates", ())
        }
        self._rates: dict[str, list[Json]] = {}
        for row in scores.get("rates", ()):
            self._rates.setdefault(row["unit"], []).append(row)
        self._laid_out = {(row["unit"], row["field"]): row for row in scores.get("fields", ())}

    def units(self) -> Iterator[UnitLine]:
        for row in self._units:
            yield self._unit(row)

    def _unit(self, row: Json) -> UnitLine:
        code = row["unit"]
        merged = self._merged.get(code)
        top = merged if merged is not None else self._survey_alone(row)
        named = self._names.get(code)
        flags = dict.fromkeys([*_flags(row), *_flags(merged or {})])
        return UnitLine(
            unit=code,
            name={"vi": named.name_vi, "en": named.name_en} if named else {"vi": code, "en": code},
            survey=row.get("score"),
            survey_maximum=row.get("max_available"),
            survey_lo=row.get("lo"),
            survey_hi=row.get("hi"),
            self_points=_float(top.get("self")),
            appraised=_float(top.get("appraised")),
            bonus=_float(top.get("bonus")),
            penalty=_float(top.get("penalty")),
            total=_float(top.get("total")),
            maximum=_float(top.get("max")),
            index=_float(top.get("index")),
            lo=_float(top.get("lo")),
            hi=_float(top.get("hi")),
            rank=top.get("rank"),
            rank_lo=top.get("rank_lo"),
            rank_hi=top.get("rank_hi"),
            band=str(top.get("band") or ""),
            grade=top.get("grade") or "",
            grade_lo=top.get("grade_lo") or "",
            grade_hi=top.get("grade_hi") or "",
            grade_chances=_chances(top),
            flags=tuple(flags),
            fields=tuple(self._field(code, each) for each in self._outlines),
            rates=tuple(_rate(rate) for rate in self._rates.get(code, ())),
        )

    def _survey_alone(self, row: Json) -> Json:
        """The survey's own rank, where no points were merged: of its maximum, in percent."""
        rank = self._survey_ranks.get(row["unit"], {})
        most, score = row.get("max_available"), row.get("score")
        scale = 100 / most if most else None
        return {
            "total": score,
            "max": most,
            **{
                name: None if scale is None or row.get(key) is None else row[key] * scale
                for name, key in (("index", "score"), ("lo", "lo"), ("hi", "hi"))
            },
            "rank": rank.get("rank"),
            "rank_lo": rank.get("lo"),
            "rank_hi": rank.get("hi"),
            "band": rank.get("band"),
        }

    def _field(self, unit: str, each: Outline) -> FieldLine:
        field = each.field
        criteria = tuple(self._criterion(unit, leaf) for leaf in each.surveyed if self._criteria)
        points = [line.points for line in criteria]
        row: Json = self._fields.get((unit, field.code), {})
        laid_out = self._laid_out.get((unit, field.code))
        survey = None if None in points or not points else sum(point or 0.0 for point in points)
        return FieldLine(
            field.code,
            field.name,
            field.provenance,
            each.self_maximum,
            each.survey_maximum,
            _float(row.get("self")),
            _float(row.get("appraised")),
            survey if laid_out is None else laid_out["survey"],
            criteria,
            share=_share(row, laid_out),
        )

    def _criterion(self, unit: str, leaf: Leaf) -> CriterionLine:
        row = self._criteria.get((unit, leaf.code), {})
        return CriterionLine(
            leaf.code,
            leaf.name,
            leaf.provenance,
            float(leaf.points),
            row.get("score"),
            row.get("lo"),
            row.get("hi"),
            tuple(self._group(unit, group, leaf.question) for group in leaf.groups),
        )

    def _group(self, unit: str, group: str, question: str) -> GroupLine:
        row = self._estimates.get((unit, group, question), {})
        return GroupLine(
            group,
            row.get("n") or 0,
            row.get("n_nocoef") or 0,
            row.get("n_blank") or 0,
            row.get("mean"),
            row.get("lo"),
            row.get("hi"),
            row.get("status", "empty_group"),
        )


def _share(merged: Json, laid_out: Json | None) -> float | None:
    """Of the most that a field gives."""
    if laid_out is not None:
        return _float(laid_out["share"])
    return merged["percent"] / 100 if merged.get("percent") is not None else None


def _rate(row: Json) -> RateLine:
    known = {"unit", "group", "N", "invited", "responded", "RR1"}
    return RateLine(
        row["group"],
        _int(row.get("N")),
        _int(row.get("invited")),
        _int(row.get("responded")),
        row.get("RR1"),
        {key: value for key, value in row.items() if key not in known},
    )


def _flags(row: Json) -> list[str]:
    return [str(flag) for flag in row.get("flags", ())]


def _chances(row: Json) -> Mapping[str, float]:
    chances = row.get("grade_probability") or {}
    return {grade: float(chance) for grade, chance in chances.items()}


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
