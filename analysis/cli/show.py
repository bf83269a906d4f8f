"""`explain`, `detail` and `draw`: how a score follows from the answers; what pages show; charts."""

from __future__ import annotations

import argparse
from pathlib import Path

from analysis.cli import options as shared
from analysis.cli.options import Commands


def add(commands: Commands) -> None:
    """Add the three commands."""
    explaining = commands.add_parser("explain", help="show how a score follows from the answers")
    explaining.add_argument("folder", type=Path)
    explaining.add_argument("unit")
    explaining.add_argument("criterion", nargs="?")
    shared.add_settings(explaining)
    explaining.set_defaults(run=_explain)
    detailing = commands.add_parser("detail", help="a file for each unit and each criterion")
    detailing.add_argument("folder", type=Path)
    detailing.add_argument("--scores", type=Path, required=True)
    detailing.add_argument("--out", type=Path, required=True)
    shared.add_packed(detailing)
    detailing.set_defaults(run=_detail)
    drawing = commands.add_parser("draw", help="every chart that the files allow, as SVG and PNG")
    drawing.add_argument("folder", type=Path)
    drawing.add_argument("--scores", type=Path, required=True)
    drawing.add_argument("--sensitivity", type=Path, metavar="DIR")
    drawing.add_argument("--out", type=Path, required=True)
    drawing.set_defaults(run=_draw)


def _explain(options: argparse.Namespace) -> None:
    from analysis.report import explain

    print(explain.explain(shared.scorecard(options), options.unit, options.criterion))


def _detail(options: argparse.Namespace) -> None:
    from analysis.report.detail import files

    files.write_folder(options.folder, options.scores, options.out, options.packed)


def _draw(options: argparse.Namespace) -> None:
    from analysis.report import draw

    draw.draw(options.folder, options.scores, options.out, options.sensitivity)
