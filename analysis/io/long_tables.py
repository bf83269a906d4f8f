"""Tables with a row for each pair, criterion or question of every unit, written fast.

Numbers have full precision: the shortest text that reads back as the same number. orjson makes that
text in a seventh of the time that `repr` takes, and 300 units have 800,000 numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from analysis.numeric import Floats

Row = dict[str, Any]
Numbers = np.ndarray[Any, Any]
Column = Sequence[str] | Sequence[bool] | Numbers


class LongTable:
    """Columns: lists of labels or of truths, arrays of numbers with NaN for what does not exist."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = dict(columns)

    def rows(self) -> list[Row]:
        """A dictionary for each row; None for what does not exist."""
        return self._rows(plain)

    def json(self) -> str:
        """The rows as a list of objects; null for what does not exist."""
        return orjson.dumps(self._rows(np.ndarray.tolist)).decode()  # which writes NaN as null

    def csv(self) -> str:
        """A header, and a line for each row; an empty cell for what does not exist."""
        header = ",".join(map(_label, self.columns))
        lines = map(",".join, zip(*map(_cells, self.columns.values()), strict=True))
        return "\n".join([header, *lines, ""])

    def _rows(self, as_list: Callable[[Numbers], Any]) -> list[Row]:
        columns = [as_list(c) if isinstance(c, np.ndarray) else c for c in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]


class SquareTable:
    """A number for each pair of units: (units, units), NaN for what does not exist."""

    def __init__(self, units: Sequence[str], values: Floats) -> None:
        self.units, self.values = units, np.ascontiguousarray(values)

    def json(self) -> str:
        """The units, and the rows as a list of lists."""
        content = {"units": list(self.units), "matrix": self.values}
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def csv(self) -> str:
        """A header, and a line for each unit, which stands first."""
        units = [_label(unit) for unit in self.units]
        rows = [["unit", *units]]
        rows += [[unit, *_cells(row)] for unit, row in zip(units, self.values, strict=True)]
        return "\n".join([*map(",".join, rows), ""])


def plain(values: Numbers) -> list[Any]:
    """Lists of Python's numbers, None for what does not exist."""
    objects = values.astype(object)
    objects[~np.isfinite(values)] = None
    return list(objects.tolist())


def _cells(column: Column) -> list[str]:
    """A column as CSV has it; each distinct label is written once."""
    if isinstance(column, np.ndarray):
        content = np.ascontiguousarray(column)  # orjson takes no other
        text = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode()
        return text.replace("null", "").split(",") if text else []
    written = {label: _label(label) for label in set(column)}
    return [written[label] for label in column]


def _label(label: Any) -> str:
    """A label as `csv` writes it among others."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["", label])
    return line.getvalue()[1:-1]
