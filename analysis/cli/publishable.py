"""`publishable` and `opendata`: what may be published, without small cells, as tables or whole."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the commands."""
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
    _add_opendata(commands)


def _add_opendata(commands: Commands) -> None:
    command = commands.add_parser("opendata", help="open data of a scored release, as a ZIP")
    command.add_argument("release", type=Path, help="the folder of a closed wave's release")
    command.add_argument("results", type=Path, help="the folder of its scores")
    command.add_argument("out", type=Path, metavar="OUT.zip")
    command.add_argument(
        "--before",
        type=Path,
        action="append",
        default=[],
        metavar="RESULTS",
        help="scores that were published of the wave before, oldest first",
    )
    command.add_argument("--draft", action="store_true", help="say that it is not published yet")
    command.add_argument("--progress", type=Path, help="a file that says how far it is")
    command.set_defaults(run=_run_opendata)


def _run(options: argparse.Namespace) -> None:
    from analysis.disclosure import publication_cells
    from analysis.report.publication import folder

    rule = publication_cells.Rule(
        fewest=options.fewest or publication_cells.threshold(options.folder),
        room=options.room,
        alike=options.alike,
    )
    folder.publish_folder(options.folder, options.scores, options.out, rule, options.before)


def _run_opendata(options: argparse.Namespace) -> None:
    from analysis.opendata.archive import STEPS, write_archive

    def told(step: str, done: int, of: int) -> None:
        rows = f" {done:,} / {of:,}" if of else f" {done:,}"
        print(f"{step}{rows}", file=sys.stderr if sys.stderr.isatty() else sys.stdout)
        if options.progress:
            _tell(options.progress, f"{STEPS.index(step)} {step}")

    write_archive(
        options.release,
        options.results,
        options.out,
        before=options.before,
        is_draft=options.draft,
        told=told,
    )


def _tell(file: Path, said: str) -> None:
    """Replace what a file says, as one step: whoever reads it meanwhile finds a whole line."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(said, encoding="utf-8")
    new.replace(file)
