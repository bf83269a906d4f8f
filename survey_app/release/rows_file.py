"""respondents.csv and the same rows as Parquet, written a batch at a time.

Each distinct label is written once by the rules of `csv_out`; Arrow puts the cells together. The
CSV is what a release holds. The Parquet is for the scoring that follows: the same texts, weights
and sizes as numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from analysis.io.arrow_columns import as_arrow, repeated, texts_array
from survey_app.fieldwork import csv_out
from survey_app.release.columns import Alike
from survey_app.release.frame import Frame

DESIGN = ("resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "fpc2")
PARADATA = ("mode", "language", "pace", "position")
_NUMBERS = ("weight", "fpc1", "fpc2")
_KEYS = ("resp_id", "psu")
"""Columns of texts of which nearly every one differs from all others."""
_NEEDS_NO_CARE = "^[0-9A-Za-z_][0-9A-Za-z_.]*$"
"""What no spreadsheet runs and CSV needs no quotation marks for."""

_cell = lru_cache(maxsize=100_000)(csv_out.cell)
_text = lru_cache(maxsize=100_000)(csv_out.in_data)


def names(framed: Frame, *, drawn: bool) -> tuple[str, ...]:
    """The columns. `drawn`: some item shows its options in an order of chance."""
    return (*DESIGN, *PARADATA, *(("order_seed",) if drawn else ()), *framed.sample.variables)


def write(framed: Frame, file: Path, packed: Path | None, *, drawn: bool) -> tuple[int, str]:
    """Write the rows of valid forms, as Parquet too where `packed` says so.

    Returns
    -------
    tuple of int and str
        Bytes and SHA-256 of the CSV.
    """
    header = names(framed, drawn=drawn)
    digest, size = hashlib.sha256(), 0
    with ExitStack() as stack:
        out = stack.enter_context(file.open("wb"))
        content = _Packed(packed, header) if packed else None
        if content:
            stack.callback(content.close)
        for part in _parts(framed, header, content):
            digest.update(part)
            size += out.write(part)
    return size, digest.hexdigest()


def _parts(framed: Frame, header: tuple[str, ...], content: _Packed | None) -> Iterator[Any]:
    """The text of the file, a batch at a time; another thread adds it to the Parquet meanwhile."""
    yield csv_out.data(header, ()).encode()
    with ThreadPoolExecutor(1) as other:
        for by_name in _weighted(framed):
            columns = [by_name[name] for name in header]
            packing = other.submit(content.add, columns) if content else None
            yield _lines(columns)
            if packing:
                packing.result()


def _weighted(framed: Frame) -> Iterator[dict[str, Any]]:
    """Each batch of rows with its weights, by the name of the column."""
    weigh = lru_cache(maxsize=1_000_000)(_weighing(framed))
    parts = ("group", "sample", "unit", "stratum", "weight", "chance")
    for batch in framed.sample.rows():
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        yield columns | {"weight": _weights([columns[name] for name in parts], weigh)}


def _weighing(framed: Frame) -> Callable[..., float]:
    def weight(group: str, sample: str, unit: str, *rest: str) -> float:
        return float(framed.weight((group, sample, "" if sample else unit), *rest))

    return weight


def _weights(columns: list[Any], weigh: Callable[..., float]) -> Any:
    """The weight of each row: worked out once for rows that are alike in these columns."""
    rows = Alike.of(columns)
    weights = np.array([weigh(*kind) for kind in rows.kinds])
    return as_arrow(weights[rows.kind])


def _lines(columns: list[Any]) -> memoryview:
    """The rows as CSV: all the bytes that Arrow has joined, as they lie in memory."""
    cells, size = list(map(_cells, columns)), len(columns[0])
    last = (cells[-1], repeated("\n", size), repeated("", size))
    cells[-1] = compute.binary_join_element_wise(*last)
    lines = compute.binary_join_element_wise(*cells, repeated(",", size))
    starts = np.frombuffer(lines.buffers()[1], np.int32, size + 1)
    return memoryview(lines.buffers()[2])[starts[0] : starts[-1]]


def _cells(column: Any) -> Any:
    if pa.types.is_floating(column.type):
        coded = column.dictionary_encode()
        return texts_array(map(repr, coded.dictionary.to_pylist())).take(coded.indices)
    if pa.types.is_integer(column.type):
        return _relabelled(column.cast(pa.string()).dictionary_encode("encode"), _cell)
    return _with_labels(column, _cell)


def _with_labels(column: Any, write: Callable[[str], str]) -> Any:
    """A column of texts, each as `write` has it."""
    if not pa.types.is_dictionary(column.type):
        if compute.all(compute.match_substring_regex(column, _NEEDS_NO_CARE)).as_py():
            return column
        column = column.dictionary_encode()
    return _relabelled(column, write)


def _relabelled(column: Any, write: Callable[[str], str]) -> Any:
    return _labels(column, write).take(column.indices)


def _labels(column: Any, write: Callable[[str], str]) -> Any:
    """The distinct labels of a column as `write` has them; blank for what is not there."""
    return texts_array(write(label or "") for label in column.dictionary.to_pylist())


class _Packed:
    """The rows as Parquet: texts as the CSV has them once it is read."""

    def __init__(self, file: Path, header: tuple[str, ...]) -> None:
        kinds = {"weight": pa.float64(), "fpc1": pa.int64(), "fpc2": pa.int64()}
        label = pa.dictionary(pa.int32(), pa.string())
        kinds |= dict.fromkeys(_KEYS, pa.string())
        self._schema = pa.schema([(name, kinds.get(name, label)) for name in header])
        coded = [name for name in header if name not in (*_NUMBERS, *_KEYS)]
        self._writer = parquet.ParquetWriter(
            file, self._schema, use_dictionary=coded, compression="none", write_statistics=False
        )

    def add(self, columns: list[Any]) -> None:
        """A group of rows."""
        kept = [_kept(*each) for each in zip(self._schema, columns, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(kept, schema=self._schema))

    def close(self) -> None:
        """Write what belongs at the end."""
        self._writer.close()


def _kept(field: Any, column: Any) -> Any:
    if field.name in _NUMBERS:
        return column
    if not pa.types.is_dictionary(field.type):
        return _with_labels(column, _text)
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string()).dictionary_encode("encode")
    return pa.DictionaryArray.from_arrays(column.indices, _labels(column, _text))
