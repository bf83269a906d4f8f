"""`publishable`: the tables that may be published, without small cells."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser("publishable", help="tables without small cells")
    command.add_argument("folder", type=Path)
    command.add_argument("--scores", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument(
        "--fewest",
        type=shared.whole_number,
        help="people whom a number has to rest on; else the index's publish_from in a release",
    )
    command.add_argument(
        "--before",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="with the scores.json of tables of this wave that were published earlier, the oldest "
        "first: nothing may follow from both together; can be repeated",
    )
    command.add_argument("--room", type=shared.share_of_scale, default=0.1)
    command.add_argument("--alike", choices=("flag", "withhold"), default="flag")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from analysis.disclosure import publication_cells
    from analysis.report.publication import folder

    rule = publication_cells.Rule(
        fewest=options.fewest or publication_cells.threshold(options.folder),
        room=options.room,
        alike=options.alike,
    )
    folder.publish_folder(options.folder, options.scores, options.out, rule, options.before)
