"""How often each kind of interval holds the truth, and how wide it is.

    python -m benchmarks.coverage.intervals [--samples 20000] [--seed 1] [--level 0.95]

Prints a Markdown table. `recommended` is what the package gives: `analysis.interval.recommended`.
"R's se" is the t interval with R survey's standard error, which takes those who answered as given.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.estimation import interval
from benchmarks.coverage import printing
from benchmarks.coverage.worlds import WORLDS, Array, Samples, World, draw
from tests.analysis import other_intervals

METHODS = ("R's se", "t", "normal", "logit", "recommended", "Wilson", "KG")
Ends = tuple[Array, Array]


def intervals(world: World, s: Samples, level: float) -> dict[str, Ends]:
    """Ends by method; NaN where a method gives no interval."""
    se = np.where(s.n > 1, s.se_nr, np.nan)
    df = np.where(s.df >= 1, s.df, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "R's se": other_intervals.student(s.mean, np.where(s.n > 1, s.se, np.nan), df, level),
            "t": other_intervals.student(s.mean, se, df, level),
            "normal": other_intervals.student(
                s.mean, se, np.where(s.df >= 1, np.inf, np.nan), level
            ),
            "logit": interval.logit(s.mean, np.nan_to_num(se), df, level),
            "recommended": _recommended(world, s, level),
            "Wilson": other_intervals.wilson(s.mean, se, df, level),
            "KG": other_intervals.korn_graubard(s.mean, se, df, s.n, level),
        }


def _recommended(world: World, s: Samples, level: float) -> Ends:
    population = np.full(len(s.mean), np.nan if world.psus else float(world.population))
    n = s.clusters if world.psus else s.n
    lo, hi = interval.recommended(s.mean, s.se_nr, s.df, n, population, level)
    return np.where(s.n > 1, lo, np.nan), np.where(s.n > 1, hi, np.nan)


def measure(world: World, s: Samples, level: float) -> dict[str, tuple[float, float]]:
    """Coverage and mean width by method, over samples with more than one answer.

    No interval counts as not covering: that is what a reader is left with.
    """
    measures, known = {}, s.n > 1
    for name, (lo, hi) in intervals(world, s, level).items():
        holds = (lo <= s.truth + 1e-9) & (s.truth - 1e-9 <= hi)
        measures[name] = float(holds[known].mean()), float(np.nanmean((hi - lo)[known]))
    return measures


def table(samples: int, seed: int, level: float) -> Iterator[str]:
    yield f"| case | mean | {' | '.join(METHODS)} |"
    yield "|---|---:|" + "---:|" * len(METHODS)
    for number, world in enumerate(WORLDS):
        rng = np.random.default_rng([seed, number])
        measures = measure(world, draw(world, samples, rng), level)
        cells = [f"{measures[m][0]:.3f} ({measures[m][1]:.2f})" for m in METHODS]
        yield f"| {world.name} | {world.mean} | {' | '.join(cells)} |"


if __name__ == "__main__":
    printing.of_intervals(__doc__, table)
