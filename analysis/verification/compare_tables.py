"""Compares written files with recomputed ones: JSON and CSV by content, rows by their keys.

The order of rows and columns does not matter. A row or a column that only one side has is told as
such. Rows are matched by the columns that they begin with and that name something (a unit, a
criterion, a group); matrices by the two units.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from analysis.io.table import to_number
from analysis.verification import result_files
from analysis.verification.agreement import (
    ABSOLUTE,
    OF_A_CHANCE,
    OF_A_VARIANCE,
    OF_ROUNDED_INDICES,
    WHOLE,
    cells_agree,
    is_fraction,
    values_agree,
)
from analysis.verification.differences import Difference, Log, shown
from analysis.verification.result_files import Cells

NAMING = frozenset({
    "unit", "unit_a", "unit_b", "group", "criterion", "question", "field", "mode", "class", "band",
    "table", "part", "resp_id", "resp_id_a", "resp_id_b", "scenario", "of", "factor", "scale",
    "flag", "change", "by", "grade",
})  # fmt: skip
CHANCE = re.compile(r"(top|bottom)_\d+")
COVARIANCES = frozenset({"covariance", "covariance_nr"})
MATRICES = COVARIANCES | {"difference_df"}
ROUNDED = frozenset({"sensitivity"})  # commands that compare indices rounded to nine decimals
LONG = 18  # digits of a whole number that is shown as one

Row = Mapping[str, Any]
Place = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The comparison of one file: where its differences go, and what is too near to be one."""

    file: str
    log: Log
    absolute: float = ABSOLUTE

    def absolute_of(self, column: str) -> float:
        """How far apart numbers of a column may be, however small they are."""
        return max(self.absolute, OF_A_CHANCE) if CHANCE.fullmatch(column) else self.absolute

    def differ(self, **place: Any) -> None:
        """Note a difference at a place."""
        self.log.add(Difference(file=self.file, **place))

    def only_one_has(
        self, written: Iterable[str], recomputed: Iterable[str], place: Callable[[str], Place]
    ) -> None:
        """Note the names that only one side has."""
        here, again = dict.fromkeys(written), dict.fromkeys(recomputed)
        for name in (name for name in again if name not in here):
            self.differ(kind="missing", **place(name))
        for name in (name for name in here if name not in again):
            self.differ(kind="additional", **place(name))


def compare(written: Path, recomputed: Path, command: str, log: Log) -> None:
    """Compare a written file with the same one recomputed, and log what differs.

    Parameters
    ----------
    written, recomputed : Path
        Two files of one name, JSON or CSV.
    command : str
        The command that writes such a file.
    log : Log
        Takes the differences, and counts what was compared.

    Raises
    ------
    ProblemsFound
        When the written file cannot be read.
    """
    absolute = OF_ROUNDED_INDICES if command in ROUNDED else ABSOLUTE
    comparison = Comparison(file=written.name, log=log, absolute=absolute)
    if written.suffix == ".json":
        content = result_files.read_json(written)
        _compare_parts(comparison, content, result_files.read_json(recomputed))
        return
    cells, again = result_files.read_csv(written), result_files.read_csv(recomputed)
    if written.stem in MATRICES:
        _compare_matrix_cells(comparison, cells, again, covariance=written.stem in COVARIANCES)
    else:
        _compare_cells(comparison, cells, again)


def compare_values(comparison: Comparison, path: str, written: Any, recomputed: Any) -> None:
    """Compare two values of JSON, and those of dictionaries name by name.

    Parameters
    ----------
    comparison : Comparison
        Takes note of what differs.
    path : str
        Where the value stands, such as ``settings.level``.
    written, recomputed : object
        Values of JSON.
    """
    if not (isinstance(written, dict) and isinstance(recomputed, dict)):
        if not _agree(comparison, written, recomputed):
            comparison.differ(part=path, written=written, recomputed=recomputed)
        return
    comparison.only_one_has(written, recomputed, lambda name: {"part": f"{path}.{name}"})
    for name, value in recomputed.items():
        if name in written:
            compare_values(comparison, f"{path}.{name}", written[name], value)


def _agree(comparison: Comparison, written: Any, recomputed: Any, column: str = "") -> bool:
    """Whether two values of JSON agree; they are counted, those of a list one by one."""
    several = isinstance(recomputed, dict | list)
    values = recomputed.values() if isinstance(recomputed, dict) else recomputed
    for value in values if several else (recomputed,):
        comparison.log.count(fraction=isinstance(value, float))
    return values_agree(written, recomputed, absolute=comparison.absolute_of(column))


def _compare_parts(comparison: Comparison, written: Any, recomputed: Mapping[str, Any]) -> None:
    if not isinstance(written, dict):
        comparison.differ(written=written, recomputed=f"{{{', '.join(recomputed)}}}")
        return
    comparison.only_one_has(written, recomputed, lambda name: {"part": name})
    for name, part in recomputed.items():
        if name not in written:
            continue
        if isinstance(part, dict) and part.keys() == {"units", "matrix"}:
            _compare_matrix(
                comparison, written[name], part, covariance=name in COVARIANCES, part=name
            )
        elif _is_table(part) and (part or _is_table(written[name])):
            _compare_rows(comparison, name, written[name], part)
        else:
            compare_values(comparison, name, written[name], part)


# --- tables


def _is_table(part: Any) -> bool:
    return isinstance(part, list) and all(isinstance(row, dict) for row in part)


def _compare_rows(
    comparison: Comparison, part: str, written: Any, recomputed: Sequence[Row]
) -> None:
    if not _is_table(written):
        comparison.differ(part=part, written=written, recomputed="a list of rows")
        return
    for key, row, again in _matched(comparison, part, written, recomputed):
        place = {"part": part, "row": key}
        if row.keys() != again.keys():
            comparison.only_one_has(row, again, partial(_column, place))
        for name, value in again.items():
            if name in row and not _agree(comparison, row[name], value, name):
                comparison.differ(**place, column=name, written=row[name], recomputed=value)


def _column(row: Place, name: str) -> Place:
    return {**row, "column": name}


def _compare_cells(comparison: Comparison, written: Cells, recomputed: Cells) -> None:
    if len(set(written.header)) < len(written.header):
        comparison.differ(column="names", written=written.header, recomputed=recomputed.header)
        return
    comparison.only_one_has(written.header, recomputed.header, lambda name: {"column": name})
    names = [name for name in recomputed.header if name in written.header]
    for key, row, again in _matched(comparison, "", _rows(written), _rows(recomputed)):
        for name in names:
            cell, value = row[name], again[name]
            comparison.log.count(fraction=is_fraction(value))
            if not cells_agree(cell, value, absolute=comparison.absolute_of(name)):
                values = {"written": _as_value(cell), "recomputed": _as_value(value)}
                comparison.differ(row=key, column=name, **values)


def _rows(cells: Cells) -> list[dict[str, str]]:
    return [dict(zip(cells.header, row, strict=True)) for row in cells.rows]


def _as_value(cell: str) -> Any:
    """A cell as it would stand in JSON: a number without quotation marks, an empty one as null."""
    number = to_number(cell)
    if number is None:
        return cell or None
    return int(cell) if WHOLE.fullmatch(cell) and len(cell) <= LONG else number


def _matched(
    comparison: Comparison, part: str, written: Sequence[Row], recomputed: Sequence[Row]
) -> list[tuple[str, Row, Row]]:
    """Rows of both sides under one key; a row without a counterpart is a difference."""
    naming = _naming_columns((*recomputed, *written)[:1])
    rows, again = _by_key(written, naming), _by_key(recomputed, naming)
    comparison.only_one_has(rows, again, lambda key: {"part": part, "row": key})
    return [(key, rows[key], row) for key, row in again.items() if key in rows]


def _naming_columns(first: Sequence[Row]) -> list[str]:
    names: list[str] = []
    for name in first[0] if first else ():
        if name not in NAMING:
            break
        names.append(name)
    return names


def _by_key(rows: Sequence[Row], naming: Sequence[str]) -> dict[str, Row]:
    """Rows by what they are named; numbered where a name comes again, or rows have none."""
    seen: Counter[str] = Counter()
    by_key = {}
    for row in rows:
        key = ", ".join(f"{name}={_label(row.get(name))}" for name in naming)
        seen[key] += 1
        number = f" (number {seen[key]})" if seen[key] > 1 else ""
        by_key[key + number if naming else str(seen[key])] = row
    return by_key


def _label(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


# --- matrices


def _compare_matrix(
    comparison: Comparison,
    written: Any,
    recomputed: Mapping[str, Any],
    *,
    covariance: bool,
    part: str = "",
) -> None:
    """Two matrices by pairs of units; a covariance by the scale of its variances."""
    units, matrix = recomputed["units"], recomputed["matrix"]
    if not _is_matrix(written):
        comparison.differ(part=part, written=written, recomputed=f"{len(units)} × {len(units)}")
        return
    sizes = [_standard_error(row[at]) if covariance else 0.0 for at, row in enumerate(matrix)]
    absolute = OF_A_VARIANCE if covariance else comparison.absolute
    at = {unit: number for number, unit in enumerate(written["units"])}
    comparison.only_one_has(at, units, lambda unit: {"part": part, "row": f"unit={unit}"})
    known = [(number, unit) for number, unit in enumerate(units) if unit in at]
    for i, row in known:
        for j, column in known:
            cell, value = written["matrix"][at[row]][at[column]], matrix[i][j]
            comparison.log.count(fraction=isinstance(value, float))
            if not values_agree(cell, value, scale=sizes[i] * sizes[j], absolute=absolute):
                place = {"part": part, "row": f"unit={row}", "column": column}
                comparison.differ(**place, written=cell, recomputed=value)


def _compare_matrix_cells(
    comparison: Comparison, written: Cells, recomputed: Cells, *, covariance: bool
) -> None:
    """A matrix in CSV: a row a unit, its name first.

    Columns are read by place, so that a unit may be called `unit`.
    """
    again = _as_matrix(recomputed)
    assert again is not None
    _compare_matrix(comparison, _as_matrix(written), again, covariance=covariance)


def _as_matrix(cells: Cells) -> dict[str, Any] | None:
    """The units of the header and the values under them; None where rows have other names."""
    units = list(cells.header[1:])
    rows = {row[0]: [_as_value(cell) for cell in row[1:]] for row in cells.rows}
    if rows.keys() != set(units) or len(rows) != len(cells.rows):
        return None
    return {"units": units, "matrix": [rows[unit] for unit in units]}


def _is_matrix(content: Any) -> bool:
    if not isinstance(content, dict) or content.keys() != {"units", "matrix"}:
        return False
    units, matrix = content["units"], content["matrix"]
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        return False
    size = len(units)
    square = isinstance(matrix, list) and len(matrix) == size == len(set(units))
    return square and all(isinstance(row, list) and len(row) == size for row in matrix)


def _standard_error(variance: float | None) -> float:
    """The root of what stands on the diagonal; 0 where there is none."""
    return math.sqrt(max(variance or 0.0, 0.0))
