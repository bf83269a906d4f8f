import hashlib
import unicodedata
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.sampling import selection
from survey_app.sampling.random_numbers import fraction, number

starts = st.fractions(0, 1).filter(lambda start: start < 1)


@given(st.integers(1, 200), st.data())
def test_systematic_sampling_takes_n_in_steps_that_differ_by_one_at_most(population, data):
    n = data.draw(st.integers(1, population))
    chances = selection.equal_chances(n, population)
    chosen = selection.systematic(range(population), chances, data.draw(starts))
    assert len(chosen) == n
    steps = [after - before for before, after in pairwise(chosen)]
    assert not steps or set(steps) <= {population // n, -(-population // n)}


@given(st.lists(st.integers(1, 60), min_size=1, max_size=25), st.data())
def test_chances_proportional_to_size_add_up_and_are_certain_at_most(sizes, data):
    n = data.draw(st.integers(1, len(sizes)))
    chances = selection.size_chances(n, sizes)
    assert sum(chances) == n
    assert all(0 < chance <= 1 for chance in chances)
    by_size = {size / chance for size, chance in zip(sizes, chances, strict=True) if chance < 1}
    assert len(by_size) <= 1  # in proportion
    largest = max((s for s, c in zip(sizes, chances, strict=True) if c < 1), default=0)
    assert all(s > largest for s, c in zip(sizes, chances, strict=True) if c == 1) or not largest
    assert len(selection.systematic(range(len(sizes)), chances, data.draw(starts))) == n


def test_over_all_starts_each_is_met_as_often_as_its_chance_says():
    """The chances are whole multiples of 1/60, so that 60 starts stand for all of them."""
    chances = tuple(Fraction(each, 60) for each in (12, 45, 3, 60, 30, 7, 23))
    met = [
        selection.systematic(range(7), chances, Fraction(2 * start + 1, 120)) for start in range(60)
    ]
    for each, chance in enumerate(chances):
        assert Fraction(sum(each in chosen for chosen in met), 60) == chance


def test_a_number_depends_on_the_seed_and_on_every_part_of_who_it_is():
    assert number("1", "a", "b") == number("1", "a", "b")
    others = [number("2", "a", "b"), number("1", "ab"), number("1", "a", "b", ""),
              number("1", "", "ab"), number("1", "b", "a")]  # fmt: skip
    assert len({number("1", "a", "b"), *others}) == 6
    decomposed = unicodedata.normalize("NFD", "Bản Hòa")
    assert decomposed != "Bản Hòa"
    assert number("1", decomposed) == number("1", "Bản Hòa")


def test_the_algorithm_of_a_recorded_seed_never_changes():
    """Were this to fail, samples drawn before could not be drawn again: name it anew instead."""

    def part(text):
        return len(text.encode()).to_bytes(8, "big") + text.encode()

    written_out = hashlib.sha256(part("cchc-draw-1") + part("2026") + part("Bản 1")).hexdigest()
    assert number("2026", "Bản 1") == int(written_out, 16)
    assert fraction("2026", "Bản 1") == Fraction(int(written_out, 16), 2**256)


@pytest.mark.parametrize("n", [1, 5, 12])
def test_numbers_of_many_seeds_are_uniform(n):
    draws = 2000
    seen = [0] * 12
    for seed in range(draws):
        numbers = {each: number(str(seed), str(each)) for each in range(12)}
        for each in selection.in_random_order(numbers, dict.fromkeys(range(12), ""))[:n]:
            seen[each] += 1
    chance = n / 12
    margin = 4.5 * (draws * chance * (1 - chance)) ** 0.5
    assert all(abs(count - draws * chance) <= margin for count in seen)
