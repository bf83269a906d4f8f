"""A number is written as `repr` writes it, with `orjson` and without."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.io import number_text

EDGES = (1e-323, 1e-10, 1e-9, 1e-5, 1e-4, 1e-3, 1.0, 1e15, 1e16, 1e17, 1e21, 1e22, 1e100)
NEAR = [float(np.nextafter(edge, to)) for edge in EDGES for to in (0.0, math.inf)]
ODD = [0.0, 5e-324, 2.2250738585072014e-308, 0.1 + 0.2, 0.5, 3.0, 2.0**53, 1.7976931348623157e308]


@pytest.fixture(params=["with orjson", "without"])
def either_way(request, monkeypatch):
    if request.param == "without":
        monkeypatch.setattr(number_text, "orjson", None)


@given(st.lists(st.floats()))
@example([*EDGES, *NEAR, *ODD])
@example([-value for value in (*EDGES, *NEAR, *ODD)])
@example([math.nan, math.inf, -math.inf])
@example([])
def test_a_number_reads_the_same_with_orjson_and_without(values):
    array, wanted = np.array(values, dtype=float), [as_repr(value) for value in values]
    with pytest.MonkeyPatch.context() as patch:
        assert number_text.texts(array) == wanted
        assert number_text.joined(array) == ",".join(wanted)
        patch.setattr(number_text, "orjson", None)
        assert number_text.texts(array) == wanted
        assert number_text.joined(array) == ",".join(wanted)


def as_repr(value):
    return repr(value) if math.isfinite(value) else "null"


@pytest.mark.parametrize("least", [-320, -100, -12, -6, -4, 0, 12, 15, 100])
def test_numbers_of_each_magnitude_are_written_in_the_shortest_form(least):
    rng = np.random.default_rng(least + 320)
    values = 10 ** rng.uniform(least, least + 5, 20_000) * rng.choice([-1, 1], 20_000)
    assert number_text.texts(values) == list(map(repr, values.tolist()))


@pytest.mark.usefixtures("either_way")
def test_decimals_halves_and_whole_numbers_are_not_lengthened():
    values = np.concatenate([np.arange(-2000, 2000) / part for part in (1, 2, 8, 10, 100, 10_000)])
    assert number_text.texts(values) == list(map(repr, values.tolist()))


@pytest.mark.usefixtures("either_way")
def test_counts_have_no_point():
    assert number_text.texts(np.array([0, -3, 2**60])) == ["0", "-3", str(2**60)]


@pytest.mark.usefixtures("either_way")
def test_a_row_of_a_matrix_may_be_a_column_of_another():
    assert number_text.joined(np.array([[0.5, 1e-7], [np.nan, 2.0]])[:, 0]) == "0.5,null"
    assert number_text.joined(np.array([[0.5, 1e-7], [np.nan, 2.0]]).T[1]) == "1e-07,2.0"
