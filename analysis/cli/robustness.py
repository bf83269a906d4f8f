"""`sensitivity`, `reliability` and `screen`: how far the numbers can be relied on."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the three commands."""
    for name, help, run in (
        ("sensitivity", "how far scores and ranks depend on choices", _sensitivity),
        ("reliability", "whether the questions of a field hang together", _reliability),
        ("screen", "forms to call back about, and scores without them", _screen),
    ):
        command = commands.add_parser(name, help=help)
        shared.add_folder_and_out(command)
        shared.add_settings(command)
        command.set_defaults(run=run)
        if name == "sensitivity":
            command.add_argument("--scenarios", type=Path, metavar="FILE.yaml")


def _sensitivity(options: argparse.Namespace) -> None:
    from analysis.report import sensitivity_tables
    from analysis.sensitivity import scenarios, sensitivity

    declared = options.scenarios
    wanted = None if declared is None else scenarios.read(declared)
    outcome = sensitivity.sensitivity(shared.scorecard(options), wanted)
    sensitivity_tables.write(outcome, options.out, declared)


def _reliability(options: argparse.Namespace) -> None:
    from analysis.disclosure import publication_cells
    from analysis.quality.reliability import reliability
    from analysis.report import reliability_tables

    card = shared.scorecard(options)
    fields = publication_cells.fields_of(options.folder, card)
    reliability_tables.write(reliability(card, fields), options.out)


def _screen(options: argparse.Namespace) -> None:
    from analysis.report import screening_tables
    from analysis.sensitivity.screened_scores import screened_scores

    screening_tables.write(screened_scores(shared.scorecard(options)), options.out)
