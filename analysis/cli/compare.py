"""`compare`: what changed from last year to this, and how surely."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser("compare", help="this year against last, unit by unit")
    command.add_argument("last", type=Path, metavar="LAST", help="last year's data set")
    command.add_argument("this", type=Path, metavar="THIS", help="this year's data set")
    command.add_argument("--out", type=Path, required=True)
    shared.add_settings(command)
    command.add_argument(
        "--panel",
        nargs="+",
        default=["none"],
        metavar="KIND|GROUP=KIND",
        help="what equal labels of the two years mean: none, psus or persons",
    )
    command.add_argument("--reworded", default="compare", choices=("compare", "leave-out"))
    command.add_argument("--rank-method", default="holm-t", choices=("holm", "holm-t", "mrsw"))
    command.add_argument("--seed", type=shared.seed, default=1)
    command.add_argument("--draws", type=shared.whole_number, default=10_000)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from analysis.comparison.comparison import ComparisonRules, compare
    from analysis.dataset import reader
    from analysis.report import comparison_tables

    rules = ComparisonRules(
        panel=_panel(options.panel),
        reworded=options.reworded,
        rank_method=options.rank_method,
        seed=options.seed,
        draws=options.draws,
    )
    last, this = reader.read(options.last), reader.read(options.this)
    comparison = compare(last, this, shared.settings(options), rules)
    comparison_tables.write(comparison, options.out)
    print(comparison_tables.summary(comparison))


def _panel(words: list[str]) -> str | dict[str, str]:
    """One kind for all groups, or kinds by group; a kind alone is then that of the other groups."""
    pairs = [word.rpartition("=") for word in words]
    if len(pairs) == 1 and not pairs[0][1]:
        return words[0]
    return {group if sign else "*": kind for group, sign, kind in pairs}
