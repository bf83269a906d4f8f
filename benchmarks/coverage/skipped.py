"""Whether the variance of a difference is right where the same people rate both units and skip.

    python -m benchmarks.coverage.skipped [--samples 4000] [--seed 1]

A person who skips tends to skip for every unit: `together` is the correlation of what drives it.
The truth is the difference among all N; each sample draws people and skips anew. Prints the
variance of the estimated difference over samples, and the mean of each estimate of it as a share.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from analysis.dataset.model import Criterion, Dataset, Link, Question
from analysis.design.design import Design
from analysis.ranking import league_table
from analysis.ranking.pairwise import variance_of_differences
from analysis.scoring import score
from benchmarks.coverage.worlds import LEVELS, Array

QUESTIONS = 3
METHODS = ("R's", "se_nr, not joint", "covariance_nr")


@dataclass(frozen=True)
class World:
    """n of N people rate two units; `alike`: what a person's ratings have in common."""

    n: int
    population: int
    answering: float
    together: float
    alike: float = 0.6

    def people(self, rng: np.random.Generator) -> Array:
        """(people, units, questions) of coefficients."""
        shape = (self.population, 2, QUESTIONS)
        common = rng.standard_normal((self.population, 1, 1))
        latent = np.sqrt(self.alike) * common + np.sqrt(1 - self.alike) * rng.standard_normal(shape)
        return LEVELS[np.digitize(latent, ndtri([0.1, 0.25, 0.5, 0.8]))]

    def answered(self, rng: np.random.Generator) -> Array:
        """(people, units, questions): whether each answers."""
        common = rng.standard_normal((self.n, 1, 1))
        own = rng.standard_normal((self.n, 2, QUESTIONS))
        drive = np.sqrt(self.together) * common + np.sqrt(1 - self.together) * own
        return drive < ndtri(self.answering)


WORLDS = tuple(
    World(n, population, answering, together)
    for n, population in ((12, 12), (30, 65), (42, 65))
    for answering in (1.0, 0.7)
    for together in ((0.0, 0.5, 0.95) if answering < 1 else (0.0,))
)


def data_set(world: World, values: Array, answered: Array) -> Dataset:
    """The ratings of one sample as a data set: a person's two rows one after the other."""
    n, codes = world.n, np.where(answered, np.searchsorted(LEVELS, values) + 1, 0)
    person, unit = np.repeat(np.arange(n), 2), np.tile(np.arange(2), n)
    one = np.zeros(2 * n, dtype=np.int64)
    options = tuple("ABCDE")
    questions = tuple(
        Question(name=f"q{k}", options=options, coefs=tuple(LEVELS)) for k in range(QUESTIONS)
    )
    links = (Link(group=0, question=k, weight=1.0) for k in range(QUESTIONS))
    criteria = tuple(
        Criterion(name=f"C{k}", max_points=10.0, links=(link,)) for k, link in enumerate(links)
    )
    population, single = np.array([float(world.population)]), np.full(n, np.nan)
    design = Design(
        sample=one,
        stratum=one,
        psu=person,
        person=person,
        population_psus=population,
        population_persons=single,
    )
    return Dataset(
        folder=Path(),
        units=("A", "B"),
        groups=("raters",),
        questions=questions,
        criteria=criteria,
        unit=unit,
        group=one,
        person=person,
        weight=np.full(2 * n, world.population / n),
        answers=codes.reshape(2 * n, QUESTIONS).T.astype(np.uint8),
        design=design,
        covariates={},
        frame={},
        population={},
    )


def measured(world: World, samples: int, seed: int) -> tuple[float, list[float], float]:
    """Variance of the difference, mean estimates of it by method, and coverage of the last."""
    rng = np.random.default_rng(seed)
    people = world.people(rng)
    truth = 10 * np.subtract(*people.mean(axis=0).sum(axis=1))
    differences, estimates = np.empty(samples), np.empty((samples, len(METHODS)))
    df = np.empty(samples)
    for at in range(samples):
        drawn = rng.permutation(world.population)[: world.n]
        settings = score.Settings(missing="renormalise")
        card = score.score(data_set(world, people[drawn], world.answered(rng)), settings)
        table = league_table.rank_units(card, league_table.Rules(draws=1, top=(1,)))
        r, nr = (variance_of_differences(m)[0, 1] for m in (card.covariance, table.covariance_nr))
        alone = (card.units.se_nr**2).sum() - 2 * card.covariance[0, 1]
        differences[at], estimates[at] = card.units.score[0] - card.units.score[1], (r, alone, nr)
        df[at] = table.df[0, 1]
    reach = _t(df) * np.sqrt(estimates[:, -1])
    covered = np.abs(differences - truth) <= reach + 1e-12
    return float(differences.var()), estimates.mean(axis=0).tolist(), float(covered.mean())


def _t(df: Array) -> Array:
    from analysis.estimation.interval import t_quantile

    return np.asarray(t_quantile(df, 0.95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    head = ("raters", "answer", "together", "variance", *METHODS, "t interval covers")
    print("| " + " | ".join(head) + " |\n|" + "---:|" * len(head))
    for world in WORLDS:
        variance, means, covered = measured(world, options.samples, options.seed)
        shares = [f"{mean / variance:.3f}" if variance > 1e-20 else "exact" for mean in means]
        cells = [f"{world.n} of {world.population}", f"{world.answering}", f"{world.together}"]
        print("| " + " | ".join([*cells, f"{variance:.3f}", *shares, f"{covered:.3f}"]) + " |")


if __name__ == "__main__":
    main()
