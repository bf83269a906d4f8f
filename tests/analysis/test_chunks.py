"""Rows are taken in parts, by any number of threads, and nothing shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import results
from analysis.dataset import reader
from analysis.design import chunks
from analysis.design.chunks import Chunks
from analysis.design.design import Design
from analysis.design.domains import Domains
from analysis.estimation import answer_counts, block_products
from analysis.numeric import counts, group_ids, sums
from analysis.report import score_tables
from analysis.scoring import score

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
KEYS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=60)


def design_of(rng, rows):
    """Two samples that serve three domains, strata and PSUs in any order."""
    sample = rng.integers(0, 2, rows)
    stratum, _ = group_ids(sample, rng.integers(0, 3, rows))
    psu, first = group_ids(stratum, rng.integers(0, 8, rows))
    strata, psus = stratum.max() + 1, len(first)
    person = np.arange(rows)
    made = Design(
        sample=sample,
        stratum=stratum,
        psu=psu,
        person=person,
        population_psus=np.full(strata, 50.0),
        population_persons=np.full(psus, np.nan),
    )
    return made, rng.integers(0, 3, rows)


@pytest.mark.parametrize("order", ["as it comes", "domain by domain"])
def test_a_part_gives_the_variance_that_the_whole_gives(order, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 40)
    rng = np.random.default_rng(7)
    design, domain = design_of(rng, 300)
    domain = np.sort(domain) if order == "domain by domain" else domain
    whole, z = Domains(design, domain, 3), rng.normal(size=300)
    found, seen = np.zeros(3), []

    def add(part):
        found[part.numbers] = part.variance(z[part.rows])
        seen.extend(part.whole_rows.tolist())

    Chunks(whole, 1).each(add)
    assert sorted(seen) == list(range(300))
    assert found == pytest.approx(whole.variance(z), rel=1e-12)


@pytest.mark.parametrize("at_once", [256, 8192])
def test_products_of_blocks_are_those_of_each_block_alone(at_once, monkeypatch):
    monkeypatch.setattr(block_products, "AT_ONCE", at_once)
    rng = np.random.default_rng(3)
    ends = np.cumsum([1, 5, 100, 32, 300, 2, 256, 1100, 64, 512, 31])
    z, answered = rng.normal(size=(4, ends[-1])), rng.random((4, ends[-1])) < 0.8
    seen = []
    for numbers, products, both in block_products.block_products(
        ends, lambda rows: (z[:, rows].copy(), answered[:, rows].copy())
    ):
        for at, number in enumerate(numbers.tolist()):
            rows = slice(ends[number - 1] if number else 0, ends[number])
            counted = answered[:, rows].astype(int)
            assert products[at] == pytest.approx(z[:, rows] @ z[:, rows].T, rel=1e-12, abs=1e-12)
            assert both[at].tolist() == (counted @ counted.T).tolist()
            seen.append(number)
    assert sorted(seen) == list(range(len(ends)))


@pytest.mark.parametrize("name", ["missing", "edge", "matrix"])
def test_threads_and_small_parts_change_no_byte(name, monkeypatch, tmp_path):
    settings = score.Settings(lonely_psu="average", missing="renormalise")
    score_tables.write(
        results.of(score.score(reader.read(REFERENCE / name), settings)), tmp_path / "one"
    )
    for module in (chunks, score, answer_counts, reader):
        monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(chunks, "ROWS", 20)
    monkeypatch.setattr(chunks, "processors", lambda: 3)
    score_tables.write(
        results.of(score.score(reader.read(REFERENCE / name), settings)), tmp_path / "many"
    )
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "many" / file.name).read_bytes()


@given(KEYS, st.booleans())
def test_combinations_are_numbered_in_order_with_their_first_row(keys, in_order):
    rows = np.array(sorted(keys) if in_order else keys).repeat(3, axis=0)
    ids, first = group_ids(rows[:, 0], rows[:, 1])
    _, expected, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    assert first.tolist() == expected.tolist()
    assert ids.tolist() == inverse.ravel().tolist()


def test_long_files_are_added_up_a_stretch_at_a_time(monkeypatch):
    rng = np.random.default_rng(5)
    ids, values = rng.integers(3, 9, 1000), rng.normal(size=1000)
    whole = sums(ids, values**2, 12), counts(ids, 12)
    monkeypatch.setattr("analysis.numeric.AT_ONCE", 64)
    assert sums(ids, values, 12, squared=True) == pytest.approx(whole[0], rel=1e-12)
    assert counts(ids, 12).tolist() == whole[1].tolist()
