"""What must hold of outcome rates whatever the counts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.nonresponse.response_rates import CLASSES, outcome_rates, rate

counts = st.fixed_dictionaries({name: st.integers(0, 500) for name in CLASSES})


def values(count, e=None):
    return {name: found.rate for name, found in outcome_rates(count, e).items()}


@given(counts)
def test_dropping_unknown_cases_never_lowers_a_rate(count):
    assume(count["I"] > 0)
    r = values(count)
    chains = (
        ("RR1", "RR3", "RR5"),
        ("RR2", "RR4", "RR6"),
        ("REF1", "REF2", "REF3"),
        ("CON1", "CON2", "CON3"),
        ("RR1", "RR2"),
        ("COOP1", "COOP3"),
        ("COOP2", "COOP4"),
    )
    for chain in chains:
        for low, high in pairwise(chain):
            assert r[low] <= r[high] + 1e-12


@given(counts)
def test_e_of_one_counts_all_unknown_cases_and_e_of_zero_none(count):
    assume(count["I"] > 0)
    assert values(count, 1.0)["RR3"] == pytest.approx(values(count)["RR1"])
    assert values(count, 0.0)["RR3"] == pytest.approx(values(count)["RR5"])


@given(counts, st.floats(0.01, 100))
def test_rates_do_not_depend_on_the_scale_of_weights(count, factor):
    scaled = values({name: n * factor for name, n in count.items()})
    for name, wanted in values(count).items():
        assert (scaled[name] is None) == (wanted is None)
        if wanted is not None:
            assert scaled[name] == pytest.approx(wanted)


@given(counts)
def test_interviews_refusals_and_the_rest_make_up_all_cases(count):
    found = outcome_rates(count)
    assume(found["RR2"].denominator)
    rest = sum(count[name] for name in ("NC", "O", "UH", "UO")) / found["RR2"].denominator
    assert found["RR2"].rate + found["REF1"].rate + rest == pytest.approx(1)


def test_nobody_asked_is_no_rate_and_says_so():
    found = rate(0, 0)
    assert found.rate is None
    assert found.reason == "no case in the denominator"
