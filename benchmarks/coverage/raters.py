"""Whether all rank intervals hold together where the same raters rate every unit.

    python -m benchmarks.coverage.raters [--runs 400] [--seed 1] [--units 20 75 300]

Each of n raters is drawn from many, and rates all units with a level of his own; in half of the
cases each unit has a sample of its own besides, of 31 people and as much variance. The covariance
is estimated as the package does. With equal true scores, the hardest case, every interval must be
all ranks. Prints a Markdown table: coverage of all units at once (mean number of ranks).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.ranking import ranks
from analysis.ranking.pairwise import variance_of_differences
from benchmarks.coverage import printing
from benchmarks.coverage.rank_methods import rank_max
from benchmarks.coverage.worlds import Array

OWN = 31  # people in a sample of a unit's own
CASES = tuple((n, own, gap) for n in (11, 31) for own in (False, True) for gap in (2.0, 0.0))
METHODS = ("Holm", "Holm, Welch's t", "Holm, t of the difference")


def one(
    size: int, n: int, gap: float, rng: np.random.Generator, *, own: bool
) -> dict[str, tuple[bool, float]]:
    """Whether all intervals hold, and their mean width, by method."""
    levels, ratings = rng.standard_normal((n, 1)), rng.standard_normal((n, size))
    rated = levels + ratings * rng.uniform(0.7, 1.3, size)
    joint = np.cov(rated.T) / n
    sd = separate = np.zeros(size)  # standard errors and variances of the units' own samples
    if own:
        sd = rng.uniform(0.7, 1.3, size) / np.sqrt(n)
        separate = sd**2 * rng.chisquare(OWN - 1, size) / (OWN - 1)
    true = gap * rng.standard_normal(size) / np.sqrt(n)
    noise = rng.standard_normal(size) * sd if own else 0.0
    scores, covariance = true + rated.mean(axis=0) + noise, joint + np.diag(separate)
    welch = covariance.diagonal() ** 2 / (joint.diagonal() ** 2 / (n - 1) + separate**2 / (OWN - 1))
    below = (separate[:, None] ** 2 + separate**2) / (OWN - 1)
    below += variance_of_differences(joint) ** 2 / (n - 1)
    np.fill_diagonal(below, 1.0)
    df_of_difference = variance_of_differences(covariance) ** 2 / below
    best, worst = ranks.rank_min(true), rank_max(true)
    results = {}
    for name, df in zip(METHODS, (None, welch, df_of_difference), strict=True):
        rule = ranks.Rule(method="holm" if df is None else "holm-t")
        sets = ranks.ranking(scores, covariance, 0.95, np.ones(size, bool), rule, df).sets
        results[name] = _coverage(sets.lo, sets.hi, best, worst)
    return results


def _coverage(lo: Array, hi: Array, best: Array, worst: Array) -> tuple[bool, float]:
    return bool(((lo <= best) & (worst <= hi)).all()), float((hi - lo + 1).mean())


def measured(size: int, n: int, gap: float, runs: int, seed: int, *, own: bool) -> list[Array]:
    """By method: joint coverage and mean width."""
    rng = np.random.default_rng([seed, size, n, int(own), int(gap)])
    results = [one(size, n, gap, rng, own=own) for _ in range(runs)]
    return [np.mean([result[name] for result in results], axis=0) for name in METHODS]


def table(units: list[int], runs: int, seed: int) -> Iterator[str]:
    yield f"| units | raters | own sample | spread/se | {' | '.join(METHODS)} |"
    yield "|---:|---:|---:|---:|" + "---:|" * len(METHODS)
    for size in units:
        for n, own, gap in CASES:
            measures = measured(size, n, gap, runs, seed, own=own)
            cells = " | ".join(f"{joint:.3f} ({width:.0f})" for joint, width in measures)
            besides = f"{OWN} people" if own else "none"
            yield f"| {size} | {n} | {besides} | {gap:g} | {cells} |"


if __name__ == "__main__":
    printing.of_ranks(__doc__, table)
