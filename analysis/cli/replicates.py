"""`replicates`: every standard error once more, by replicate weights."""

from __future__ import annotations

import argparse

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser(
        "replicates", help="every standard error by replicate weights too"
    )
    shared.add_folder_and_out(command)
    command.add_argument("--method", default="jackknife", choices=("jackknife", "bootstrap"))
    command.add_argument("--replicates", type=shared.whole_number, default=500)
    command.add_argument("--seed", type=shared.seed, default=1)
    shared.add_settings(command)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from analysis.design.replicate_weights import Replicates
    from analysis.replication.standard_errors import replicate_errors
    from analysis.report import replication_tables

    card = shared.scorecard(options)
    replicates = Replicates(
        design=card.data.design,
        kind=options.method,
        number=options.replicates,
        seed=options.seed,
    )
    replication_tables.write(replicate_errors(card, replicates), options.out)
