"""`score`: every unit's score, ranks and rates, as JSON and CSV."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser("score", help="score every unit of a data set")
    shared.add_folder_and_out(command)
    shared.add_packed(command)
    command.add_argument(
        "--detail", type=Path, metavar="DIR", help="what `detail` writes, in the same run"
    )
    command.add_argument("--variance", default="taylor", choices=("taylor", "jkn"))
    shared.add_settings(command)
    _add_rules(command)
    command.set_defaults(run=_run)


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--max-error", type=shared.error_limit, metavar="POINTS|PERCENT%")
    command.add_argument("--rank-method", default="holm", choices=("holm", "holm-t", "mrsw"))
    command.add_argument(
        "--top", type=shared.whole_number, nargs="+", default=[1, 3, 5], metavar="K"
    )
    command.add_argument("--seed", type=shared.seed, default=1)
    command.add_argument("--draws", type=shared.whole_number, default=10_000)


def _run(options: argparse.Namespace) -> None:
    from analysis import results
    from analysis.dataset import reader
    from analysis.report import score_tables

    data = reader.read(options.folder, options.packed)
    scored = results.compute(data, shared.settings(options), _rules(options))
    for note in score_tables.write(scored, options.out):
        print(f"note: {note}", file=sys.stderr)
    if options.detail:
        from analysis.report.detail import files

        card = scored.scorecard
        del scored  # of the ranking nothing is needed any more
        files.write_card(card, options.out, options.detail)


def _rules(options: argparse.Namespace) -> Any:
    from analysis.ranking.league_table import Rules

    return Rules(
        max_error=options.max_error,
        rank_method=options.rank_method,
        top=tuple(options.top),
        seed=options.seed,
        draws=options.draws,
    )
