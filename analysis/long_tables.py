"""Long tables written fast: a number becomes text once, for JSON and for CSV.

The text is what `json` and `csv` write, the shortest that reads back as the same number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
NONE = "null"


class LongTable:
    """Columns of labels, of truths, or of finite numbers with None for what does not exist."""

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns = dict(columns)
        self._numbers: dict[str, list[str]] = {}

    def rows(self) -> list[Row]:
        """A dictionary for each row."""
        values = zip(*self.columns.values(), strict=True)
        return [dict(zip(self.columns, row, strict=True)) for row in values]

    def json(self) -> str:
        """The rows as a list of objects."""
        names = (json.dumps(name, ensure_ascii=False) for name in self.columns)
        row = "{" + ",".join(name.replace("%", "%%") + ":%s" for name in names) + "}"
        return "[" + ",".join(map(row.__mod__, self._in_json())) + "]"

    def json_lists(self) -> str:
        """The rows as a list of lists."""
        rows = map(",".join, self._in_json())
        return "[" + ",".join(f"[{row}]" for row in rows) + "]"

    def csv(self) -> str:
        """A header, and a line for each row."""
        texts = [
            _labels(values, _cell)
            if _are_labels(values)
            else ["" if text == NONE else text for text in self._written(name)]
            for name, values in self.columns.items()
        ]
        lines = map(",".join, zip(*texts, strict=True))
        return "\n".join([",".join(map(_cell, self.columns)), *lines]) + "\n"

    def after(self, name: str, labels: Sequence[str]) -> LongTable:
        """The same table behind a column of labels."""
        table = LongTable({name: labels} | self.columns)
        table._numbers = self._numbers
        return table

    def _in_json(self) -> Iterator[tuple[str, ...]]:
        texts = [
            _labels(values, lambda label: json.dumps(label, ensure_ascii=False))
            if _are_labels(values)
            else self._written(name)
            for name, values in self.columns.items()
        ]
        return zip(*texts, strict=True)

    def _written(self, name: str) -> list[str]:
        if name not in self._numbers:
            values = self.columns[name]
            whole = None not in values
            texts = [repr(v) for v in values] if whole else list(map(_number, values))
            self._numbers[name] = texts
        return self._numbers[name]


def _number(value: float | None) -> str:
    return NONE if value is None else repr(value)


def _are_labels(values: Sequence[Any]) -> bool:
    return len(values) > 0 and isinstance(values[0], str | bool)


def _labels(values: Sequence[Any], write: Callable[[Any], str]) -> list[str]:
    """Labels as text; each distinct one is written once."""
    texts = {label: write(label) for label in set(values)}
    return [texts[label] for label in values]


def _cell(label: Any) -> str:
    """A label as `csv` writes it among others."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(["", label])
    return line.getvalue()[1:-1]
