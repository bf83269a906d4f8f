"""What whoever signs has to see: what will be public, what not and why, and what was checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey_app.office.page import language, words
from survey_app.office.results.page import results_of, study_of
from survey_app.office.results.read import Results, UnitLine
from survey_app.office.results.withholding import for_the_public, pattern_of
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.waves import blocks
from survey_app.waves.facts import Facts

KINDS = ("mean", "criterion", "field", "unit", "count")
"""What is withheld, as the page counts it; averages and margins are on no page."""


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """What is not shown of a unit: by kind how many for few answers, and how many beside them."""

    unit: UnitLine
    small: Mapping[str, int]
    companion: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many numbers are not shown."""
        return sum(self.small.values()) + sum(self.companion.values())


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A scorecard as the public would see it, beside the whole of it."""

    public: Results
    withheld: tuple[Withheld, ...]
    unranked: tuple[UnitLine, ...]
    moved: tuple[tuple[UnitLine, UnitLine], ...]
    is_correction: bool

    @property
    def of(self) -> Mapping[str, int]:
        """How many numbers there are that could be withheld, by kind."""
        units = self.public.units
        lines = [line for unit in units for field in unit.fields for line in field.criteria]
        return {
            "mean": sum(len(line.groups) for line in lines),
            "criterion": len(lines),
            "field": sum(bool(field.criteria) for unit in units for field in unit.fields),
            "unit": len(units),
            "count": sum(len(unit.rates) for unit in units),
        }

    def sum(self, kind: str, reason: str) -> int:
        """How many numbers of a kind are withheld for a reason."""
        return sum(getattr(each, reason)[kind] for each in self.withheld)


def preview(wave: Wave, card: Scorecard, before: Sequence[Scorecard]) -> Preview:
    """What becomes public of a scorecard, with what was public of the wave before."""
    study, whole = study_of(wave), results_of(wave, card)
    public = for_the_public(whole, study, before)
    pattern = pattern_of(card, study, before)
    asked = {leaf.question for leaf in study.index.leaves}
    by_unit: dict[str, dict[str, Counter[str]]] = {
        unit.unit: {"small": Counter(), "companion": Counter()} for unit in public.units
    }
    for name, reason in pattern.withheld.items():
        is_shown = name[0] in KINDS and name[1] in by_unit and "*" not in name
        if is_shown and (name[0] != "mean" or name[3] in asked):
            by_unit[name[1]][reason][name[0]] += 1
    withheld = tuple(Withheld(unit=unit, **by_unit[unit.unit]) for unit in public.units)
    earlier = for_the_public(results_of(wave, before[-1]), study, before[:-1]) if before else None
    return Preview(
        public=public,
        withheld=tuple(each for each in withheld if each.total),
        unranked=public.unranked,
        moved=tuple(_moved(public, earlier)) if earlier else (),
        is_correction=earlier is not None,
    )


def _moved(public: Results, earlier: Results) -> list[tuple[UnitLine, UnitLine]]:
    """The units of which readers will see another index or another rank than before."""
    pairs = ((unit, earlier.unit(unit.unit)) for unit in public.units)
    return [
        (unit, old)
        for unit, old in pairs
        if old and (unit.index, unit.rank, unit.grade) != (old.index, old.rank, old.grade)
    ]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of what was checked: kind done, review or bad."""

    name: str
    mark: str
    mark_text: str
    text: str


def checks(facts: Facts) -> tuple[Check, ...]:
    """Every rule of publishing, and whether it is kept now."""
    w, spoken = words(), language()
    failed = {each.code: each for each in blocks.concerns("publish", facts)}
    listed = []
    for rule in blocks.RULES:
        if rule.action != "publish":
            continue
        concern = failed.get(rule.code)
        kind = "done" if concern is None else "bad" if rule.kind == "block" else "review"
        counts = {} if concern is None else {k: str(v) for k, v in concern.counts.items()}
        listed.append(
            Check(
                name=w[f"publication_check_{rule.code}"],
                mark=kind,
                mark_text=w[f"publication_mark_{kind}"],
                text="" if concern is None else rule.says[spoken].format(**counts),
            )
        )
    return tuple(listed)
