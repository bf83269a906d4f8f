"""How often all rank intervals together hold all true ranks.

    python -m benchmarks.coverage.ranks [--runs 400] [--seed 1] [--units 20 75 300]

True scores are Normal, or all equal (the hardest case); estimates are Normal around them with
standard errors estimated on few degrees of freedom, and half of the cases covary as units do that
share their raters. With equal scores every unit's true rank may be any from 1 to p, and an interval
holds when it is all of them. Prints a Markdown table: coverage of all units at once, of a single
unit, and the mean number of ranks in an interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from analysis.ranking import ranks
from benchmarks.coverage.worlds import Array

CASES = tuple(
    (df, spread, shared) for df in (10, 30) for spread in (2.0, 0.0) for shared in (0.0, 0.5)
)


def one(
    size: int, df: int, spread: float, shared: float, rng: np.random.Generator
) -> dict[str, tuple[bool, float, float]]:
    """Whether all hold, the share that holds, and the mean width, by method."""
    true = spread * rng.standard_normal(size)
    sd = rng.uniform(0.7, 1.3, size)
    common = rng.standard_normal()
    noise = np.sqrt(shared) * common + np.sqrt(1 - shared) * sd * rng.standard_normal(size)
    estimated = (1 - shared) * sd**2 * rng.chisquare(df, size) / df
    covariance = np.diag(estimated) + shared
    low, high = ranks.rank_min(true), ranks.rank_max(true)
    found = ranks.ranking(true + noise, covariance, 0.95, np.ones(size, dtype=bool))
    raw = ranks.rank_sets(found.pairs, found.p, 0.95, "unadjusted")
    student = ranks.welch_p(found.pairs, covariance.diagonal(), np.full(size, float(df)))
    t = ranks.rank_sets(found.pairs, student, 0.95)
    _, klo, khi = ranks.kww(true + noise, np.sqrt(covariance.diagonal()), 0.95)
    ends = {
        "Holm": (found.sets.lo, found.sets.hi),
        "Holm, t": (t.lo, t.hi),
        "KWW": (klo, khi),
        "pairs, not adjusted": (raw.lo, raw.hi),
    }
    return {name: _held(lo, hi, low, high) for name, (lo, hi) in ends.items()}


def _held(lo: Array, hi: Array, low: Array, high: Array) -> tuple[bool, float, float]:
    holds = (lo <= low) & (high <= hi)
    return bool(holds.all()), float(holds.mean()), float((hi - lo + 1).mean())


def table(units: list[int], runs: int, seed: int) -> Iterator[str]:
    names = ("Holm", "Holm, t", "KWW", "pairs, not adjusted")
    yield f"| units | df | spread/se | shared | {' | '.join(names)} |"
    yield "|---:|---:|---:|---:|" + "---:|" * len(names)
    for size in units:
        for number, (df, spread, shared) in enumerate(CASES):
            rng = np.random.default_rng([seed, size, number])
            made = [one(size, df, spread, shared, rng) for _ in range(runs)]
            cells = []
            for name in names:
                every, each, width = np.mean([run[name] for run in made], axis=0)
                cells.append(f"{every:.3f} ({each:.3f}; {width:.0f})")
            yield f"| {size} | {df} | {spread:g} | {shared:g} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--units", type=int, nargs="+", default=[20, 75, 300])
    given = parser.parse_args()
    for line in table(given.units, given.runs, given.seed):
        print(line, flush=True)
    error = 1.96 * np.sqrt(0.95 * 0.05 / given.runs)
    print(f"\n{given.runs} runs a case, Monte Carlo error +-{error:.3f}")


if __name__ == "__main__":
    main()
