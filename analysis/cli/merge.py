"""`merge`: survey points and self-assessed points become an index, ranks and grades."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser("merge", help="join survey points with self-assessment")
    command.add_argument("folder", type=Path)
    command.add_argument("--scores", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--ties", choices=("exact", "printed"), default="exact")
    command.add_argument(
        "--unappraised",
        choices=("refuse", "list"),
        default="refuse",
        help="units without all appraised points: a fault, or listed without index and rank",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from analysis.index import merge

    merged = merge.merge_folder(options.folder, options.scores, options.ties, options.unappraised)
    merge.write(merged, options.out)
