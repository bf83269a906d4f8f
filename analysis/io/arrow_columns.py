"""Arrow arrays as columns of labels, without the detour by pandas.

Whoever imports this module waits for Arrow: it is imported where a file asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.io.table import Column
from analysis.numeric import Floats


class ArrowLabels(Sequence[str]):
    """Distinct labels that stay in Arrow until someone asks for their text; `blank` adds one."""

    def __init__(self, values: Any, *, blank: bool = False) -> None:
        self.values, self.blank = values, blank

    def __len__(self) -> int:
        return len(self.values) + self.blank

    def __getitem__(self, position: Any) -> Any:
        index = int(position)
        return "" if index == len(self.values) else str(self.values[index].as_py())

    def __contains__(self, label: object) -> bool:
        if label != "":
            return any(label == known for known in self)
        return self.blank or bool((_lengths(self.values) == 0).any())

    def __iter__(self) -> Iterator[str]:
        yield from self.values.to_pylist()
        yield from [""] * self.blank


def column_of(chunks: Iterable[Any]) -> Column:
    """A column, given in Arrow arrays, as codes into its distinct labels in order of appearance."""
    remaining = iter(chunks)
    first = next(remaining, None)
    if first is None or pa.types.is_dictionary(first.type):
        return _from_dictionaries([] if first is None else chain([first], remaining))
    arrays = [first, *remaining]
    if pa.types.is_floating(first.type):
        return from_numbers(numbers(pa.chunked_array(arrays)))
    different = _all_different(arrays)
    if different:
        return different
    labels = pa.chunked_array(arrays).cast(pa.string())
    return _from_dictionaries(labels.dictionary_encode().chunks)


def from_numbers(values: Floats) -> Column:
    """A column of numbers as labels; a number is one label wherever it stands, NaN the blank."""
    distinct, first, codes = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(distinct), dtype=_kind(len(distinct)))
    place[order] = np.arange(len(distinct))
    return Column(codes=place[codes], labels=_NumberLabels(distinct[order]))


def _from_dictionaries(chunks: Iterable[Any]) -> Column:
    """A column that comes in dictionaries; a run of chunks with one dictionary is one array."""
    dictionaries: list[Any] = []
    runs: list[list[Any]] = []
    blank = False
    for chunk in chunks:
        if not dictionaries or not chunk.dictionary.equals(dictionaries[-1]):
            chunk.dictionary.validate(full=True)  # text that is none would fail later, unexplained
            dictionaries.append(chunk.dictionary)
            runs.append([])
        size = len(chunk.dictionary)
        codes = as_numpy(chunk.indices, np.dtype(str(chunk.indices.type)), size)
        runs[-1].append(codes.astype(np.min_scalar_type(max(size, 1))))
        blank |= chunk.null_count > 0
    if not dictionaries:
        return Column(codes=np.empty(0, np.uint8), labels=ArrowLabels(pa.nulls(0, pa.string())))
    codes_of_run = [np.concatenate(run) for run in runs]
    if len(dictionaries) == 1:
        return Column(codes=codes_of_run[0], labels=ArrowLabels(dictionaries[0], blank=blank))
    labels, places = _unified(dictionaries)
    kind = np.min_scalar_type(max(len(labels), 1))
    tables = [np.append(place, len(labels)).astype(kind) for place in places]
    codes = np.concatenate([
        table.take(codes, mode="clip") for table, codes in zip(tables, codes_of_run, strict=True)
    ])  # fmt: skip
    return Column(codes=codes, labels=ArrowLabels(labels, blank=blank))


def _unified(dictionaries: list[Any]) -> tuple[Any, list[Any]]:
    """The labels of all dictionaries, and where each has its own among them."""
    positions = [np.arange(len(dictionary), dtype=np.int32) for dictionary in dictionaries]
    arrays = [
        pa.DictionaryArray.from_arrays(as_arrow(place), dictionary)
        for place, dictionary in zip(positions, dictionaries, strict=True)
    ]
    unified = pa.chunked_array(arrays).unify_dictionaries()
    places = [as_numpy(chunk.indices, np.dtype(np.int32), 0) for chunk in unified.chunks]
    return unified.chunk(0).dictionary, places


def _all_different(chunks: Sequence[Any]) -> Column | None:
    """A column of texts of one length no two of which are equal; None when it is another.

    Different hashes are different texts; where two are equal, the column is read the long way.
    """
    kind = chunks[0].type
    if not pa.types.is_string(kind) and not pa.types.is_large_string(kind):
        return None
    texts = [_texts_of_one_length(chunk) for chunk in chunks]
    if any(text is None for text in texts):
        return None
    if not _are_rising(texts):
        ordered = np.sort(np.concatenate([_hashes(text) for text in texts]))
        if (ordered[1:] == ordered[:-1]).any():
            return None
    labels = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
    labels.validate(full=True)
    codes = np.arange(len(labels), dtype=_kind(len(labels)))
    return Column(codes=codes, labels=ArrowLabels(labels))


def _kind(size: int) -> Any:
    return np.int32 if size < 2**31 else np.int64


def _offsets(texts: Any) -> Any:
    """Where each text begins in the buffer of all texts, and the last one ends."""
    kind: Any = np.int64 if str(texts.type) == "large_string" else np.int32
    begin = texts.offset * kind().itemsize
    size = len(texts) + 1 if len(texts) else 0
    return np.frombuffer(texts.buffers()[1], kind, size, begin) if size else np.zeros(1, kind)


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


def _are_rising(chunks: list[Any]) -> bool:
    """Whether each text comes after the one before, in the order of their bytes."""
    if len({chunk.dtype for chunk in chunks}) > 1:
        return False
    seams = all(left[-1] < right[0] for left, right in pairwise(chunks))
    return seams and all((chunk[1:] > chunk[:-1]).all() for chunk in chunks)


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


def numbers(data: Any) -> Floats:
    """A column of numbers as floats, NaN where blank."""
    if data.type != pa.float64():
        data = data.cast(pa.float64())
    chunks = [as_numpy(chunk, np.float64, np.nan) for chunk in data.chunks]
    return np.concatenate(chunks) if chunks else np.empty(0)


def as_arrow(values: Any) -> Any:
    """An array of NumPy as Arrow sees it, none of them null; Arrow's own way loads pandas."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def texts_array(texts: Iterable[str]) -> Any:
    """Texts as an Arrow array, without pandas."""
    encoded = [text.encode() for text in texts]
    ends = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(text) for text in encoded], out=ends[1:])
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def repeated(letter: str, size: int) -> Any:
    """An Arrow array of so many equal texts, each of one ASCII letter or of none."""
    ends = np.arange(size + 1, dtype=np.int32) * len(letter)
    buffers = [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(letter.encode() * size)]
    return pa.Array.from_buffers(pa.string(), size, buffers)


def as_numpy(array: Any, kind: Any, blank: float) -> Any:
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


class _NumberLabels(Sequence[str]):
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
