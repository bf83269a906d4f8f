"""How often the interval of a unit's score holds the truth: four groups, equal weights.

    python -m benchmarks.coverage.scores [--samples 20000] [--seed 1] [--level 0.95]

Leaders 8 of 12, delegates 30 of 65, businesses 25 of 400, citizens 8 clusters of 20; one question,
or none but leaders and delegates. `recommended` is what the package gives a score: logit of its
share of the maximum with Satterthwaite's df, widened by the reach of groups that agree by luck.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.estimation import interval
from analysis.estimation.interval import satterthwaite
from benchmarks.coverage import printing
from benchmarks.coverage.worlds import Array, Samples, World, draw
from tests.analysis import other_intervals

ALL = "four groups"
CASES = (
    *((ALL, mean, 1.0) for mean in (0.05, 0.5, 0.8, 0.95)),
    (ALL, 0.8, 0.7),
    *(("leaders and delegates", mean, 1.0) for mean in (0.5, 0.8, 0.95)),
    *(("leaders alone in three criteria", mean, 1.0) for mean in (0.5, 0.8, 0.95)),
)
METHODS = ("R's se, t", "normal", "design df", "logit", "recommended")


def worlds(kind: str, mean: float, answering: float) -> tuple[World, ...]:
    leaders, delegates = World("", 8, 12, mean, answering), World("", 30, 65, mean, answering)
    if kind == ALL:
        citizens = World("", 20, 60, mean, 1.0, 8, 30, 0.05)
        return leaders, delegates, World("", 25, 400, mean, answering), citizens
    return (leaders, delegates) if "delegates" in kind else (leaders,) * 3


def measure(
    own: Sequence[World], parts: Sequence[Samples], level: float
) -> dict[str, tuple[float, float]]:
    truth = np.mean([s.truth for s in parts], axis=0)
    mean = np.mean([s.mean for s in parts], axis=0)
    variances = [np.array([getattr(s, k) ** 2 for s in parts]).T for k in ("se", "se_nr")]
    v, nr = (variance / len(parts) ** 2 for variance in variances)
    each = np.array([s.df for s in parts]).T
    df = np.where(v.sum(axis=1) > 0, satterthwaite(v, each), satterthwaite(nr, each))
    se, plain = np.sqrt(nr.sum(axis=1)), np.sqrt(v.sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = {
            "R's se, t": other_intervals.student(mean, plain, df, level),
            "normal": other_intervals.student(mean, se, np.full(len(se), np.inf), level),
            "design df": interval.logit(mean, se, each.sum(axis=1), level),
            "logit": interval.logit(mean, se, df, level),
        }
    ends["recommended"] = _recommended(mean, se, ends["logit"], own, parts, level)
    known = np.all([s.n > 1 for s in parts], axis=0)
    return {
        name: (
            float(((lo <= truth + 1e-9) & (truth - 1e-9 <= hi))[known].mean()),
            float(np.nanmean((hi - lo)[known])),
        )
        for name, (lo, hi) in ends.items()
    }


def _recommended(
    mean: Array,
    se: Array,
    logit: tuple[Array, Array],
    own: Sequence[World],
    parts: Sequence[Samples],
    level: float,
) -> tuple[Array, Array]:
    """What analysis/score.py does: unanimous groups add their own reach, squared."""
    reaches = []
    for world, s in zip(own, parts, strict=True):
        population = np.full(len(mean), np.nan if world.psus else float(world.population))
        n = s.clusters if world.psus else s.n
        ends = interval.recommended(s.mean, s.se_nr, s.df, n, population, level)
        still = s.se_nr < 1e-12
        reaches.append([np.where(still, np.abs(end - s.mean) / len(parts), 0.0) for end in ends])
    below, above = np.array(reaches).swapaxes(0, 1)
    flat = se < 1e-12
    lo = mean - np.hypot(mean - logit[0], np.sqrt((below**2).sum(axis=0)))
    hi = mean + np.hypot(logit[1] - mean, np.sqrt((above**2).sum(axis=0)))
    lo = np.where(flat, mean - below.sum(axis=0), np.maximum(lo, 0.0))
    return lo, np.where(flat, mean + above.sum(axis=0), np.minimum(hi, 1.0))


def table(samples: int, seed: int, level: float) -> Iterator[str]:
    yield f"| score of | mean | answer | {' | '.join(METHODS)} |"
    yield "|---|---:|---:|" + "---:|" * len(METHODS)
    for number, (kind, mean, answering) in enumerate(CASES):
        rng = np.random.default_rng([seed, 1000 + number])
        populations = worlds(kind, mean, answering)
        measures = measure(populations, [draw(world, samples, rng) for world in populations], level)
        cells = [f"{measures[m][0]:.3f} ({measures[m][1]:.3f})" for m in METHODS]
        yield f"| {kind} | {mean} | {answering} | {' | '.join(cells)} |"


if __name__ == "__main__":
    printing.of_intervals(__doc__, table)
