"""`python -m analysis`: score a folder, merge it with self-assessment, explain a score."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from analysis.cli import (
    compare,
    merge,
    nonresponse,
    plan,
    publishable,
    replicates,
    robustness,
    score,
    show,
    verify,
)
from analysis.console import print_in_utf8
from analysis.problems import Problem, ProblemsFound

COMMANDS = (
    score,
    merge,
    compare,
    robustness,
    publishable,
    plan,
    show,
    nonresponse,
    replicates,
    verify,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done, 1 when the data are not sound (with every problem shown)."""
    print_in_utf8()
    options = parser().parse_args(arguments)
    try:
        status = options.run(options)
    except ProblemsFound as problems:
        print(problems, file=sys.stderr)
        return 1
    except OSError as error:
        print(_cannot_write(error), file=sys.stderr)
        return 1
    return int(status or 0)


def _cannot_write(error: OSError) -> Problem:
    help = "name a folder that you may write to, and that has room"
    return Problem("cannot-write", str(error.strerror), str(error.filename), help=help)


def parser() -> argparse.ArgumentParser:
    """The command line: each module of `analysis.cli` adds its commands."""
    top = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
