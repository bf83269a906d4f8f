"""`python -m analysis plan`: how many to ask, where, and where the next forms go."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.cli import options as shared
from analysis.cli.options import Commands
from analysis.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from analysis.io.table import Table
    from analysis.numeric import Floats

Row = Mapping[str, Any]
MINISTRY = (
    "n = N/(1 + N e^2): a share of one half, simple random sampling, "
    "no clusters, no nonresponse, 95 %"
)


def add(commands: Commands) -> None:
    """Add `plan` and what it plans to the command line."""
    plan = commands.add_parser("plan", help="how many to ask, and where")
    kinds = plan.add_subparsers(required=True, metavar="KIND")
    size = kinds.add_parser("size", help="forms for one unit's interval, or for a difference")
    size.add_argument("--moe", type=float, required=True, help="half-width of the interval")
    size.add_argument("--spread", type=float, nargs="+", default=[0.3], help="S; two: a difference")
    size.add_argument("--population", type=float, nargs="+", default=[], help="N; one a unit")
    size.add_argument("--deff", type=float, default=1.0)
    size.add_argument("--response", type=float, default=1.0, help="expected response rate")
    size.add_argument("--difference", action="store_true", help="between two such units")
    size.set_defaults(run=_size)
    score = kinds.add_parser("score", help="the cheapest forms by group for a score")
    score.add_argument("file", type=Path, help="group, N, sd [, deff] [, cost] [, response]")
    score.add_argument("--moe", type=float, required=True, help="in points")
    score.set_defaults(run=_score)
    share = _add_allocate(kinds)
    following = kinds.add_parser("next", help="where the next forms narrow the ranking most")
    following.add_argument("folder", type=Path, help="the data set of a past wave")
    following.add_argument("--forms", type=int, default=100)
    following.add_argument("--aim", choices=("pairs", "variance"), default="pairs")
    shared.add_settings(following)
    following.set_defaults(run=_next)
    for kind in (size, score, share):
        kind.add_argument("--level", type=float, default=0.95)
    for kind in (size, score, share, following):
        kind.add_argument("--json", type=Path, metavar="FILE", help="the same as JSON")


def _add_allocate(kinds: Any) -> Any:
    share = kinds.add_parser("allocate", help="share forms or a budget among strata")
    share.add_argument("file", type=Path, help="stratum, N, spread [, mean] [, cost]")
    share.add_argument("--forms", type=float)
    share.add_argument("--budget", type=float, help="in the unit of `cost`")
    share.add_argument("--least", type=float, default=2.0, help="forms for each stratum")
    share.add_argument("--power", type=float, default=0.5, help="exponent of power allocation")
    share.set_defaults(run=_allocate)
    return share


def _size(options: argparse.Namespace) -> None:
    from analysis.planning import sample_size

    two = options.difference or len(options.spread) == 2
    _refuse(
        _positive(options.moe, "--moe"),
        _between(options.level, "--level", open_end=True),
        _between(options.response, "--response"),
        _positive(options.deff, "--deff"),
        *(_positive(value, "--spread") for value in options.spread),
        *(_whole(value, "--population") for value in options.population),
        _fits(options.spread, "--spread", two=two),
        _fits(options.population, "--population", two=two),
    )
    sds = options.spread * (2 if two and len(options.spread) == 1 else 1)
    populations: list[float | None] = options.population or [None]
    populations = populations * (len(sds) if len(populations) == 1 else 1)
    rows = []
    for number, (sd, moe, population) in enumerate(
        zip(sds, sample_size.shared_margins(sds, options.moe), populations, strict=True), start=1
    ):
        size = sample_size.size(
            sd, moe, level=options.level, deff=options.deff,
            response_rate=options.response, population=population,
        )  # fmt: skip
        rows.append(
            {
                "unit": number, "N": population, "spread": sd, "n": size.n,
                "invite": size.invite, "reached": not size.invite_exceeds_population,
                "ministry_n": sample_size.ministry(population, options.moe),
            }
        )  # fmt: skip
    what = "difference of two units" if two else "one unit"
    notes = [f"target: {what} to within {options.moe:g} at {options.level:.0%}"]
    _show(options, rows, [*notes, *_unreachable(rows), f"ministry_n: {MINISTRY}"])


def _unreachable(rows: Sequence[Row]) -> list[str]:
    return [
        f"unit {row['unit']}: more must be invited than there are; the target is out of reach"
        for row in rows
        if not row["reached"]
    ]


def _score(options: argparse.Namespace) -> None:
    from analysis.planning import sample_size

    _refuse(_positive(options.moe, "--moe"), _between(options.level, "--level", open_end=True))
    table, numbers = _numbers(
        options.file, ("group", "N", "sd"), {"deff": 1.0, "cost": 1.0, "response": 1.0}
    )
    sd, population = numbers["sd"], numbers["N"]
    plan = sample_size.score_plan(
        sd, numbers["deff"], population, numbers["cost"], options.moe, options.level
    )
    invite, reached = sample_size.invitations(plan.n_whole, numbers["response"], population)
    rows = [
        {
            "group": name, "N": float(population[group]), "n": int(plan.n_whole[group]),
            "invite": int(invite[group]), "reached": bool(reached[group]),
            "ministry_n": sample_size.ministry(float(population[group]), 0.05),
        }
        for group, name in enumerate(table["group"].texts())
    ]  # fmt: skip
    notes = [
        f"cost {plan.cost:g}, margin reached {plan.moe_reached:.4g} points",
        f"ministry_n: {MINISTRY}, e = 0.05; it knows neither the points nor the other groups",
    ]
    _show(options, rows, notes)


def _allocate(options: argparse.Namespace) -> None:
    from analysis.planning import allocation

    _refuse(
        _between(options.level, "--level", open_end=True),
        _one_of(options.forms, options.budget),
        _positive(options.least, "--least"),
        *(_positive(v, n) for v, n in ((options.forms, "--forms"), (options.budget, "--budget"))
          if v is not None))  # fmt: skip
    table, numbers = _numbers(options.file, ("stratum", "N", "spread"), {"mean": 0.5, "cost": 1.0})
    population, sd, cost = numbers["N"], numbers["spread"], numbers["cost"]
    minimum = float(options.least)
    bases = allocation.bases(population, sd, numbers["mean"], cost, options.power)
    plans = {
        name: allocation.clipped(base, options.forms, population, minimum)
        if options.forms
        else allocation.within_budget(base, options.budget, population, minimum, cost)
        for name, base in bases.items()
    }
    rows = [
        {"stratum": name, "N": float(population[stratum]),
         **{rule: round(float(plan[stratum]), 2) for rule, plan in plans.items()}}
        for stratum, name in enumerate(table["stratum"].texts())
    ]  # fmt: skip
    notes = [
        f"{rule}: {plan.sum():.0f} forms, cost {float((plan * cost).sum()):g}, "
        f"standard error of the mean {math.sqrt(allocation.variance(plan, population, sd)):.5g}"
        for rule, plan in plans.items()
    ]
    if options.budget:
        notes += _overspent(plans, cost, options.budget)
    _show(options, rows, notes)


def _overspent(plans: Mapping[str, Floats], cost: Floats, budget: float) -> list[str]:
    over = [name for name, plan in plans.items() if float((plan * cost).sum()) > budget * 1.0001]
    return [
        f"the least number of forms alone costs more than the budget: {', '.join(over)}"
    ] * bool(over)


def _next(options: argparse.Namespace) -> None:
    from analysis.planning.next_forms import next_forms

    _refuse(_positive(options.forms, "--forms"))
    card = shared.scorecard(options)
    plan = next_forms(card, options.forms, options.aim)
    about = plan.summary()
    notes = [
        f"{about['forms']} forms given out of {options.forms}",
        f"pairs told apart: {about['distinct_pairs_now']} of {about['pairs']} by Holm's tests",
        _from_to("expected in another such wave", about, "expected_pairs"),
        _from_to("mean standard error of a difference", about, "mean_sd_of_a_difference"),
    ]
    if about["left_out"]:
        notes.append("without a standard error, so left out: " + ", ".join(about["left_out"]))
    if about["forms"] < options.forms:
        notes.append("more forms would change nothing: the places are full, or the order is sure")
    _show(options, plan.rows(), notes, about)


def _from_to(what: str, about: Row, name: str) -> str:
    return f"{what}: {about[name + '_now']:.4g}, with these forms {about[name + '_then']:.4g}"


# --- tables, printed and as JSON


def _show(
    options: argparse.Namespace, rows: Sequence[Row], notes: Sequence[str], about: Row | None = None
) -> None:
    sys.stdout.write("\n".join([aligned(rows), *notes]) + "\n")
    if options.json:
        content = {**(about or {}), "rows": list(rows), "notes": list(notes)}
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8", newline="\n")


def aligned(rows: Sequence[Row]) -> str:
    """Rows under their names, numbers to the right."""
    if not rows:
        return "(nothing)"
    names = list(rows[0])
    texts = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    right = [not isinstance(rows[0][name], str) for name in names]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in texts
    )


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


# --- what is refused


def _refuse(*faults: Problem | None) -> None:
    problems = [problem for problem in faults if problem is not None]
    if problems:
        raise ProblemsFound(problems)


def _wrong(name: str, value: float, should: str) -> Problem:
    return Problem(
        "out-of-range", f"`{name}` is {should}, not {value:g}", name, help="mend the number"
    )


def _positive(value: float, name: str) -> Problem | None:
    fine = math.isfinite(value) and value > 0
    return None if fine else _wrong(name, value, "more than 0")


def _whole(value: float, name: str) -> Problem | None:
    fine = math.isfinite(value) and value >= 1
    return None if fine else _wrong(name, value, "at least 1")


def _between(value: float, name: str, *, open_end: bool = False) -> Problem | None:
    fine = 0 < value < 1 or (value == 1 and not open_end)
    return (
        None
        if fine
        else _wrong(name, value, "more than 0 and " + ("less than 1" if open_end else "at most 1"))
    )


def _fits(values: Sequence[float], name: str, *, two: bool) -> Problem | None:
    if len(values) <= (2 if two else 1):
        return None
    return Problem(
        "too-many",
        f"`{name}` is given {len(values)} times",
        name,
        help="one a unit: two for a difference, else one",
    )


def _one_of(forms: float | None, budget: float | None) -> Problem | None:
    if (forms is None) != (budget is None):
        return None
    return Problem(
        "forms-or-budget",
        "either forms or money are shared out",
        "--forms",
        help="give `--forms` or `--budget`, one of them",
    )


def _numbers(
    path: Path, required: Sequence[str], optional: Mapping[str, float]
) -> tuple[Table, dict[str, Floats]]:
    """A table with a name in its first column and numbers above 0 in the others."""
    import numpy as np

    from analysis.io.table import read_csv

    problems: list[Problem] = []
    table = read_csv(path, required, problems)
    if table is None:
        raise ProblemsFound(problems)
    columns = {}
    for name in (*required[1:], *optional):
        if not table.has(name):
            columns[name] = np.full(table.rows, optional[name])
            continue
        columns[name] = table.numbers(name, problems, blank=optional.get(name, -1.0))
        for row in np.flatnonzero(columns[name] <= 0).tolist():
            problems.append(
                table.problem(
                    "out-of-range", f"`{name}` is more than 0", row, name, "write a number above 0"
                )
            )
    if "response" in columns:
        for row in np.flatnonzero(columns["response"] > 1).tolist():
            problems.append(
                table.problem(
                    "out-of-range", "`response` is at most 1", row, "response", "write 0.4 for 40 %"
                )
            )
    if not table.rows:
        help = f"write a line for each {required[0]}"
        problems.append(Problem("no-rows", "no line is below the header", str(path), help=help))
    _refuse(*problems)
    return table, columns
