"""`verify`: whether results follow from a release, number by number."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the command."""
    command = commands.add_parser("verify", help="compute results again and compare every value")
    command.add_argument("release", type=Path, help="the folder that was scored")
    command.add_argument("results", type=Path, help="the folder that a command wrote")
    command.add_argument(
        "--scores", type=Path, metavar="DIR", help="with scores.json or merged.json, if elsewhere"
    )
    command.add_argument(
        "--merge-folder", type=Path, metavar="DIR", help="with index.csv, if not the release"
    )
    command.add_argument(
        "--scenarios", type=Path, metavar="FILE.yaml", help="declared scenarios, if elsewhere"
    )
    command.add_argument(
        "--last", type=Path, metavar="DIR", help="last year's data set, of a comparison"
    )
    command.add_argument(
        "--before",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="scores of tables published earlier, of `publishable --before`; can be repeated",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from analysis.verification.verify import verify

    verification = verify(
        options.release,
        options.results,
        scores=options.scores,
        merge_folder=options.merge_folder,
        scenarios=options.scenarios,
        last=options.last,
        before=options.before,
    )
    print(verification.text())
    if options.json:
        report = json.dumps(verification.as_dict(), ensure_ascii=False, indent=1)
        text = report.encode("utf-8", "backslashreplace")  # half a character of a forged name
        options.json.write_bytes(text + b"\n")
    return 0 if verification.ok else 1
