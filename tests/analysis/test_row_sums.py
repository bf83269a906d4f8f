"""Sums over rows are added in one order, by whichever way."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimation.question_pairs import PIECE, SEGMENT, WORD
from analysis.old import row_sums


@pytest.mark.parametrize("rows", range(WORD, SEGMENT + 1, WORD))
@pytest.mark.parametrize("questions", [1, 2, 21])
def test_both_ways_give_the_same_bits(rows, questions):
    rng = np.random.default_rng(rows + questions)
    for segments in (1, 2, PIECE // rows):
        z = rng.normal(size=(questions + 1, segments, rows))
        quick, slow = np.empty((2, questions, segments))
        row_sums.sums_of_products(z[1:], z[0], quick)
        row_sums.step_by_step(z[1:], z[0], slow)
        assert quick.tolist() == slow.tolist()
        assert slow == pytest.approx((z[1:] * z[0]).sum(axis=2), abs=1e-12 * rows)


def test_where_einsum_adds_in_another_order_it_is_not_asked(monkeypatch):
    monkeypatch.setattr(row_sums, "einsum_keeps_the_order", lambda: False)
    monkeypatch.setattr(row_sums.np, "einsum", lambda *_, **__: pytest.fail("it was asked"))
    z, found = np.ones((2, 1, 32)), np.empty((1, 1))
    row_sums.sums_of_products(z[1:], z[0], found)
    assert found.tolist() == [[32.0]]


def test_another_order_is_noticed(monkeypatch):
    def another(_: str, several: np.ndarray, one: np.ndarray, out: np.ndarray) -> None:
        out[:] = (several * one).sum(axis=2)

    row_sums.einsum_keeps_the_order.cache_clear()
    monkeypatch.setattr(row_sums.np, "einsum", another)
    assert not row_sums.einsum_keeps_the_order()
    monkeypatch.undo()
    row_sums.einsum_keeps_the_order.cache_clear()
