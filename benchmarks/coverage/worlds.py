"""Populations of known truth, and samples from them: thousands at a time.

Coefficients are 0, 0.25, 0.5, 0.75 and 1. Every sample comes from a new finite population, so that
coverage is over populations and samples alike. Standard errors follow the package's formulas for
one stratum; test_coverage.py holds them against the package itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEVELS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
SHARES = {
    0.05: (0.86, 0.10, 0.03, 0.01, 0.00),
    0.5: (0.12, 0.22, 0.32, 0.22, 0.12),
    0.8: (0.02, 0.05, 0.13, 0.31, 0.49),
    0.95: (0.00, 0.01, 0.03, 0.11, 0.85),
    0.99: (0.00, 0.00, 0.005, 0.03, 0.965),
}


@dataclass(frozen=True)
class World:
    """`n` of `population` persons; or so many in each of `psus` of `population_psus` clusters."""

    name: str
    n: int
    population: int
    mean: float
    answering: float = 1.0
    psus: int = 0
    population_psus: int = 0
    icc: float = 0.0
    binary: bool = False

    @property
    def shares(self) -> Array:
        """Chances of the levels."""
        if self.binary:
            return np.array([1 - self.mean, 0, 0, 0, self.mean])
        own = np.array(SHARES[self.mean])
        return own / own.sum()


@dataclass(frozen=True)
class Samples:
    """What each sample gives: the truth, the mean, standard errors, df, answers, clusters."""

    truth: Array
    mean: Array
    se: Array
    se_nr: Array
    df: Array
    n: Array
    clusters: Array
    all_equal: NDArray[np.bool_]


def draw(world: World, samples: int, rng: np.random.Generator) -> Samples:
    """Draw populations and samples."""
    return _clustered(world, samples, rng) if world.psus else _simple(world, samples, rng)


def _simple(world: World, samples: int, rng: np.random.Generator) -> Samples:
    cuts = np.cumsum(world.shares)[:-1]
    levels = np.searchsorted(cuts, rng.random((samples, world.population)), side="right")
    people = LEVELS[levels]
    answered = rng.random((samples, world.n)) < world.answering
    x, r = people[:, : world.n], answered.astype(float)
    return _summary(people.mean(axis=1), x, r, world.n / world.population)


def _summary(truth: Array, x: Array, r: Array, f: float) -> Samples:
    """One stratum, persons are PSUs, equal weights."""
    drawn, n = x.shape[1], r.sum(axis=1)
    safe = np.maximum(n, 1)
    mean = (x * r).sum(axis=1) / safe
    z = r * (x - mean[:, None]) / safe[:, None]
    squares = (z**2).sum(axis=1)
    v = (1 - f) * drawn / (drawn - 1) * squares
    small = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)
    vr = small * f * squares * (1 - n / drawn)
    equal = np.where(r > 0, x, -1).max(axis=1) == np.where(r > 0, x, 2).min(axis=1)
    return Samples(truth, mean, np.sqrt(v), np.sqrt(v + vr), n - 1, n, n, equal)


def _clustered(world: World, samples: int, rng: np.random.Generator) -> Samples:
    """Two stages; a latent Normal with a common part in each cluster, cut into levels."""
    from scipy.special import ndtri

    cuts = ndtri(np.cumsum(world.shares)[:-1])
    common = rng.standard_normal((samples, world.population_psus, 1), dtype=np.float32)
    own = rng.standard_normal((samples, world.population_psus, world.population), dtype=np.float32)
    latent = np.sqrt(world.icc) * common + np.sqrt(1 - world.icc) * own
    people = np.zeros(latent.shape, dtype=np.float32)
    for cut in cuts:
        people += np.float32(0.25) * (latent > cut)
    truth = people.mean(axis=(1, 2), dtype=float)
    x = people[:, : world.psus, : world.n].astype(float)
    m, n, total = world.psus, world.n, world.psus * world.n
    f1, f2 = m / world.population_psus, n / world.population
    mean = x.mean(axis=(1, 2))
    z = (x - mean[:, None, None]) / total
    totals = z.sum(axis=2)
    v1 = (1 - f1) * m / (m - 1) * ((totals - totals.mean(axis=1)[:, None]) ** 2).sum(axis=1)
    within = ((z - z.mean(axis=2)[:, :, None]) ** 2).sum(axis=(1, 2))
    se = np.sqrt(v1 + f1 * (1 - f2) * n / (n - 1) * within)
    equal = x.max(axis=(1, 2)) == x.min(axis=(1, 2))
    count = np.full(samples, float(total))
    clusters = np.full(samples, float(m))
    return Samples(truth, mean, se, se, clusters - 1, count, clusters, equal)


WORLDS = (
    *(
        World(f"{n} of {population}", n, population, mean)
        for n, population in ((3, 12), (3, 60), (5, 12), (8, 12), (20, 45), (30, 65), (25, 400))
        for mean in (0.05, 0.5, 0.8, 0.95, 0.99)
    ),
    World("8 of 12, a share", 8, 12, 0.9, binary=True),
    World("25 of 400, a share", 25, 400, 0.9, binary=True),
    World("25 of 400, a share", 25, 400, 0.97, binary=True),
    World("12 of 12, 0.7 answer", 12, 12, 0.5, 0.7),
    World("12 of 12, 0.7 answer", 12, 12, 0.8, 0.7),
    World("12 of 12, 0.7 answer", 12, 12, 0.95, 0.7),
    World("9 of 12, 0.7 answer", 9, 12, 0.5, 0.7),
    World("25 of 40, 0.7 answer", 25, 40, 0.8, 0.7),
    World("30 of 400, 0.7 answer", 30, 400, 0.8, 0.7),
    World("5 clusters of 20", 20, 60, 0.5, 1.0, 5, 30, 0.05),
    World("8 clusters of 20", 20, 60, 0.5, 1.0, 8, 30, 0.05),
    World("8 clusters of 20", 20, 60, 0.95, 1.0, 8, 30, 0.05),
    World("8 clusters of 20", 20, 60, 0.99, 1.0, 8, 30, 0.05),
)
