"""respondents.parquet in place of respondents.csv: the same columns, a fraction of the time.

Needs the optional extra `parquet`. Text columns are read as dictionaries and stay so; number
columns stay numbers.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from analysis.io.table import Column, Table
from analysis.numeric import Floats
from analysis.problems import Problem, ProblemsFound, closest

BATCH = 32_768
"""Rows of a column that are read at a time, so that they stay in a processor's cache."""


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
        if label != "":
            return any(label == known for known in self)
        return self.blank or bool((_lengths(self.values) == 0).any())

    def __iter__(self) -> Iterator[str]:
        yield from self.values.to_pylist()
        yield from [""] * self.blank


def read_parquet(path: Path, required: Sequence[str], problems: list[Problem]) -> Table | None:
    """Read a Parquet file as a table of labels; None (and problems) when it is not one."""
    import pyarrow as pa  # the optional extra
    from pyarrow import parquet

    pa.set_memory_pool(pa.system_memory_pool())  # gives back what is let go, others keep it
    try:
        schema = parquet.read_schema(path)
        content = parquet.ParquetFile(path, read_dictionary=_texts(schema), pre_buffer=False)
    except (pa.ArrowException, OSError, UnicodeError) as error:
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
    twice = [name for name in dict.fromkeys(schema.names) if schema.names.count(name) > 1]
    for name in twice:
        message, help = f"two columns are called `{name}`", "rename or drop one"
        problems.append(Problem("duplicate-column", message, str(path), help=help))
    if missing or twice:
        return None
    rows, reader = content.metadata.num_rows, _Reader(path, content, _texts(schema))
    columns, values = _Columns(reader, schema.names), _Values(reader, schema)
    return Table(str(path), columns, rows, range(1, rows + 1), values)


class _Reader:
    """Reads columns of a file; each thread through an opening of its own."""

    def __init__(self, path: Path, content: Any, texts: list[str]) -> None:
        self._path, self._metadata, self._texts = path, content.metadata, texts
        self._own = threading.local()
        self._own.content = content

    def column(self, name: str) -> Any:
        """All rows of a column, as Arrow has them."""
        return self._opened.read([name], use_threads=False).column(0)

    def whole(self, name: str, read: Callable[[str], Any], size: Callable[[Any], int]) -> Any:
        """What `read` makes of a column. Raises `ProblemsFound` where the file does not hold it."""
        import pyarrow as pa  # the optional extra

        try:
            found = read(name)
            fault = "" if size(found) == self._metadata.num_rows else "some of its rows are missing"
        except (pa.ArrowException, OSError, UnicodeError) as error:
            fault = str(error)
        if fault:
            message, help = f"cannot read the column `{name}`: {fault}", "write it again as text"
            raise ProblemsFound([Problem("not-parquet", message, str(self._path), help=help)])
        return found

    def parts(self, name: str) -> Iterable[Any]:
        """The same, a few rows at a time where they share a dictionary: memory is used again."""
        if name not in self._texts or not self._has_dictionary(name):
            return list(self.column(name).chunks)
        batches = self._opened.iter_batches(BATCH, columns=[name], use_threads=False)
        return (batch.column(0) for batch in batches)

    @property
    def _opened(self) -> Any:
        from pyarrow import parquet  # the optional extra

        if not hasattr(self._own, "content"):
            self._own.content = parquet.ParquetFile(
                self._path, metadata=self._metadata, read_dictionary=self._texts, pre_buffer=False
            )
        return self._own.content

    def _has_dictionary(self, name: str) -> bool:
        """Whether every group of rows has one; where it has none, every part makes its own."""
        file = self._metadata
        at = [file.schema.column(number).path for number in range(file.num_columns)].index(name)
        groups = (file.row_group(number) for number in range(file.num_row_groups))
        return all(group.column(at).has_dictionary_page for group in groups)


class _Columns(dict[str, Column]):
    """Columns that are read when they are asked for, so that a million answers stay small."""

    def __init__(self, reader: _Reader, names: Sequence[str]) -> None:
        super().__init__(dict.fromkeys(names, Column(np.empty(0, dtype=np.int64), ())))
        self._reader, self._unread = reader, set(names)

    def __getitem__(self, name: str) -> Column:
        if name in self._unread:
            self[name] = self._reader.whole(name, self._column, lambda own: len(own.codes))
        return super().__getitem__(name)

    def _column(self, name: str) -> Column:
        return columned(self._reader.parts(name))

    def __setitem__(self, name: str, column: Column) -> None:
        self._unread.discard(name)
        super().__setitem__(name, column)


class _Values(Mapping[str, Floats]):
    """Columns of numbers, read when they are asked for."""

    def __init__(self, reader: _Reader, schema: Any) -> None:
        import pyarrow as pa  # the optional extra

        kinds = (pa.types.is_floating, pa.types.is_integer)
        self._reader = reader
        self._names = [f.name for f in schema if any(is_(f.type) for is_ in kinds)]

    def __getitem__(self, name: str) -> Floats:
        if name not in self._names:
            raise KeyError(name)
        found: Floats = self._reader.whole(
            name, lambda own: _numbers(self._reader.column(own)), len
        )
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def columned(parts: Iterable[Any]) -> Column:
    """A column, given in Arrow arrays, as codes into its distinct labels in order of appearance."""
    import pyarrow as pa  # the optional extra

    every = iter(parts)
    first = next(every, None)
    if first is None or pa.types.is_dictionary(first.type):
        return _labelled([] if first is None else chain([first], every))
    chunks = [first, *every]
    if pa.types.is_floating(first.type):
        return numbered(_numbers(pa.chunked_array(chunks)))
    different = all_different(chunks)
    if different:
        return different
    return _labelled(pa.chunked_array(chunks).cast(pa.string()).dictionary_encode().chunks)


def numbered(values: Floats) -> Column:
    """A column of numbers as labels; a number is one label wherever it stands, NaN the blank."""
    each, first, codes = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(each), dtype=_kind(len(each)))
    place[order] = np.arange(len(each))
    return Column(place[codes], _Texts(each[order]))


def _labelled(parts: Iterable[Any]) -> Column:
    """A column that comes in dictionaries."""
    import pyarrow as pa  # the optional extra

    dictionaries: list[Any] = []
    pieces: list[list[Any]] = []
    for part in parts:
        if not dictionaries or not part.dictionary.equals(dictionaries[-1]):
            part.dictionary.validate(full=True)  # text that is none would fail later, unexplained
            dictionaries.append(part.dictionary)
            pieces.append([])
        kind = np.min_scalar_type(max(len(part.dictionary), 1))
        codes = _plain(part.indices, np.dtype(str(part.indices.type)), len(part.dictionary))
        pieces[-1].append((codes.astype(kind), part.null_count > 0))
    if not dictionaries:
        return Column(np.empty(0, dtype=np.uint8), ArrowLabels(pa.nulls(0, pa.string())))
    blank = any(null for piece in pieces for _, null in piece)
    found = [np.concatenate([codes for codes, _ in piece]) for piece in pieces]
    if len(dictionaries) == 1:
        return Column(found[0], ArrowLabels(dictionaries[0], blank=blank))
    labels, places = _joined(dictionaries)
    kind = np.min_scalar_type(max(len(labels), 1))
    at = [np.append(own, len(labels)).astype(kind) for own in places]
    found = [own.take(codes, mode="clip") for own, codes in zip(at, found, strict=True)]
    return Column(np.concatenate(found), ArrowLabels(labels, blank=blank))


def _joined(dictionaries: list[Any]) -> tuple[Any, list[Any]]:
    """The labels of all dictionaries, and where each has its own among them."""
    import pyarrow as pa  # the optional extra

    numbers = [np.arange(len(each), dtype=np.int32) for each in dictionaries]
    every = [
        pa.DictionaryArray.from_arrays(
            pa.Array.from_buffers(pa.int32(), len(own), [None, pa.py_buffer(own)]), each
        )
        for own, each in zip(numbers, dictionaries, strict=True)
    ]
    joined = pa.chunked_array(every).unify_dictionaries()
    places = [_plain(chunk.indices, np.dtype(np.int32), 0) for chunk in joined.chunks]
    return joined.chunk(0).dictionary, places


def _texts(schema: Any) -> list[str]:
    """Columns to be read as dictionaries: text, other than the one with a label a row."""
    import pyarrow as pa  # the optional extra

    kinds = (pa.types.is_string, pa.types.is_large_string)
    return [f.name for f in schema if any(is_(f.type) for is_ in kinds) and f.name != "resp_id"]


def all_different(chunks: Sequence[Any]) -> Column | None:
    """A column of texts of one length no two of which are equal; None when it is another.

    Different hashes are different texts; where two are equal, the column is read the long way.
    """
    import pyarrow as pa  # the optional extra

    kind = chunks[0].type
    if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
        return None
    texts = [_texts_of_one_length(chunk) for chunk in chunks]
    if any(part is None for part in texts):
        return None
    if not _are_rising(texts):
        ordered = np.sort(np.concatenate([_hashes(part) for part in texts]))
        if (ordered[1:] == ordered[:-1]).any():
            return None
    labels = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
    labels.validate(full=True)
    return Column(np.arange(len(labels), dtype=_kind(len(labels))), ArrowLabels(labels))


def _kind(size: int) -> Any:
    return np.int32 if size < 2**31 else np.int64


def _offsets(texts: Any) -> Any:
    """Where each text begins in the buffer of all texts, and the last one ends."""
    kind: Any = np.int64 if str(texts.type) == "large_string" else np.int32
    at = texts.offset * kind().itemsize
    size = len(texts) + 1 if len(texts) else 0
    return np.frombuffer(texts.buffers()[1], kind, size, at) if size else np.zeros(1, kind)


def _lengths(texts: Any) -> Any:
    """Bytes of each text."""
    return np.diff(_offsets(texts))


def _texts_of_one_length(chunk: Any) -> Any:
    """The texts of a chunk as NumPy sees them; None when they are not of one length."""
    lengths = _lengths(chunk)
    width = int(lengths[0]) if len(lengths) else 0
    if chunk.null_count or not width or (lengths != width).any():
        return None
    first = int(_offsets(chunk)[0])
    return np.frombuffer(chunk.buffers()[2], f"S{width}", len(chunk), first)


def _are_rising(parts: list[Any]) -> bool:
    """Whether each text comes after the one before, in the order of their bytes."""
    if len({part.dtype for part in parts}) > 1:
        return False
    seams = all(left[-1] < right[0] for left, right in pairwise(parts))
    return seams and all((part[1:] > part[:-1]).all() for part in parts)


def _hashes(texts: Any) -> Any:
    """Eight bytes for each text, the text itself where it is short."""
    width = texts.dtype.itemsize
    padded = np.zeros((len(texts), -(-width // 8) * 8), dtype=np.uint8)
    padded[:, :width] = texts.view(np.uint8).reshape(len(texts), width)
    words = padded.view(np.uint64)
    mixed = words[:, 0].copy()
    for word in words.T[1:]:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + word
    return mixed


def _numbers(data: Any) -> Floats:
    """A column of numbers as floats, NaN where blank."""
    import pyarrow as pa  # the optional extra

    if data.type != pa.float64():
        data = data.cast(pa.float64())
    parts = [_plain(chunk, np.float64, np.nan) for chunk in data.chunks]
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
    return np.where(bits[offset : offset + size], values, np.asarray(blank).astype(values.dtype))


class _Texts(Sequence[str]):
    """Numbers as text: whole ones without a point, since blanks make floats of whole codes."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, position: Any) -> Any:
        return number_label(float(self.values[int(position)]))

    def __iter__(self) -> Iterator[str]:
        return map(number_label, self.values.tolist())


def number_label(value: float) -> str:
    """A number as a label: a whole one is its digits, NaN the blank."""
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
