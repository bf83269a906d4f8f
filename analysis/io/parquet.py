"""respondents.parquet in place of respondents.csv: the same columns, a fraction of the time.

Text columns are read as dictionaries and stay so; number columns stay numbers. Whoever imports this
module waits for Arrow: it is imported where a file asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from analysis.io.arrow_columns import column_of, numbers
from analysis.io.table import EMPTY, Column, Table
from analysis.numeric import Floats
from analysis.problems import Problem, ProblemsFound, closest

BATCH = 32_768
"""Rows of a column that are read at a time, so that they stay in a processor's cache."""


def read_parquet(path: Path, required: Sequence[str], problems: list[Problem]) -> Table | None:
    """Read a Parquet file as a table of labels.

    Parameters
    ----------
    path : Path
    required : sequence of str
        Columns that there must be.
    problems : list of Problem
        Faults are added here.

    Returns
    -------
    Table or None
        None when the file cannot be used. Its columns are read when they are asked for, which
        raises `ProblemsFound` where the file does not hold what its schema says.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # gives back what is let go, others keep it
    try:
        schema = parquet.read_schema(path)
        content = parquet.ParquetFile(path, read_dictionary=_text_columns(schema), pre_buffer=False)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        message = f"this is not Parquet: {error}"
        help = "write it again, or give respondents.csv"
        problems.append(Problem("not-parquet", message, str(path), help=help))
        return None
    if not _has_columns(path, schema.names, required, problems):
        return None
    rows, reader = content.metadata.num_rows, _Reader(path, content, _text_columns(schema))
    return Table(
        file=str(path),
        columns=_Columns(reader, schema.names),
        rows=rows,
        lines=range(1, rows + 1),
        values=_Values(reader, schema),
    )


def _has_columns(
    path: Path, names: Sequence[str], required: Sequence[str], problems: list[Problem]
) -> bool:
    """Whether every required column is there, and every column once; if not, that is a problem."""
    missing = [name for name in required if name not in names]
    for name in missing:
        message, help = f"there is no column `{name}`", closest(name, names) or "add it"
        problems.append(Problem("missing-column", message, str(path), help=help))
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    for name in repeated:
        message, help = f"two columns are called `{name}`", "rename or drop one"
        problems.append(Problem("duplicate-column", message, str(path), help=help))
    return not missing and not repeated


class _Reader:
    """Reads columns of a file; each thread through an opening of its own."""

    def __init__(self, path: Path, content: Any, text_columns: list[str]) -> None:
        self._path, self._metadata, self._text_columns = path, content.metadata, text_columns
        self._thread = threading.local()
        self._thread.content = content

    def column(self, name: str) -> Any:
        """All rows of a column, as Arrow has them."""
        return self._content.read([name], use_threads=False).column(0)

    def whole(self, name: str, read: Callable[[str], Any], size: Callable[[Any], int]) -> Any:
        """What `read` makes of a column. Raises `ProblemsFound` where the file does not hold it."""
        try:
            column = read(name)
            is_whole = size(column) == self._metadata.num_rows
            fault = "" if is_whole else "some of its rows are missing"
        except (pa.ArrowException, OSError, UnicodeError) as error:
            fault = str(error)
        if fault:
            message, help = f"cannot read the column `{name}`: {fault}", "write it again as text"
            raise ProblemsFound([Problem("not-parquet", message, str(self._path), help=help)])
        return column

    def chunks(self, name: str) -> Iterable[Any]:
        """The same, a few rows at a time where they share a dictionary: memory is used again."""
        if name not in self._text_columns or not self._has_dictionary(name):
            return list(self.column(name).chunks)
        batches = self._content.iter_batches(BATCH, columns=[name], use_threads=False)
        return (batch.column(0) for batch in batches)

    @property
    def _content(self) -> Any:
        if not hasattr(self._thread, "content"):
            self._thread.content = parquet.ParquetFile(
                self._path,
                metadata=self._metadata,
                read_dictionary=self._text_columns,
                pre_buffer=False,
            )
        return self._thread.content

    def _has_dictionary(self, name: str) -> bool:
        """Whether every group of rows has one; where it has none, every chunk makes its own."""
        file = self._metadata
        paths = [file.schema.column(number).path for number in range(file.num_columns)]
        groups = (file.row_group(number) for number in range(file.num_row_groups))
        return all(group.column(paths.index(name)).has_dictionary_page for group in groups)


class _Columns(dict[str, Column]):
    """Columns that are read when they are asked for, so that a million answers stay small."""

    def __init__(self, reader: _Reader, names: Sequence[str]) -> None:
        super().__init__(dict.fromkeys(names, EMPTY))
        self._reader, self._unread = reader, set(names)

    def __getitem__(self, name: str) -> Column:
        if name in self._unread:
            self[name] = self._reader.whole(name, self._column, lambda column: len(column.codes))
        return super().__getitem__(name)

    def _column(self, name: str) -> Column:
        return column_of(self._reader.chunks(name))

    def __setitem__(self, name: str, column: Column) -> None:
        self._unread.discard(name)
        super().__setitem__(name, column)


class _Values(Mapping[str, Floats]):
    """Columns of numbers, read when they are asked for."""

    def __init__(self, reader: _Reader, schema: Any) -> None:
        is_number = (pa.types.is_floating, pa.types.is_integer)
        self._reader = reader
        self._names = [f.name for f in schema if any(is_(f.type) for is_ in is_number)]

    def __getitem__(self, name: str) -> Floats:
        if name not in self._names:
            raise KeyError(name)
        values: Floats = self._reader.whole(name, self._numbers, len)
        return values

    def _numbers(self, name: str) -> Floats:
        return numbers(self._reader.column(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _text_columns(schema: Any) -> list[str]:
    """Columns to be read as dictionaries: text, other than the one with a label a row."""
    is_text = (pa.types.is_string, pa.types.is_large_string)
    return [f.name for f in schema if any(is_(f.type) for is_ in is_text) and f.name != "resp_id"]
