"""The options that the benchmarks of coverage share, and their tables as they grow."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from math import sqrt

HOLDS = 0.95
"""The share of true ranks' intervals that should hold."""


def of_intervals(
    description: str | None, table: Callable[[int, int, float], Iterable[str]]
) -> None:
    """Print a table made of a number of samples, a seed and a level."""
    parser = _parser(description)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--level", type=float, default=HOLDS)
    given = parser.parse_args()
    _print(table(given.samples, given.seed, given.level))
    error = monte_carlo_error(given.level, given.samples)
    print(f"\n{given.samples:,} samples a case, Monte Carlo error +-{error:.4f}")


def of_ranks(
    description: str | None, table: Callable[[list[int], int, int], Iterable[str]]
) -> None:
    """Print a table made of numbers of units, a number of runs and a seed."""
    parser = _parser(description)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--units", type=int, nargs="+", default=[20, 75, 300])
    given = parser.parse_args()
    _print(table(given.units, given.runs, given.seed))
    error = monte_carlo_error(HOLDS, given.runs)
    print(f"\n{given.runs} runs a case, Monte Carlo error +-{error:.3f}")


def monte_carlo_error(share: float, runs: int) -> float:
    """Half the width of the 95 % interval of a share that was simulated so often."""
    return 1.96 * sqrt(share * (1 - share) / runs)


def _parser(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)
