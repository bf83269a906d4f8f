"""Whether the variance is right where weights were adjusted in response classes.

    python -m benchmarks.coverage.classes [--samples 4000] [--seed 1]

n of N people are invited, half of them (in the population) of each of two classes; a class answers
with a chance of its own, and thinks otherwise than the other by `gap`. The truth is the mean among
all N. Prints the variance of the adjusted score over samples, and by way of estimating it its mean
as a share of that, and the coverage of the 95 % interval.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from analysis.dataset.model import Criterion, Dataset, Link, Population, Question
from analysis.design.design import Design
from analysis.io.table import Column
from analysis.scoring import score
from benchmarks.coverage.worlds import LEVELS, Array

METHODS = ("factors known", "invited known", "two phases")
CLASSES = ("m", "f")


@dataclass(frozen=True)
class World:
    """`invited` of `population` people; `answering` by class."""

    invited: int
    population: int
    answering: tuple[float, float]
    gap: float

    def people(self, rng: np.random.Generator) -> tuple[Array, Array]:
        """Class and coefficient of each."""
        kind = np.arange(self.population) % 2
        latent = rng.standard_normal(self.population) + self.gap * (kind - 0.5)
        return kind, LEVELS[np.digitize(latent, ndtri([0.1, 0.25, 0.5, 0.8]))]


WORLDS = tuple(
    World(invited, population, answering, gap)
    for invited, population in ((40, 60), (60, 2000))
    for answering in ((0.7, 0.7), (0.9, 0.35))
    for gap in (0.0, 2.0)
)


def data_set(world: World, kind: Array, values: Array, folder: Path, asked: Array) -> Dataset:
    """Those who came, and response_classes.csv with how many of each class were asked."""
    n, zero = len(kind), np.zeros(len(kind), dtype=np.int64)
    lines = [f"A,people,{name},{count}" for name, count in zip(CLASSES, asked, strict=True)]
    text = "\n".join(["unit,group,sex,n_invited", *lines]) + "\n"
    (folder / "response_classes.csv").write_text(text, encoding="utf-8")
    alone = np.arange(n)
    question = Question(name="q", options=tuple("ABCDE"), coefs=tuple(LEVELS))
    link = Link(group=0, question=0, weight=1.0)
    cells = Population(
        covariates=("sex",),
        values=tuple((name,) for name in CLASSES),
        count=asked.astype(float),
    )
    return Dataset(
        folder=folder,
        units=("A",),
        groups=("people",),
        questions=(question,),
        criteria=(Criterion(name="C", max_points=1.0, links=(link,)),),
        unit=zero,
        group=zero,
        person=alone,
        weight=np.full(n, world.population / world.invited),
        answers=(np.searchsorted(LEVELS, values) + 1)[None].astype(np.uint8),
        design=Design(
            sample=zero,
            stratum=zero,
            psu=alone,
            person=alone,
            population_psus=np.array([float(world.population)]),
            population_persons=np.full(n, np.nan),
        ),
        covariates={"sex": Column(codes=kind, labels=CLASSES)},
        frame={},
        population={(0, 0): cells},
    )


def _cards(data: Dataset) -> list[score.Scorecard]:
    """The same score with each way to its variance."""
    two = score.score(data, score.Settings(adjust="classes"))
    known = score.score(replace(data, weight=two.data.weight))
    return [known, score.score(data, score.Settings(weights="poststratified")), two]


def measured(world: World, samples: int, seed: int) -> tuple[float, Array, Array]:
    """Variance of the score; by method mean estimates of it, and coverage of the interval."""
    rng = np.random.default_rng(seed)
    kind, values = world.people(rng)
    scores, told, covered = np.empty(samples), np.empty((samples, 3)), np.empty((samples, 3))
    with tempfile.TemporaryDirectory() as folder:
        for at in range(samples):
            asked = came = np.empty(0, dtype=np.int64)
            while np.bincount(kind[came], minlength=2).min() < 2:
                asked = rng.permutation(world.population)[: world.invited]
                came = asked[rng.random(len(asked)) < np.array(world.answering)[kind[asked]]]
            count = np.bincount(kind[asked], minlength=2)
            data = data_set(world, kind[came], values[came], Path(folder), count)
            units = [card.units for card in _cards(data)]
            scores[at] = units[-1].score[0]
            told[at] = [each.se[0] ** 2 for each in units]
            covered[at] = [each.lo[0] <= values.mean() <= each.hi[0] for each in units]
    return float(scores.var()), told.mean(axis=0), covered.mean(axis=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    head = ("invited", "answer", "gap", "variance", *METHODS, "covers", "covers", "covers")
    print("| " + " | ".join(head) + " |\n|" + "---:|" * len(head))
    for world in WORLDS:
        variance, means, covered = measured(world, options.samples, options.seed)
        cells = [f"{world.invited} of {world.population}", "{}, {}".format(*world.answering)]
        cells += [f"{world.gap:g}", f"{variance:.2e}"]
        cells += [f"{mean / variance:.3f}" for mean in means] + [f"{c:.3f}" for c in covered]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
