"""Scores of a survey of public administration, with what they are worth as statistics.

A *unit* (a department, a commune) is rated by *groups* (leaders, citizens, ...) who answer
*questions*. Each option has a *coefficient* from 0 to 1. The ratio of a group is the weighted mean
of the coefficients of its answers; a *criterion* is worth points times the weighted mean of its
groups' ratios; a *score* adds the points of its criteria. Standard errors follow the sample design:
strata, two stages, finite populations, raters who rate several units, weights calibrated to the
population. They equal those of R's package survey. Units are ranked with what is sure about it:
the ranks that the data do not rule out, and bands of units that cannot be told apart.

The workflow
------------
>>> import analysis
>>> data = analysis.read("tests/reference/clean")          # checked whole, or ProblemsFound
>>> results = analysis.score(data, missing="renormalise", rank_method="holm-t", level=0.95)
>>> results.units.loc["U01", ["rank", "rank_lo", "rank_hi"]].tolist()
[1, 1, 3]

1. ``read`` takes a folder of CSV files (``read_frame`` DataFrames in memory) and checks all of it
   before any of it is used. `ProblemsFound` lists every fault with its place and a remedy.
2. ``score`` takes options by name; an option or a value that does not exist is refused with those
   that do.
3. The results are DataFrames: ``results.units`` (score, se, lo, hi, df, rank, rank_lo, rank_hi,
   band, grade, status), ``criteria``, ``estimates``, ``covariance``, ``pairs``, ``bands``,
   ``rates``.
4. ``print(results.explain("U01"))`` goes from a score back to the answers that were counted;
   ``results.plot.ranks()``, ``.scores()`` and ``.unit("U01")`` are Matplotlib figures.
5. ``results.write("out")`` writes what ``python -m analysis score`` writes, byte for byte;
   ``results.merge("points")`` joins self-assessed points, and gives the index and its grades.
6. ``analysis.compare(last, this)`` says what changed since last year, and how surely.
7. ``analysis.verify("release", "out")`` computes results again, and names whatever differs.

The options
-----------
missing
    ``"strict"``: a criterion of which a group has no answer has no value; ``"renormalise"``: the
    weight of that group goes to the others.
weights
    ``"base"``, or calibrated to the population: ``"poststratified"``, ``"raked"``.
adjust, trim
    Weights for those who did not answer (``"frame"``, ``"classes"``), and a cap on weights.
lonely_psu
    What a stratum with one sampling unit counts: ``"report"``, ``"remove"``, ``"adjust"``,
    ``"average"``.
variance, level
    ``"taylor"`` or ``"jkn"`` (jackknife); the level of confidence of every interval.
rank_method, max_error, top, seed, draws
    How units are told apart (``"holm"``, ``"holm-t"``, ``"mrsw"``), and who is ranked at all.
min_group
    Answers that a group must give to count.
group_weights, coefficients
    Another scoring key: ``group_weights={"council": 2, "leaders": 1}``,
    ``coefficients={"A": 1, "B": 0.5}``.

``help(analysis.score)`` says what each does. The columns of files and tables are described in
docs/reference/analysis-data-set.md, the statistics in docs/explanation/statistics.md.

What is missing is NaN or NA, never 0, and a status or a flag says why. The same data and options
give the same bytes on the same machine with the same versions of NumPy and SciPy; on another,
``analysis.verify`` compares numbers to nine digits and decisions exactly.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.api import (
        SurveyComparison,
        SurveyData,
        SurveyResults,
        Verification,
        compare,
        read,
        read_frame,
        score,
        verify,
    )
    from analysis.problems import ProblemsFound
    from analysis.scoring.settings import Settings

    __version__: str

__all__ = [
    "ProblemsFound",
    "Settings",
    "SurveyComparison",
    "SurveyData",
    "SurveyResults",
    "Verification",
    "__version__",
    "compare",
    "read",
    "read_frame",
    "score",
    "verify",
]

# Loaded when first asked for: a command, and whoever imports one room, must not wait for pandas.
_HOMES = {
    "ProblemsFound": "analysis.problems",
    "Settings": "analysis.scoring.settings",
    "__version__": "analysis.io.writing",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    home = importlib.import_module(_HOMES.get(name, "analysis.api"))
    value = getattr(home, "VERSION" if name == "__version__" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
