"""What closing a wave costs in precision: its last ballots show less of their design.

    python -m benchmarks.coverage.coarsening [--samples 1000] [--seed 1]

A sample in strata and PSUs, of which a share answers, by web or on paper. Ballots come in an order
of chance and are mixed as in the field: of a class of eight all but three are written as they are.
The others wait until the wave closes, and are made coarser by
`survey_app.fieldwork.protection.coarsening`.
The same ballots are scored by what their cases show and by what the release shows. Each sample is
of a new finite population. Prints how much was changed; the variance of the score over the samples
with coarsening by that without, and the same of its mean estimates; how many samples have no
interval (a stratum is left with one PSU); and the coverage of the 95 % intervals, where there are.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from analysis.dataset.model import Criterion, Dataset, Link, Question
from analysis.design.design import Design
from analysis.scoring import score
from benchmarks.coverage.worlds import LEVELS, Array
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection.anonymity import ENOUGH
from survey_app.fieldwork.protection.coarsening import coarsened, place
from survey_app.mixing.mixing import FEWEST_AT_CLOSING

CUTS = ndtri([0.05, 0.2, 0.5, 0.8])
MODES = ("web", "paper")


@dataclass(frozen=True)
class World:
    """`psus` of `population_psus` a stratum, `invited` persons of each, of whom a share answers.

    PSUs have between `people` and `spread` times as many persons; `icc` is what a PSU explains.
    """

    name: str
    strata: int
    psus: int
    population_psus: int
    invited: int
    people: int
    answering: float = 0.5
    spread: float = 1.0
    icc: float = 0.05
    paper: float = 0.3


WORLDS = (
    World("large PSUs, two modes", 2, 6, 30, 30, 100),
    World("middling PSUs, two modes", 2, 8, 30, 8, 60),
    World("small PSUs", 2, 15, 60, 4, 60, icc=0.1),
    World("tiny PSUs", 2, 20, 60, 2, 60, icc=0.1),
    World("tiny PSUs that differ much", 2, 20, 60, 2, 60, icc=0.3),
    World("small PSUs, weights by size", 2, 15, 60, 4, 40, spread=2.0, icc=0.1),
    World("tiny PSUs, weights by size", 2, 20, 60, 2, 40, spread=2.0, icc=0.1),
    World("small offices, all asked", 1, 12, 30, 3, 3, answering=0.6, icc=0.2),
    World("few tiny PSUs", 1, 6, 30, 2, 60, icc=0.1),
)


@dataclass(frozen=True)
class Survey:
    """Who answered: the design of each, and the value; and the mean of the population."""

    cases: list[Case]
    values: Array
    truth: float


def drawn(world: World, rng: np.random.Generator) -> Survey:
    """A population, and a survey of it."""
    cases: list[Case] = []
    values: list[float] = []
    total = people = 0.0
    for stratum in range(world.strata):
        for psu in range(world.population_psus):
            size = (
                int(world.people * rng.uniform(1, world.spread))
                if world.spread > 1
                else world.people
            )
            latent = np.sqrt(world.icc) * rng.standard_normal() + 0.3 * stratum
            latent = latent + np.sqrt(1 - world.icc) * rng.standard_normal(size)
            theirs = LEVELS[np.digitize(latent, CUTS)]
            total, people = total + theirs.sum(), people + size
            if psu >= world.psus:
                continue
            weight = world.population_psus / world.psus * size / world.invited
            case = Case(
                "", "people", "", f"h{stratum}", f"{weight:.10g}", unit="A", psu=f"{stratum}-{psu}",
                fpc1=world.population_psus, fpc2=size,
            )  # fmt: skip
            for value in theirs[: world.invited][rng.random(world.invited) < world.answering]:
                cases.append(replace(case, mode=MODES[rng.random() < world.paper]))
                values.append(value)
    return Survey(cases, np.array(values), total / people)


def released(cases: list[Case], rng: np.random.Generator) -> list[Case]:
    """What each ballot shows when the wave has closed."""
    waiting: dict[Case, list[int]] = {}
    opened: Counter[tuple[str, str, str, str, str]] = Counter()
    shown = list(cases)
    for at in rng.permutation(len(cases)).tolist():
        box = waiting.setdefault(cases[at], [])
        box.append(at)
        if len(box) >= ENOUGH + FEWEST_AT_CLOSING:
            del box[FEWEST_AT_CLOSING:]
            opened[place(cases[at])] += ENOUGH
    sealed = [(str(at), cases[at]) for box in waiting.values() for at in box]
    result = coarsened(sealed, ("A",), FEWEST_AT_CLOSING, opened)
    for batch in (*result.batches, *result.small):
        for key, _ in batch.members:
            shown[int(key)] = batch.shown
    return shown


def data_set(cases: list[Case], values: Array) -> Dataset:
    """The ballots, with the design that they show."""
    n = len(cases)
    strata = {name: at for at, name in enumerate(dict.fromkeys(case.stratum for case in cases))}
    psus = {case.psu: case for case in cases}
    number = {name: at for at, name in enumerate(psus)}
    nobody = np.zeros(n, dtype=np.int64)
    return Dataset(
        folder=Path(),
        units=("A",),
        groups=("people",),
        questions=(Question(name="q", options=tuple("ABCDE"), coefs=tuple(LEVELS)),),
        criteria=(
            Criterion(name="C", max_points=1.0, links=(Link(group=0, question=0, weight=1.0),)),
        ),
        unit=nobody,
        group=nobody,
        person=np.arange(n),
        weight=np.array([float(case.weight) for case in cases]),
        answers=(np.searchsorted(LEVELS, values) + 1)[None].astype(np.uint8),
        design=Design(
            sample=nobody,
            stratum=np.array([strata[case.stratum] for case in cases]),
            psu=np.array([number[case.psu] for case in cases]),
            person=np.arange(n),
            population_psus=np.full(len(strata), float(cases[0].fpc1 or 0)),
            population_persons=np.array([float(case.fpc2 or 0) for case in psus.values()]),
        ),
        covariates={},
        frame={},
        population={},
    )


@dataclass(frozen=True)
class Measured:
    """Shares of ballots that lost their mode, PSU, weight; ratios of variances.

    Both ways, without first: samples that have no interval, and the others' that hold the truth.
    """

    changed: Array
    variance: float
    estimate: float
    without: Array
    coverage: Array


def measured(world: World, samples: int, seed: int) -> Measured:
    """The same samples with and without coarsening."""
    rng = np.random.default_rng(seed)
    errors, told = np.empty((samples, 2)), np.empty((samples, 2))
    holds, changed = np.zeros((samples, 2)), np.zeros((samples, 3))
    for at in range(samples):
        survey = drawn(world, rng)
        shown = released(survey.cases, rng)
        pairs = list(zip(survey.cases, shown, strict=True))
        changed[at] = [
            np.mean([getattr(case, name) != getattr(seen, name) for case, seen in pairs])
            for name in ("mode", "psu", "weight")
        ]
        for way, cases in enumerate((survey.cases, shown)):
            units = score.score(data_set(cases, survey.values)).units
            errors[at, way] = units.score[0] - survey.truth
            told[at, way] = units.se[0] ** 2
            holds[at, way] = units.lo[0] <= survey.truth <= units.hi[0]
    variances, known = errors.var(axis=0), ~np.isnan(told)
    estimates = told[known.all(axis=1)].mean(axis=0)
    return Measured(
        changed.mean(axis=0),
        float(variances[1] / variances[0]),
        float(estimates[1] / estimates[0]),
        1 - known.mean(axis=0),
        holds.sum(axis=0) / known.sum(axis=0),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    head = ["design", "answers a PSU", "lost mode", "lost PSU", "other weight"]
    head += ["variance", "its estimate", "no interval", "covers without", "covers with"]
    print(f"| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for world in WORLDS:
        m = measured(world, given.samples, given.seed)
        cells = [world.name, f"{world.invited * world.answering:g}"]
        cells += [f"{share:.0%}" for share in m.changed]
        cells += [f"{m.variance:.3f}", f"{m.estimate:.3f}"]
        cells += [" to ".join(f"{share:.1%}" for share in m.without)]
        cells += [f"{share:.3f}" for share in m.coverage]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
