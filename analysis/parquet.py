"""respondents.parquet in place of respondents.csv: the same columns, a fraction of the time.

Needs the optional extra `parquet`. Text columns are read as dictionaries and stay so; number
columns stay numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arrays import Floats
from analysis.problems import Problem, closest
from analysis.table import Column, Table


class ArrowLabels(Sequence[str]):
    """Distinct labels that stay in Arrow until someone asks for their text; null is blank."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, position: Any) -> Any:
        value = self.values[int(position)].as_py()
        return "" if value is None else str(value)

    def __iter__(self) -> Iterator[str]:
        return ("" if value is None else str(value) for value in self.values.to_pylist())


def read_parquet(path: Path, required: Sequence[str], problems: list[Problem]) -> Table | None:
    """Read a Parquet file as a table of labels; None (and problems) when it is not one."""
    import pyarrow as pa  # the optional extra
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
        text = [f.name for f in schema if pa.types.is_string(f.type)]
        content = parquet.ParquetFile(path, read_dictionary=text, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        problems.append(
            Problem(
                "not-parquet",
                f"this is not Parquet: {error}",
                str(path),
                help="write it again, or give respondents.csv",
            )
        )
        return None
    missing = [name for name in required if name not in schema.names]
    for name in missing:
        problems.append(
            Problem(
                "missing-column",
                f"there is no column `{name}`",
                str(path),
                help=closest(name, schema.names) or "add it",
            )
        )
    if missing:
        return None
    columns: dict[str, Column] = {}
    values: dict[str, Floats] = {}
    for name in schema.names:  # one at a time, so that a million answers stay small
        columns[name], number = _column(content.read([name], use_threads=False).column(0))
        if number is not None:
            values[name] = number
    rows = content.metadata.num_rows
    return Table(str(path), columns, rows, np.arange(1, rows + 1), values)


def _column(data: Any) -> tuple[Column, Floats | None]:
    import pyarrow as pa  # the optional extra

    number = None
    if pa.types.is_floating(data.type) or pa.types.is_integer(data.type):
        number = data.cast(pa.float64()).to_numpy().astype(float)
        if pa.types.is_floating(data.type):
            return Column(np.arange(len(number)), _Texts(number)), number
    if not pa.types.is_dictionary(data.type):
        data = data.cast(pa.string()).dictionary_encode()
    packed = data.unify_dictionaries().combine_chunks()
    if isinstance(packed, pa.ChunkedArray):
        packed = packed.chunk(0)
    labels, codes = packed.dictionary, packed.indices
    if codes.null_count:
        codes = codes.fill_null(len(labels))
        labels = pa.concat_arrays([labels.cast(pa.string()), pa.array([""])])
    kind = np.min_scalar_type(max(len(labels), 1))
    return Column(codes.to_numpy(zero_copy_only=False).astype(kind), ArrowLabels(labels)), number


class _Texts(Sequence[str]):
    """Numbers shown as text only where a message needs them."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, position: Any) -> Any:
        value = float(self.values[int(position)])
        return "" if np.isnan(value) else repr(value)
