"""respondents.parquet in place of respondents.csv: the same columns, a fraction of the time.

Needs the optional extra `parquet`. Text columns are read as dictionaries and stay so; number
columns stay numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.arrays import Floats, small
from analysis.problems import Problem, closest
from analysis.table import Column, Table


class ArrowLabels(Sequence[str]):
    """Distinct labels that stay in Arrow until someone asks for their text; `blank` adds one."""

    def __init__(self, values: Any, *, blank: bool = False) -> None:
        self.values, self.blank = values, blank

    def __len__(self) -> int:
        return len(self.values) + self.blank

    def __getitem__(self, position: Any) -> Any:
        at = int(position)
        return "" if at == len(self.values) else str(self.values[at].as_py())

    def __contains__(self, label: object) -> bool:
        from pyarrow import compute  # the optional extra

        if label != "":
            return any(label == known for known in self)
        shortest = compute.min(compute.binary_length(self.values)).as_py()
        return self.blank or shortest == 0

    def __iter__(self) -> Iterator[str]:
        yield from map(str, self.values.to_pylist())
        yield from [""] * self.blank


def read_parquet(path: Path, required: Sequence[str], problems: list[Problem]) -> Table | None:
    """Read a Parquet file as a table of labels; None (and problems) when it is not one."""
    import pyarrow as pa  # the optional extra
    from pyarrow import parquet

    pa.set_memory_pool(pa.system_memory_pool())  # gives back what is let go, others keep it
    try:
        schema = parquet.read_schema(path)
        content = parquet.ParquetFile(path, read_dictionary=_texts(schema), pre_buffer=False)
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
    rows = content.metadata.num_rows
    columns = _Columns(content, schema)
    return Table(str(path), columns, rows, small(np.arange(1, rows + 1)), _Values(content, schema))


class _Columns(dict[str, Column]):
    """Columns that are read when they are asked for, so that a million answers stay small."""

    def __init__(self, content: Any, schema: Any) -> None:
        super().__init__(dict.fromkeys(schema.names, Column(np.empty(0, dtype=np.int64), ())))
        self._content, self._unread = content, set(schema.names)

    def __getitem__(self, name: str) -> Column:
        if name in self._unread:
            data = self._content.read([name], use_threads=False).column(0)
            self[name] = all_different(data) or labelled(data)
        return super().__getitem__(name)

    def __setitem__(self, name: str, column: Column) -> None:
        self._unread.discard(name)
        super().__setitem__(name, column)


class _Values(Mapping[str, Floats]):
    """Columns of numbers, read when they are asked for."""

    def __init__(self, content: Any, schema: Any) -> None:
        import pyarrow as pa  # the optional extra

        kinds = (pa.types.is_floating, pa.types.is_integer)
        self._content = content
        self._names = [f.name for f in schema if any(is_(f.type) for is_ in kinds)]

    def __getitem__(self, name: str) -> Floats:
        if name not in self._names:
            raise KeyError(name)
        return _numbers(self._content.read([name], use_threads=False).column(0))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def labelled(data: Any) -> Column:
    """A column as codes into its distinct labels, in the order in which they first appear."""
    import pyarrow as pa  # the optional extra

    if pa.types.is_floating(data.type):
        return Column(small(np.arange(len(data))), _Texts(_numbers(data)))
    if not pa.types.is_dictionary(data.type):
        data = data.cast(pa.string()).dictionary_encode()
    packed = data.unify_dictionaries()
    labels = packed.chunk(0).dictionary if packed.num_chunks else pa.nulls(0, pa.string())
    blank = packed.null_count > 0
    codes: Any = np.empty(len(packed), dtype=np.min_scalar_type(max(len(labels), 1)))
    start = 0
    for chunk in packed.chunks:
        codes[start : start + len(chunk)] = _plain(chunk.indices, np.int32, len(labels))
        start += len(chunk)
    return Column(codes, ArrowLabels(labels, blank=blank))


def _texts(schema: Any) -> list[str]:
    """Columns to be read as dictionaries: text, other than the one with a label a row."""
    import pyarrow as pa  # the optional extra

    kinds = (pa.types.is_string, pa.types.is_large_string)
    return [f.name for f in schema if any(is_(f.type) for is_ in kinds) and f.name != "resp_id"]


def all_different(data: Any) -> Column | None:
    """A column of texts of one length no two of which are equal; None when it is another.

    Different hashes are different texts; where two are equal, the column is read the long way.
    """
    import pyarrow as pa  # the optional extra

    if not pa.types.is_string(data.type) and not pa.types.is_large_string(data.type):
        return None
    hashes = [_hashes(chunk) for chunk in data.chunks]
    if not hashes or any(part is None for part in hashes):
        return None
    ordered = np.sort(np.concatenate(hashes))
    if (ordered[1:] == ordered[:-1]).any():
        return None
    labels = data.chunk(0) if data.num_chunks == 1 else pa.concat_arrays(data.chunks)
    return Column(small(np.arange(len(labels))), ArrowLabels(labels))


def _hashes(chunk: Any) -> Any:
    """Eight bytes for each text of a chunk, the texts themselves where they are short."""
    from pyarrow import compute  # the optional extra

    extent = compute.min_max(compute.binary_length(chunk)).as_py()
    width = extent["min"] or 0
    if chunk.null_count or not width or width != extent["max"]:
        return None
    kind = np.int64 if str(chunk.type) == "large_string" else np.int32
    first = int(np.frombuffer(chunk.buffers()[1], kind, 1, chunk.offset * kind().itemsize)[0])
    text = np.frombuffer(chunk.buffers()[2], np.uint8, len(chunk) * width, first)
    padded = np.zeros((len(chunk), -(-width // 8) * 8), dtype=np.uint8)
    padded[:, :width] = text.reshape(len(chunk), width)
    words = padded.view(np.uint64)
    mixed = words[:, 0].copy()
    for word in words.T[1:]:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + word
    return mixed


def _numbers(data: Any) -> Floats:
    """A column of numbers as floats, NaN where blank."""
    import pyarrow as pa  # the optional extra

    parts = [_plain(chunk.cast(pa.float64()), np.float64, np.nan) for chunk in data.chunks]
    return np.concatenate(parts) if parts else np.empty(0)


def _plain(array: Any, kind: Any, blank: float) -> Any:
    """An Arrow array as NumPy sees it, nulls as `blank`; Arrow's own way loads pandas."""
    size, offset = len(array), array.offset
    valid, data = array.buffers()
    if not size:
        return np.empty(0, dtype=kind)
    values = np.frombuffer(data, dtype=kind, count=offset + size)[offset:]
    if not array.null_count:
        return values
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")
    return np.where(bits[offset : offset + size], values, kind(blank))


class _Texts(Sequence[str]):
    """Numbers shown as text only where a message needs them."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, position: Any) -> Any:
        value = float(self.values[int(position)])
        return "" if np.isnan(value) else repr(value)
