"""Long tables written fast: a number becomes text once, for JSON and for CSV.

The text is what `json` and `csv` write, the shortest that reads back as the same number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from analysis.io.number_text import NONE, joined, texts
from analysis.numeric import Floats

Row = dict[str, Any]
Column = Sequence[str] | Sequence[bool] | np.ndarray[Any, Any]


class LongTable:
    """Columns: lists of labels or of truths, arrays of numbers with NaN for what does not exist."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = dict(columns)
        self._numbers: dict[str, list[str]] = {}

    def rows(self) -> list[Row]:
        """A dictionary for each row."""
        columns = [plain(c) if isinstance(c, np.ndarray) else c for c in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def json(self) -> str:
        """The rows as a list of objects."""
        parts: list[Iterator[str] | list[str]] = []
        for name, values in self.columns.items():
            parts += [repeat(("," if parts else "{") + _quoted(name) + ":")]
            parts += [
                self._written(name) if isinstance(values, np.ndarray) else _labels(values, _quoted)
            ]
        rows = map("".join, zip(*parts, repeat("}"), strict=False))
        return "[" + ",".join(rows) + "]"

    def csv(self) -> str:
        """A header, and a line for each row."""
        cells = [
            _with_gaps(values, self._written(name))
            if isinstance(values, np.ndarray)
            else _labels(values, _cell)
            for name, values in self.columns.items()
        ]
        lines = map(",".join, zip(*cells, strict=True))
        return "\n".join([",".join(map(_cell, self.columns)), *lines]) + "\n"

    def _written(self, name: str) -> list[str]:
        if name not in self._numbers:
            self._numbers[name] = texts(np.asarray(self.columns[name]))
        return self._numbers[name]


class SquareTable:
    """A number for each pair of units: (units, units), NaN for what does not exist."""

    def __init__(self, units: Sequence[str], values: Floats) -> None:
        self.units = units
        self._rows = [joined(row) for row in values]

    def json(self) -> str:
        """The units, and the rows as a list of lists."""
        units = ",".join(map(_quoted, self.units))
        rows = ",".join(f"[{row}]" for row in self._rows)
        return f'{{"units":[{units}],"matrix":[{rows}]}}'

    def csv(self) -> str:
        """A header, and a line for each unit, which stands first."""
        units = [_cell(unit) for unit in self.units]
        rows = (row.replace(NONE, "") for row in self._rows)
        lines = (f"{unit},{row}" for unit, row in zip(units, rows, strict=True))
        return "\n".join([",".join(["unit", *units]), *lines]) + "\n"


def plain(values: np.ndarray[Any, Any]) -> list[Any]:
    """Lists of Python's numbers, None for what does not exist."""
    found = values.astype(object)
    found[~np.isfinite(values)] = None
    return list(found.tolist())


def _with_gaps(values: np.ndarray[Any, Any], written: list[str]) -> list[str]:
    if np.isfinite(values).all():
        return written
    return ["" if text == NONE else text for text in written]


def _labels(values: Sequence[Any], write: Callable[[Any], str]) -> list[str]:
    """Labels as text; each distinct one is written once."""
    written = {label: write(label) for label in set(values)}
    return [written[label] for label in values]


def _quoted(label: Any) -> str:
    return json.dumps(label, ensure_ascii=False)


def _cell(label: Any) -> str:
    """A label as `csv` writes it among others."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["", label])
    return line.getvalue()[1:-1]
