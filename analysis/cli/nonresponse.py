"""`nonresponse`: what those who did not answer could change."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser("nonresponse", help="what those who kept silent could change")
    shared.add_folder_and_out(command)
    command.add_argument("--scores", type=Path, metavar="DIR", help="with merged.json, for grades")
    shared.add_settings(command)
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from analysis.index.merge_files import read_merged
    from analysis.report import nonresponse_tables
    from analysis.sensitivity.nonresponse_analysis import nonresponse_analysis

    card = shared.scorecard(options)
    merged = None if options.scores is None else read_merged(options.scores)
    nonresponse_tables.write(nonresponse_analysis(card, merged), options.out)
