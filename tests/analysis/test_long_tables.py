"""A long table is written as `json` and `csv` would write it, byte for byte."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.io.long_tables import LongTable, SquareTable

LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)
FLOATS = st.one_of(st.just(np.nan), st.floats(allow_nan=False, allow_infinity=False))
COUNTS = st.integers(-(10**6), 10**6)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 6))
    kinds = draw(st.lists(st.sampled_from((LABELS, FLOATS, COUNTS)), min_size=2, max_size=5))
    names = draw(st.lists(LABELS, min_size=len(kinds), max_size=len(kinds), unique=True))
    columns = [draw(st.lists(kind, min_size=rows, max_size=rows)) for kind in kinds]
    typed = [
        values if kind is LABELS else np.array(values, dtype=float if kind is FLOATS else int)
        for kind, values in zip(kinds, columns, strict=True)
    ]
    return dict(zip(names, typed, strict=True))


@st.composite
def squares(draw):
    units = draw(st.lists(LABELS, min_size=1, max_size=4, unique=True))
    rows = st.lists(FLOATS, min_size=len(units), max_size=len(units))
    return units, np.array(draw(st.lists(rows, min_size=len(units), max_size=len(units))))


def as_json(content):
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def as_csv(header, rows):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return file.getvalue()


@given(tables())
def test_json_and_csv_are_those_of_the_standard_library(columns):
    table = LongTable(columns)
    rows = table.rows()
    assert table.json() == as_json(rows)
    assert table.csv() == as_csv(columns, [row.values() for row in rows])


@given(squares())
def test_a_matrix_is_written_as_the_standard_library_writes_its_rows(square):
    units, values = square
    rows = [[None if np.isnan(v) else v for v in row] for row in values.tolist()]
    assert SquareTable(units, values).json() == as_json({"units": units, "matrix": rows})
    lines = [[unit, *row] for unit, row in zip(units, rows, strict=True)]
    assert SquareTable(units, values).csv() == as_csv(["unit", *units], lines)


def test_rows_have_numbers_of_python_and_none_for_what_does_not_exist():
    table = LongTable({"unit": ["a", "b"], "n": np.array([1, 2]), "se": np.array([0.5, np.nan])})
    assert table.rows() == [{"unit": "a", "n": 1, "se": 0.5}, {"unit": "b", "n": 2, "se": None}]
    assert [type(value) for value in table.rows()[0].values()] == [str, int, float]


def test_without_rows_there_is_a_header():
    table = LongTable({"unit": [], "se": np.zeros(0)})
    assert (table.json(), table.csv()) == ("[]", "unit,se\n")


def test_a_unit_that_is_called_unit_has_its_column_beside_the_labels():
    square = SquareTable(["unit", "null"], np.array([[1.0, np.nan], [np.nan, 2.0]]))
    assert square.csv() == "unit,unit,null\nunit,1.0,\nnull,,2.0\n"


@pytest.mark.parametrize("value", [True, False])
def test_truths_are_written_as_each_format_writes_them(value):
    table = LongTable({"distinct": [value], "p": np.array([0.5])})
    assert json.loads(table.json()) == [{"distinct": value, "p": 0.5}]
    assert table.csv() == f"distinct,p\n{value},0.5\n"
