"""A long table is written as `json` and `csv` would write it, byte for byte."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.long_tables import LongTable

LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)
NUMBERS = st.one_of(
    st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**6), 10**6)
)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 6))
    kinds = draw(st.lists(st.sampled_from((LABELS, NUMBERS)), min_size=2, max_size=5))
    names = draw(st.lists(LABELS, min_size=len(kinds), max_size=len(kinds), unique=True))
    columns = [draw(st.lists(kind, min_size=rows, max_size=rows)) for kind in kinds]
    return dict(zip(names, columns, strict=True))


def as_csv(table):
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*table.columns.values(), strict=True))
    return file.getvalue()


@given(tables())
def test_json_and_csv_are_those_of_the_standard_library(columns):
    table = LongTable(columns)
    plain = json.dumps(table.rows(), ensure_ascii=False, separators=(",", ":"))
    assert table.json() == plain
    assert table.csv() == as_csv(table)


def test_a_matrix_is_a_list_of_its_rows():
    assert (
        LongTable({"a": [1.5, None], "b": [1e-07, 2.0]}).json_lists() == "[[1.5,1e-07],[null,2.0]]"
    )


def test_a_column_put_in_front_keeps_its_place_when_the_table_has_one_of_its_name():
    assert LongTable({"unit": [1.0], "b": [2.0]}).after("unit", ["x"]).csv() == "unit,b\n1.0,2.0\n"


@pytest.mark.parametrize("value", [True, False])
def test_truths_are_written_as_each_format_writes_them(value):
    table = LongTable({"distinct": [value], "p": [0.5]})
    assert json.loads(table.json()) == [{"distinct": value, "p": 0.5}]
    assert table.csv() == f"distinct,p\n{value},0.5\n"
