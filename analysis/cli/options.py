"""What several commands ask for: the settings of a scoring, and numbers that are checked."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Protocol


class Commands(Protocol):
    """The place where a command is added (`argparse` has no public name for it)."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """A new command."""


def add_folder_and_out(command: argparse.ArgumentParser) -> None:
    """The folder of a data set, and the folder to write to."""
    command.add_argument("folder", type=Path)
    command.add_argument("--out", type=Path, required=True)


def add_packed(command: argparse.ArgumentParser) -> None:
    """The rows as Parquet, from whoever wrote them beside the CSV."""
    command.add_argument(
        "--packed",
        type=Path,
        metavar="FILE",
        help="a Parquet file with the rows of respondents.csv, to be read in its place",
    )


def add_settings(command: argparse.ArgumentParser) -> None:
    """The choices of a scoring."""
    command.add_argument("--level", type=level, default=0.95)
    command.add_argument(
        "--lonely-psu", default="report", choices=("report", "remove", "adjust", "average")
    )
    command.add_argument("--weights", default="base", choices=("base", "poststratified", "raked"))
    command.add_argument("--adjust", default="none", choices=("none", "frame", "classes"))
    command.add_argument("--trim", type=multiple_of_median, metavar="TIMES")
    command.add_argument("--missing", default="strict", choices=("strict", "renormalise"))
    command.add_argument("--min-group", type=whole_number, default=1)


def settings(options: argparse.Namespace) -> Any:
    """The `Settings` that a command line asks for."""
    from analysis.scoring.settings import Settings

    return Settings(
        level=options.level,
        lonely_psu=options.lonely_psu,
        weights=options.weights,
        missing=options.missing,
        min_group=options.min_group,
        variance=getattr(options, "variance", "taylor"),
        adjust=options.adjust,
        trim=options.trim,
    )


def scorecard(options: argparse.Namespace) -> Any:
    """The scorecard of a command's folder under its settings."""
    from analysis.dataset import reader
    from analysis.replication.scorecards import scorecard

    return scorecard(reader.read(options.folder), settings(options))


def error_limit(text: str) -> str:
    """A limit on the half-width of an interval: points, or per cent of the maximum."""
    if 0 < float(text.removesuffix("%")) < float("inf"):
        return text
    raise argparse.ArgumentTypeError("a limit is points, such as 1.5, or per cent, such as 5%")


def level(text: str) -> float:
    """A confidence level."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("a level lies between 0 and 1, such as 0.95")
    return value


def multiple_of_median(text: str) -> float:
    """A cap on weights, in medians."""
    value = float(text)
    if 1 <= value < float("inf"):
        return value
    raise argparse.ArgumentTypeError("a cap is 1 or more times the median weight, such as 3")


def seed(text: str) -> int:
    """The seed of a simulation."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 on")
    return value


def whole_number(text: str) -> int:
    """A count of one or more."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return value


def share_of_scale(text: str) -> float:
    """A share of the scale of a ratio."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a share of the scale lies between 0 and 1")
    return value
