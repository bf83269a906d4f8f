"""A long table reads back as what it holds, from JSON and from CSV, whatever labels it has."""

from __future__ import annotations

import csv
import io
import json
import math
from decimal import Decimal

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


def read_csv(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def cell(value, text):
    """What a cell of CSV holds, read as what is wanted there."""
    if value is None:
        return None if text == "" else text
    return text if isinstance(value, str) else type(value)(text)


@given(tables())
def test_a_table_reads_back_from_json_and_from_csv_to_the_last_digit(columns):
    table = LongTable(columns)
    rows = table.rows()
    assert json.loads(table.json()) == rows
    header, *lines = read_csv(table.csv())
    assert header == list(columns)
    wanted = [list(row.values()) for row in rows]
    assert [list(map(cell, *pair)) for pair in zip(wanted, lines, strict=True)] == wanted


@given(squares())
def test_a_matrix_reads_back_from_json_and_from_csv_to_the_last_digit(square):
    units, values = square
    rows = [[None if np.isnan(v) else v for v in row] for row in values.tolist()]
    assert json.loads(SquareTable(units, values).json()) == {"units": units, "matrix": rows}
    header, *lines = read_csv(SquareTable(units, values).csv())
    assert header == ["unit", *units]
    assert [line[0] for line in lines] == units
    assert [list(map(cell, row, line[1:])) for row, line in zip(rows, lines, strict=True)] == rows


@pytest.mark.parametrize("least", [-320, -100, -12, -6, -4, 0, 12, 15, 100])
def test_a_number_of_any_magnitude_is_written_with_the_digits_of_repr(least):
    rng = np.random.default_rng(least + 320)
    values = 10 ** rng.uniform(least, least + 5, 2000) * rng.choice([-1, 1], 2000)
    texts = LongTable({"value": values}).csv().split()[1:]
    assert list(map(Decimal, texts)) == [Decimal(repr(value)) for value in values.tolist()]


def test_decimals_halves_and_whole_numbers_are_not_lengthened_and_counts_have_no_point():
    values = np.concatenate([np.arange(-2000, 2000) / part for part in (1, 2, 8, 10, 100, 10_000)])
    values = values[(np.abs(values) >= 1e-3) | (values == 0)]
    assert LongTable({"value": values}).csv().split()[1:] == list(map(repr, values.tolist()))
    counts = LongTable({"n": np.array([0, -3, 2**60])})
    assert counts.csv() == f"n\n0\n-3\n{2**60}\n"
    assert counts.json() == f'[{{"n":0}},{{"n":-3}},{{"n":{2**60}}}]'


def test_rows_have_numbers_of_python_and_none_for_what_does_not_exist():
    table = LongTable({"unit": ["a", "b"], "n": np.array([1, 2]), "se": np.array([0.5, np.nan])})
    assert table.rows() == [{"unit": "a", "n": 1, "se": 0.5}, {"unit": "b", "n": 2, "se": None}]
    assert [type(value) for value in table.rows()[0].values()] == [str, int, float]


def test_what_is_infinite_does_not_exist_either():
    table = LongTable({"df": np.array([3.5, math.inf, -math.inf])})
    assert json.loads(table.json()) == table.rows() == [{"df": 3.5}, {"df": None}, {"df": None}]
    assert table.csv() == "df\n3.5\n\n\n"


def test_without_rows_there_is_a_header():
    table = LongTable({"unit": [], "se": np.zeros(0)})
    assert (table.json(), table.csv()) == ("[]", "unit,se\n")


def test_a_unit_that_is_called_unit_has_its_column_beside_the_labels():
    square = SquareTable(["unit", "null"], np.array([[1.0, np.nan], [np.nan, 2.0]]))
    assert square.csv() == "unit,unit,null\nunit,1.0,\nnull,,2.0\n"


def test_a_column_of_a_matrix_may_be_the_row_of_another():
    square = SquareTable(["a", "b"], np.array([[0.5, 0.25], [np.nan, 2.0]]).T)
    assert square.csv() == "unit,a,b\na,0.5,\nb,0.25,2.0\n"


@pytest.mark.parametrize("value", [True, False])
def test_truths_are_written_as_each_format_writes_them(value):
    table = LongTable({"distinct": [value], "p": np.array([0.5])})
    assert json.loads(table.json()) == [{"distinct": value, "p": 0.5}]
    assert table.csv() == f"distinct,p\n{value},0.5\n"
