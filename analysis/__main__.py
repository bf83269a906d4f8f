"""`python -m analysis`: score a folder, merge it with self-assessment, explain a score."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.cli import plan
from analysis.cli.robustness import add_commands
from analysis.problems import Problem, ProblemsFound


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 when the data are not sound (with every problem shown)."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except ProblemsFound as found:
        print(found, file=sys.stderr)
        return 1
    except OSError as error:
        print(_cannot_write(error), file=sys.stderr)
        return 1
    return 0


def _cannot_write(error: OSError) -> Problem:
    help = "name a folder that you may write to, and that has room"
    return Problem("cannot-write", str(error.strerror), str(error.filename), help=help)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    scoring = commands.add_parser("score", help="score every unit of a data set")
    scoring.add_argument("folder", type=Path)
    scoring.add_argument("--out", type=Path, required=True)
    scoring.add_argument("--variance", default="taylor", choices=("taylor", "jkn"))
    _add_settings(scoring)
    _add_rules(scoring)
    scoring.set_defaults(run=_score)
    merging = commands.add_parser("merge", help="join survey points with self-assessment")
    merging.add_argument("folder", type=Path)
    merging.add_argument("--scores", type=Path, required=True)
    merging.add_argument("--out", type=Path, required=True)
    merging.add_argument("--ties", choices=("exact", "printed"), default="exact")
    merging.set_defaults(run=_merge)
    explaining = commands.add_parser("explain", help="show how a score follows from the answers")
    explaining.add_argument("folder", type=Path)
    explaining.add_argument("unit")
    explaining.add_argument("criterion", nargs="?")
    _add_settings(explaining)
    explaining.set_defaults(run=_explain)
    add_commands(commands, _add_settings, _settings)
    plan.add(commands, _add_settings, _settings)
    _add_draw(commands)
    _add_nonresponse(commands)
    _add_replicates(commands)
    return top


def _add_replicates(commands: Any) -> None:
    again = commands.add_parser("replicates", help="every standard error by replicate weights too")
    again.add_argument("folder", type=Path)
    again.add_argument("--out", type=Path, required=True)
    again.add_argument("--method", default="jackknife", choices=("jackknife", "bootstrap"))
    again.add_argument("--replicates", type=_whole, default=500)
    again.add_argument("--seed", type=_seed, default=1)
    _add_settings(again)
    again.set_defaults(run=_replicates)


def _add_nonresponse(commands: Any) -> None:
    silent = commands.add_parser("nonresponse", help="what those who kept silent could change")
    silent.add_argument("folder", type=Path)
    silent.add_argument("--out", type=Path, required=True)
    silent.add_argument("--scores", type=Path, metavar="DIR", help="with merged.json, for grades")
    _add_settings(silent)
    silent.set_defaults(run=_nonresponse)


def _add_draw(commands: Any) -> None:
    drawing = commands.add_parser("draw", help="every chart that the files allow, as SVG and PNG")
    drawing.add_argument("folder", type=Path)
    drawing.add_argument("--scores", type=Path, required=True)
    drawing.add_argument("--sensitivity", type=Path, metavar="DIR")
    drawing.add_argument("--out", type=Path, required=True)
    drawing.set_defaults(run=_draw)


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--level", type=_level, default=0.95)
    command.add_argument(
        "--lonely-psu", default="report", choices=("report", "remove", "adjust", "average")
    )
    command.add_argument("--weights", default="base", choices=("base", "poststratified", "raked"))
    command.add_argument("--adjust", default="none", choices=("none", "frame", "classes"))
    command.add_argument("--trim", type=_times, metavar="TIMES")
    command.add_argument("--missing", default="strict", choices=("strict", "renormalise"))
    command.add_argument("--min-group", type=_whole, default=1)


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--max-error", type=_error, metavar="POINTS|PERCENT%")
    command.add_argument("--rank-method", default="holm", choices=("holm", "holm-t", "mrsw"))
    command.add_argument("--top", type=_whole, nargs="+", default=[1, 3, 5], metavar="K")
    command.add_argument("--seed", type=_seed, default=1)
    command.add_argument("--draws", type=_whole, default=10_000)


def _error(text: str) -> str:
    if float(text.removesuffix("%")) > 0:
        return text
    raise argparse.ArgumentTypeError("a limit is points, such as 1.5, or per cent, such as 5%")


def _level(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("a level lies between 0 and 1, such as 0.95")
    return value


def _times(text: str) -> float:
    value = float(text)
    if 1 <= value < float("inf"):
        return value
    raise argparse.ArgumentTypeError("a cap is 1 or more times the median weight, such as 3")


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("a seed is a whole number from 0 on")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return value


# Each command imports what it needs: scoring does not wait for merging, nor --help for SciPy.
def _score(options: argparse.Namespace) -> None:
    from analysis import results
    from analysis.dataset import reader
    from analysis.report import score_tables

    scored = results.compute(reader.read(options.folder), _settings(options), _rules(options))
    for note in score_tables.write(scored, options.out):
        print(f"note: {note}", file=sys.stderr)


def _merge(options: argparse.Namespace) -> None:
    from analysis.index import merge

    merge.write(merge.merge_folder(options.folder, options.scores, options.ties), options.out)


def _explain(options: argparse.Namespace) -> None:
    from analysis.dataset import reader
    from analysis.report import explain
    from analysis.scoring import score

    card = score.score(reader.read(options.folder), _settings(options))
    print(explain.explain(card, options.unit, options.criterion))


def _draw(options: argparse.Namespace) -> None:
    from analysis.report import draw

    draw.draw(options.folder, options.scores, options.out, options.sensitivity)


def _replicates(options: argparse.Namespace) -> None:
    from analysis.dataset import reader
    from analysis.design import replicate_weights
    from analysis.report import replication_tables
    from analysis.scoring import score

    card = score.score(reader.read(options.folder), _settings(options))
    design, method = card.data.design, options.method
    made = replicate_weights.Replicates(design, method, options.replicates, options.seed)
    replication_tables.write(card, made, options.out)


def _nonresponse(options: argparse.Namespace) -> None:
    from analysis.dataset import reader
    from analysis.report import nonresponse_tables
    from analysis.scoring import score

    card = score.score(reader.read(options.folder), _settings(options))
    nonresponse_tables.write(card, options.out, options.scores)


def _settings(options: argparse.Namespace) -> Any:
    from analysis.scoring.score import Settings

    return Settings(
        options.level,
        options.lonely_psu,
        options.weights,
        options.missing,
        options.min_group,
        getattr(options, "variance", "taylor"),
        options.adjust,
        options.trim,
    )


def _rules(options: argparse.Namespace) -> Any:
    from analysis.ranking.league_table import Rules

    return Rules(
        options.max_error, options.rank_method, tuple(options.top), options.seed, options.draws
    )


if __name__ == "__main__":
    sys.exit(main())
