"""How far scores and ranks depend on choices, compared with how far they depend on the sample.

OECD and JRC 2008, "Handbook on Constructing Composite Indicators"; Saisana, Saltelli and Tarantola
2005, doi 10.1111/j.1467-985X.2005.00350.x.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats
from analysis.problems import Problem, ProblemsFound
from analysis.scoring.score import Scorecard
from analysis.sensitivity import scenarios
from analysis.sensitivity.decomposition import Decomposition, decompose
from analysis.sensitivity.effects import ScenarioEffect, scenario_effect
from analysis.sensitivity.rescoring import Outcome, Workbench
from analysis.sensitivity.scenarios import FACTORS, Kind, Refused, Scenario
from analysis.sensitivity.units import UnitSensitivity, reference_variance, unit_sensitivities

MOST_COMBINATIONS = 4096


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A scenario compared with the reference: an outcome with its effect, or why it is refused."""

    scenario: Scenario
    outcome: Outcome | None = None
    effect: ScenarioEffect | None = None
    refused: str = ""

    @property
    def status(self) -> str:
        """Refused, applied, or applied and nothing changed."""
        if self.effect is None:
            return "refused"
        return "applied" if self.effect.is_change else "unchanged"


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A sensitivity analysis in a few numbers.

    Attributes
    ----------
    units, units_ranked : int
        Units, and those that the reference ranks.
    scenarios_applied, scenarios_refused : int
        How many scenarios could be applied, and how many could not.
    combinations : int
        Combinations of choices that were scored, or that were too many to be scored.
    mean_rank_shift_over_combinations : float or None
        In ranks; None where nothing was combined.
    share_of_choices : float or None
        Share of the choices in the variance of the index, over all units; the rest is sampling.
    factors : mapping of str to tuple of str
        The factors that were combined, with their levels.
    """

    units: int
    units_ranked: int
    scenarios_applied: int
    scenarios_refused: int
    combinations: int
    mean_rank_shift_over_combinations: float | None
    share_of_choices: float | None
    factors: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Everything of one sensitivity analysis.

    Attributes
    ----------
    card : Scorecard
        The scores that are analysed.
    reference : Comparison
        The scores under no other choice.
    comparisons : tuple of Comparison
        One for each scenario.
    decomposition : Decomposition or None
        Variance by choice; None where there is nothing to combine, or too much.
    units : tuple of UnitSensitivity
        Ranges and sources of variance, by unit.
    summary : Summary
        The whole in a few numbers.
    """

    card: Scorecard
    reference: Comparison
    comparisons: tuple[Comparison, ...]
    decomposition: Decomposition | None
    units: tuple[UnitSensitivity, ...]
    summary: Summary


def sensitivity(card: Scorecard, wanted: Sequence[Scenario] | None = None) -> Sensitivity:
    """Score every scenario, and divide the variance of the choices among them.

    Parameters
    ----------
    card : Scorecard
        The reference.
    wanted : sequence of Scenario, optional
        The scenarios; without them those of the package (`scenarios.built_in`).

    Returns
    -------
    Sensitivity
        More than 4096 combinations of choices are not scored; then there is no decomposition.

    Raises
    ------
    ProblemsFound
        When no unit has a score to compare with.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD Publishing.

    Saisana, M., Saltelli, A. and Tarantola, S. (2005). Uncertainty and sensitivity analysis
    techniques as tools for the quality assessment of composite indicators. Journal of the Royal
    Statistical Society A 168. doi 10.1111/j.1467-985X.2005.00350.x.
    """
    bench = Workbench(card)
    reference = _reference(bench)
    wanted = scenarios.built_in(card.data) if wanted is None else wanted
    comparisons = tuple(_comparison(bench, scenario, reference) for scenario in wanted)
    levels = _levels(comparisons, reference)
    combinations = int(np.prod([len(level) for level in levels.values()], dtype=np.int64))
    untried = combinations if combinations > MOST_COMBINATIONS else 0
    decomposition = None if untried else decompose(bench, levels)
    variances = reference_variance(card), _choice_variance(card, decomposition, untried)
    choices = [reference, *_outcomes(comparisons, "choice")]
    left_out = _outcomes(comparisons, "leave_out")
    return Sensitivity(
        card=card,
        reference=_compared(Scenario(name="reference"), reference, reference),
        comparisons=comparisons,
        decomposition=decomposition,
        units=unit_sensitivities(card, choices, left_out, decomposition, variances),
        summary=_summary(reference, comparisons, decomposition, untried, variances),
    )


def _reference(bench: Workbench) -> Outcome:
    try:
        return bench.outcome(Scenario(name="reference"))
    except Refused as why:
        message = f"there is nothing to compare: {why}"
        help = "see the flags of scores.json; `--missing renormalise` leaves silent groups out"
        folder = str(bench.data.folder)
        raise ProblemsFound([Problem("nothing-to-compare", message, folder, help=help)]) from None


def _comparison(bench: Workbench, scenario: Scenario, reference: Outcome) -> Comparison:
    try:
        return _compared(scenario, bench.outcome(scenario), reference)
    except Refused as why:
        return Comparison(scenario=scenario, refused=str(why))


def _compared(scenario: Scenario, outcome: Outcome, reference: Outcome) -> Comparison:
    effect = scenario_effect(reference, outcome)
    return Comparison(scenario=scenario, outcome=outcome, effect=effect)


def _outcomes(comparisons: Sequence[Comparison], kind: Kind) -> list[Outcome]:
    return [c.outcome for c in comparisons if c.outcome and c.scenario.kind == kind]


def _levels(comparisons: Sequence[Comparison], reference: Outcome) -> dict[str, list[Scenario]]:
    """Factor to its levels, the reference first: each applied choice of a single factor."""
    levels: dict[str, list[Scenario]] = {name: [Scenario(name="reference")] for name in FACTORS}
    for comparison in comparisons:
        scenario, outcome = comparison.scenario, comparison.outcome
        if outcome is None or scenario.kind != "choice" or len(scenario.changes) != 1:
            continue
        if not np.array_equal(outcome.index, reference.index, equal_nan=True):
            levels[scenario.changes[0]].append(scenario)
    return {name: level for name, level in levels.items() if len(level) > 1}


def _choice_variance(card: Scorecard, decomposition: Decomposition | None, untried: int) -> Floats:
    """(units,): variance of the index from the choices; NaN where they were too many to try."""
    if decomposition is not None:
        return decomposition.variance
    return np.full(len(card.data.units), np.nan if untried else 0.0)


def _summary(
    reference: Outcome,
    comparisons: Sequence[Comparison],
    decomposition: Decomposition | None,
    untried: int,
    variances: tuple[Floats, Floats],
) -> Summary:
    sampling, choice = variances
    known = ~np.isnan(sampling) & ~np.isnan(choice)
    total = float((sampling + choice)[known].sum())
    refused = sum(comparison.outcome is None for comparison in comparisons)
    return Summary(
        units=len(reference.score),
        units_ranked=int(reference.ranked.sum()),
        scenarios_applied=len(comparisons) - refused,
        scenarios_refused=refused,
        combinations=untried if decomposition is None else decomposition.combinations,
        mean_rank_shift_over_combinations=(
            None if decomposition is None else decomposition.mean_shift
        ),
        share_of_choices=float(choice[known].sum()) / total if total > 0 else None,
        factors={} if decomposition is None else decomposition.factors,
    )
