"""How often all rank intervals together hold all true ranks.

    python -m benchmarks.coverage.ranks [--runs 400] [--seed 1] [--units 20 75 300]

True scores are Normal, or all equal (the hardest case); estimates are Normal around them with
standard errors estimated on few degrees of freedom, and half of the cases covary as units do that
share their raters. With equal scores every unit's true rank may be any from 1 to p, and an interval
holds when it is all of them. Prints a Markdown table: coverage of all units at once, of a single
unit, and the mean number of ranks in an interval.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.ranking import pairwise, ranks
from benchmarks.coverage import printing
from benchmarks.coverage.rank_methods import kww, rank_max
from benchmarks.coverage.worlds import Array

CASES = tuple((df, gap, shared) for df in (10, 30) for gap in (2.0, 0.0) for shared in (0.0, 0.5))


def one(
    size: int, df: int, gap: float, shared: float, rng: np.random.Generator
) -> dict[str, tuple[bool, float, float]]:
    """Whether all hold, the share that holds, and the mean width, by method."""
    true = gap * rng.standard_normal(size)
    sd = rng.uniform(0.7, 1.3, size)
    common = rng.standard_normal()
    noise = np.sqrt(shared) * common + np.sqrt(1 - shared) * sd * rng.standard_normal(size)
    estimated = (1 - shared) * sd**2 * rng.chisquare(df, size) / df
    covariance = np.diag(estimated) + shared
    best, worst = ranks.rank_min(true), rank_max(true)
    ranking = ranks.ranking(true + noise, covariance, 0.95, np.ones(size, dtype=bool))
    pairs, variance = ranking.pairs, covariance.diagonal()
    unadjusted = ranks.rank_sets(pairs, ranking.p, 0.95)
    welch = pairwise.welch_df(pairs, variance, np.full(size, float(df)))
    by_t = ranks.rank_sets(pairs, pairwise.holm(pairwise.t_p(pairs, welch)), 0.95)
    _, kww_lo, kww_hi = kww(true + noise, np.sqrt(variance), 0.95)
    intervals = {
        "Holm": (ranking.sets.lo, ranking.sets.hi),
        "Holm, t": (by_t.lo, by_t.hi),
        "KWW": (kww_lo, kww_hi),
        "pairs, not adjusted": (unadjusted.lo, unadjusted.hi),
    }
    return {name: _coverage(lo, hi, best, worst) for name, (lo, hi) in intervals.items()}


def _coverage(lo: Array, hi: Array, best: Array, worst: Array) -> tuple[bool, float, float]:
    holds = (lo <= best) & (worst <= hi)
    return bool(holds.all()), float(holds.mean()), float((hi - lo + 1).mean())


def table(units: list[int], runs: int, seed: int) -> Iterator[str]:
    names = ("Holm", "Holm, t", "KWW", "pairs, not adjusted")
    yield f"| units | df | spread/se | shared | {' | '.join(names)} |"
    yield "|---:|---:|---:|---:|" + "---:|" * len(names)
    for size in units:
        for number, (df, gap, shared) in enumerate(CASES):
            rng = np.random.default_rng([seed, size, number])
            results = [one(size, df, gap, shared, rng) for _ in range(runs)]
            cells = []
            for name in names:
                joint, single, width = np.mean([result[name] for result in results], axis=0)
                cells.append(f"{joint:.3f} ({single:.3f}; {width:.0f})")
            yield f"| {size} | {df} | {gap:g} | {shared:g} | {' | '.join(cells)} |"


if __name__ == "__main__":
    printing.of_ranks(__doc__, table)
