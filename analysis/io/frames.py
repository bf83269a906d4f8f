"""DataFrames in memory as tables: the labels and the faults that their CSV files would have.

Text is its own label, a whole number its digits whatever its dtype (1, 1.0 and "1" are `1`, as in
respondents.parquet), True and False are `True` and `False`, and whatever pandas counts as missing
is blank. Labels keep their order of appearance, so that a DataFrame and its CSV file give the same
bytes. Where CSV names file and line, a fault here names the DataFrame and the row by its index.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.io.arrow_columns import from_numbers, number_label
from analysis.io.table import Column, Table
from analysis.numeric import Floats, small
from analysis.problems import Problem, ProblemsFound, closest

MEMORY = Path("DataFrames in memory")
"""Stands where the folder of a data set is named."""


class NoLabel(Exception):
    """A value that is no label; carries it."""

    def __init__(self, value: Any) -> None:
        super().__init__(repr(value))
        self.value = value


@dataclass(frozen=True)
class FrameTable(Table):
    """A DataFrame as a table; `index` names its rows, `lines` counts them from 0."""

    index: Any = None

    def problem(self, slug: str, message: str, row: int, name: str = "", help: str = "") -> Problem:
        """A fault in one cell (or, without a column name, in one row)."""
        message = re.sub(r"on line (\d+)", lambda at: f"in {self._row(int(at[1]))}", message)
        cell = f"{self._row(row)}, column {name}" if name else self._row(row)
        return Problem(slug, message, self.file, help=help, cell=cell)

    def _row(self, row: int) -> str:
        if self.index.equals(pd.RangeIndex(len(self.index))):
            return f"row {row}"
        return f"row {self.index[row]} (position {row})"

    def fingerprint(self) -> str:
        """SHA-256 of the names and the cells, column by column; dtypes play no part."""
        digest = hashlib.sha256()
        for name, column in self.columns.items():
            head = [name, *column.labels]
            digest.update(json.dumps(head, ensure_ascii=False).encode())
            digest.update(column.codes.astype("<i8").tobytes())
        return digest.hexdigest()


def table_of(
    name: str, content: Any, required: Sequence[str], problems: list[Problem]
) -> FrameTable | None:
    """A DataFrame as a table of labels.

    Parameters
    ----------
    name : str
        What faults call it.
    content : DataFrame
        One row a line of the file that it stands for.
    required : sequence of str
        Columns that it must have.
    problems : list of problems
        What is found is added.

    Returns
    -------
    FrameTable or None
        None where columns are missing, have one name or hold what is no label.

    Raises
    ------
    TypeError
        When `content` is no DataFrame.
    """
    if not isinstance(content, pd.DataFrame):
        raise TypeError(f"{name} is a pandas DataFrame, not {type(content).__name__}")
    before = len(problems)
    names = _names(name, content, required, problems)
    columns = {}
    for at, label in enumerate(names if len(problems) == before else ()):
        try:
            columns[label] = _column(content.iloc[:, at])
        except NoLabel as error:
            problems.append(_no_label(name, label, content, at, error.value))
    if len(problems) > before:
        return None
    rows = len(content)
    values = {label: _numbers(content.iloc[:, at]) for at, label in enumerate(names)}
    known = {label: own for label, own in values.items() if own is not None}
    return FrameTable(
        file=name,
        columns=columns,
        rows=rows,
        lines=range(rows),
        values=known,
        index=content.index,
    )


def _names(
    file: str, content: pd.DataFrame, required: Sequence[str], problems: list[Problem]
) -> list[str]:
    def complain(slug: str, message: str, help: str) -> None:
        problems.append(Problem(slug, message, file, help=help))

    if content.columns.nlevels > 1:
        help = 'name them in one: df.columns = df.columns.map("_".join)'
        complain("columns-in-levels", "the names of the columns have several levels", help)
        return []
    names = [_text(label) if _is_label(label) else str(label) for label in content.columns]
    for name in dict.fromkeys(names):
        if not name:
            complain("unnamed-column", "a column has no name", "name it, or drop it")
        elif names.count(name) > 1:
            complain("duplicate-column", f"two columns are called `{name}`", "rename or drop one")
    for name in required:
        if name not in names:
            of_index = name in content.index.names
            usual = closest(name, names) or "add it"
            help = "it is in the index: use .reset_index()" if of_index else usual
            complain("missing-column", f"there is no column `{name}`", help)
    return names


def _column(series: pd.Series[Any]) -> Column:
    """A column as codes into its distinct labels, in order of appearance."""
    numbers = _floats(series)
    if numbers is not None:
        return from_numbers(numbers)
    if series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) != "string":
        texts = [_text(value) for value in series]  # `factorize` takes 1 and True for one
        codes = np.arange(len(texts))
    else:
        codes, distinct = pd.factorize(series, use_na_sentinel=False)
        texts = [_text(value) for value in np.asarray(distinct, dtype=object)]
    known: dict[str, int] = {}
    places = [known.setdefault(text, len(known)) for text in texts]
    return Column(codes=small(np.array(places, dtype=np.int64)[codes]), labels=list(known))


def _floats(series: pd.Series[Any]) -> Floats | None:
    """A column of floating numbers, NaN where missing; None for one of another kind.

    A number of fewer bits is the one that its shortest text says, 0.1 and not 0.10000000149.
    """
    if not pd.api.types.is_float_dtype(series.dtype):
        return None
    kind: Any = getattr(series.dtype, "numpy_dtype", series.dtype)
    values = series.to_numpy(dtype=kind, na_value=np.nan)
    return np.asarray(values if kind.itemsize == 8 else values.astype(str), dtype=np.float64)


def _numbers(series: pd.Series[Any]) -> Floats | None:
    """A column that came as numbers; infinite ones are left to be found as labels."""
    whole = isinstance(series.dtype, np.dtype) and series.dtype.kind in "iu"
    values = series.to_numpy(dtype=np.float64) if whole else _floats(series)
    return None if values is None or np.isinf(values).any() else values


def _text(value: Any) -> str:
    """The label of a value. Raises `NoLabel`."""
    if isinstance(value, str):
        return str(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return number_label(float(value))
    if isinstance(value, Decimal):
        return "" if value.is_nan() else str(value)
    raise NoLabel(value)


def _is_label(value: Any) -> bool:
    try:
        _text(value)
    except NoLabel:
        return False
    return True


def _no_label(file: str, name: str, content: pd.DataFrame, at: int, value: Any) -> Problem:
    series = content.iloc[:, at]
    row = next(row for row, own in enumerate(series) if not _is_label(own))
    message = f"`{name}` holds {value!r}, a {type(value).__name__}: cells are text or numbers"
    help = f'write it as text: {file}["{name}"].astype(str), or drop the column'
    rows = len(content)
    table = FrameTable(file=file, columns={}, rows=rows, lines=range(rows), index=content.index)
    return table.problem("not-a-label", message, row, name, help)


FILES = re.compile(
    r"`?\b(respondents|options|criteria|frame|population|units|codebook|frame_modes"
    r"|response_classes)\.csv\b`?"
)


def reworded(problems: Iterable[Problem]) -> ProblemsFound:
    """Faults of DataFrames in words that name no file and no option of a command."""
    return ProblemsFound(_reworded(problem) for problem in problems)


def _reworded(problem: Problem) -> Problem:
    if Path(problem.file).parent not in (MEMORY, Path()):  # of a folder that is compared with
        return problem

    def say(words: str) -> str:
        words = FILES.sub(r"`\1`", words).replace("this file", "this DataFrame")
        words = words.replace("add the file", "give the DataFrame").replace(
            "no file", "no DataFrame"
        )
        return re.sub(r"--adjust (\w+)", r'adjust="\1"', words)

    return replace(
        problem,
        message=say(problem.message),
        help=say(problem.help),
        file=Path(problem.file).name.removesuffix(".csv"),
        line=0,
        column=0,
        text="",
    )
