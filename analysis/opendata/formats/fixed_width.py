"""SPSS (.sav) and Stata (.dta) files of any length, written some rows at a time.

pyreadstat needs a whole table in memory. It writes the file of an empty one here: every name,
label, code and width, made from the questionnaire alone. The rows go in after that, as the eight
bytes a number that both formats have, and only the number of rows (in Stata also the places of what
follows them) is put right. So the structure cannot depend on the data, and memory does not either.
"""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from analysis.numeric import Floats
from analysis.opendata.formats.texts import cut_bytes, cut_letters, told_apart, with_end
from analysis.opendata.rows import Rows
from analysis.opendata.variables import NO_VALUE, Layout, Variable

_SAV_CASES, _SAV_MADE = 80, 92
"""Where an SPSS header has the number of cases, and the day and the time at which it was made."""
_SAV_DAY, _DTA_DAY = b"01 Jan 0000:00:00", b"01 Jan 2000 00:00"
"""In place of a clock: the same content gives the same bytes."""
_SAV_SYSTEM_MISSING = -np.finfo(float).max
_DTA_MISSING = 0x7FE0000000000000
_DTA_STEP = 0x0000010000000000
"""Stata's `.` as a double, and how far `.a` is from it, `.b` from `.a`."""
_MAP_ENTRIES, _AFTER_DATA = 14, 10
"""The map of a Stata file: places of its parts, and the first of those behind the data."""

STATA_LETTERS = {code: chr(ord("a") + at) for at, code in enumerate(sorted(NO_VALUE, reverse=True))}
"""-94 is `.a`, -95 `.b`, … -99 `.f`."""

_FILE_LABEL_SAV, _LABEL_SAV, _VALUE_SAV = 64, 255, 120
_FILE_LABEL_DTA, _LABEL_DTA, _VALUE_DTA = 80, 80, 32_000
"""The limits of labels: bytes in SPSS, letters in Stata (of values: bytes)."""


def write_sav(rows: Rows, layout: Layout, title: str, out: IO[bytes]) -> None:
    """Write rows as an SPSS file in UTF-8."""
    template = bytearray(_template(layout, title, "sav"))
    template[_SAV_CASES : _SAV_CASES + 4] = struct.pack("<i", rows.count)
    template[_SAV_MADE : _SAV_MADE + len(_SAV_DAY)] = _SAV_DAY
    out.write(template)
    for chunk in rows.chunks():
        out.write(np.where(np.isnan(chunk), _SAV_SYSTEM_MISSING, chunk).astype("<f8").tobytes())


def write_dta(rows: Rows, layout: Layout, title: str, out: IO[bytes]) -> None:
    """Write rows as a Stata file of version 118 (Stata 14 and newer), in UTF-8."""
    head, tail = _template(layout, title, "dta").split(b"<data></data>")
    width = 8 * len(layout.variables)
    out.write(_with_count(head, rows.count, width))
    out.write(b"<data>")
    for chunk in rows.chunks():
        out.write(_stata(chunk, layout).tobytes())
    out.write(b"</data>")
    out.write(tail)


def _with_count(head: bytes, count: int, width: int) -> bytes:
    """The head of a Stata file with the number of rows and the places of what follows them."""
    number = re.compile(rb"(?<=<N>).{8}(?=</N>)", re.DOTALL)
    timestamp = re.compile(rb"(?<=<timestamp>\x11).{17}(?=</timestamp>)", re.DOTALL)
    head = number.sub(lambda _: struct.pack("<q", count), head, count=1)
    head = timestamp.sub(lambda _: _DTA_DAY, head, count=1)
    at = head.index(b"<map>") + len(b"<map>")
    end = at + 8 * _MAP_ENTRIES
    places = np.frombuffer(head[at:end], "<i8").copy()
    places[_AFTER_DATA:] += count * width
    return head[:at] + places.tobytes() + head[end:]


def _stata(chunk: Floats, layout: Layout) -> Floats:
    """Numbers as Stata has them: what is no answer becomes `.a` to `.f`, a blank becomes `.`."""
    given = chunk.astype("<f8")
    bits = given.view("<i8")
    bits[np.isnan(chunk)] = _DTA_MISSING
    for at, each in enumerate(layout.variables):
        for code, letter in STATA_LETTERS.items():
            if code in each.labels:
                step = (ord(letter) - ord("a") + 1) * _DTA_STEP
                bits[chunk[:, at] == code, at] = _DTA_MISSING + step
    return given


def _template(layout: Layout, title: str, kind: str) -> bytes:
    """The file of an empty table."""
    import pandas as pd
    import pyreadstat

    empty = pd.DataFrame({name: np.empty(0) for name in layout.names})
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / f"empty.{kind}"
        if kind == "sav":
            pyreadstat.write_sav(empty, path, **_sav(layout, title))
        else:
            pyreadstat.write_dta(empty, path, **_dta(layout, title))
        return path.read_bytes()


def _sav(layout: Layout, title: str) -> dict[str, Any]:
    missing = {
        each.name: [{"lo": min(NO_VALUE), "hi": max(NO_VALUE)}]
        for each in layout.variables
        if any(code in NO_VALUE for code in each.labels)
    }
    return {
        "file_label": cut_bytes(title, _FILE_LABEL_SAV),
        "column_labels": [_label(each, cut_bytes, _LABEL_SAV) for each in layout.variables],
        "variable_value_labels": {
            each.name: {float(n): text for n, text in _said(each, _VALUE_SAV)}
            for each in layout.variables
            if each.labels
        },
        "missing_ranges": missing,
        "variable_measure": {each.name: measure(each) for each in layout.variables},
        "variable_format": {
            each.name: "F8.0" if each.is_whole else "F16.8" for each in layout.variables
        },
    }


def _dta(layout: Layout, title: str) -> dict[str, Any]:
    labels: dict[str, dict[int | str, str]] = {
        each.name: {STATA_LETTERS.get(n, n): text for n, text in _said(each, _VALUE_DTA)}
        for each in layout.variables
        if each.labels
    }
    user_missing = {
        each.name: [STATA_LETTERS[n] for n in sorted(each.labels, reverse=True) if n in NO_VALUE]
        for each in layout.variables
        if any(n in NO_VALUE for n in each.labels)
    }
    return {
        "file_label": cut_letters(title, _FILE_LABEL_DTA),
        "column_labels": [_label(each, cut_letters, _LABEL_DTA) for each in layout.variables],
        "version": 14,
        "variable_value_labels": labels,
        "missing_user_values": user_missing,
    }


def measure(each: Variable) -> str:
    """The level of measurement, in the words of SPSS."""
    if not each.labels or each.kind == "number":
        return "scale"
    return "ordinal" if each.ordinal else "nominal"


def _label(each: Variable, cut: Callable[[str, int], str], limit: int) -> str:
    """What a column is; of one option of a question always which option."""
    if each.kind == "several":
        return with_end(each.asked[0], each.label[0], cut, limit)
    return cut(each.label[0], limit)


def _said(each: Variable, limit: int) -> Iterator[tuple[int, str]]:
    """Numbers and their words in Vietnamese, in their order, no two alike."""
    words = {number: each.labels[number][0] for number in sorted(each.labels)}
    yield from told_apart(words, cut_bytes, limit).items()
