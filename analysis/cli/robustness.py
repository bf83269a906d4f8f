"""The commands about robustness and disclosure: sensitivity, reliability, screen, publishable."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Settings = Callable[[argparse.Namespace], Any]


def add_commands(
    commands: Any, add_settings: Callable[[argparse.ArgumentParser], None], settings: Settings
) -> None:
    """Add the commands to the command line."""
    for name, help, run in (
        ("sensitivity", "how far scores and ranks depend on choices", _sensitivity),
        ("reliability", "whether the questions of a field hang together", _reliability),
        ("screen", "forms to call back about, and scores without them", _screen),
    ):
        command = commands.add_parser(name, help=help)
        command.add_argument("folder", type=Path)
        command.add_argument("--out", type=Path, required=True)
        add_settings(command)
        command.set_defaults(run=run, settings_of=settings)
        if name == "sensitivity":
            command.add_argument("--scenarios", type=Path, metavar="FILE.yaml")
    _add_publishable(commands)


def _add_publishable(commands: Any) -> None:
    command = commands.add_parser("publishable", help="tables without small cells")
    command.add_argument("folder", type=Path)
    command.add_argument("--scores", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--fewest", type=_whole, default=5)
    command.add_argument("--room", type=_share, default=0.1)
    command.add_argument("--alike", choices=("flag", "withhold"), default="flag")
    command.set_defaults(run=_publishable)


def _whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a share of the scale lies between 0 and 1")
    return value


def _card(options: argparse.Namespace) -> Any:
    from analysis.dataset import reader
    from analysis.scoring import score

    return score.score(reader.read(options.folder), options.settings_of(options))


def _sensitivity(options: argparse.Namespace) -> None:
    from analysis.report import sensitivity_tables
    from analysis.sensitivity import scenarios, sensitivity

    declared = options.scenarios
    wanted = None if declared is None else scenarios.read(declared)
    found = sensitivity.sensitivity(_card(options), wanted)
    sensitivity_tables.write(found, options.out, declared)


def _reliability(options: argparse.Namespace) -> None:
    from analysis.disclosure import publication_cells
    from analysis.quality import reliability

    card = _card(options)
    reliability.write(card, publication_cells.fields_of(options.folder, card), options.out)


def _screen(options: argparse.Namespace) -> None:
    from analysis.report import screening_tables

    screening_tables.write(_card(options), options.out)


def _publishable(options: argparse.Namespace) -> None:
    from analysis.disclosure import publication_cells
    from analysis.report import publication_tables

    rule = publication_cells.Rule(options.fewest, options.room, options.alike)
    publication_tables.publish_folder(options.folder, options.scores, options.out, rule)
