"""Reads result files strictly: what a reader could take in two ways is refused.

JSON without NaN, infinite numbers and repeated names; CSV whose rows are as wide as its header.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from analysis.problems import Problem, ProblemsFound

AGAIN = "write the results again with the command that made them"


@dataclass(frozen=True, kw_only=True)
class Cells:
    """A CSV file: its header, and rows that are as wide."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def read_json(path: Path) -> Any:
    """The content of a JSON file. Raises `ProblemsFound` where it is none, or is ambiguous."""
    text = _text(path)
    try:
        return json.loads(
            text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_unrepeated
        )
    except RecursionError:
        raise _refused("not-json", "its lists are nested too deep", path) from None
    except ValueError as error:
        raise _refused("not-json", f"this is not JSON: {error}", path) from None


def read_csv(path: Path) -> Cells:
    """The rows of a CSV file. Raises `ProblemsFound` where it is none, or rows are ragged."""
    try:
        header, *rows = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        reason = str(error) if isinstance(error, csv.Error) else "it is empty"
        raise _refused("not-csv", f"this is not CSV: {reason}", path) from None
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            message = f"row {number} has {len(row)} cells, the header {len(header)}"
            raise _refused("not-csv", message, path)
    return Cells(header=header, rows=rows)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refused("not-readable", f"cannot be read: {error.strerror}", path) from None
    except UnicodeDecodeError:
        raise _refused("not-utf-8", "this is not UTF-8", path) from None


def _refused(slug: str, message: str, path: Path) -> ProblemsFound:
    return ProblemsFound([Problem(slug, message, str(path), help=AGAIN)])


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is beyond all numbers")
    return value


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"`{next(n for n in names if names.count(n) > 1)}` stands there twice")
    return content
