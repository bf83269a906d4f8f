import random
from collections import Counter
from fractions import Fraction

from survey_app.fieldwork.lists.subset import Assignment, drawn

UNITS = [f"X{number}" for number in range(10)]


def units_of(assignments):
    return [each.unit for each in assignments]


def test_a_star_asks_about_every_unit_but_ones_own():
    assigned = drawn("*", UNITS, "X3", random.Random(1))
    assert sorted(units_of(assigned)) == [unit for unit in UNITS if unit != "X3"]
    assert {each.chance for each in assigned} == {Fraction(1)}


def test_a_home_outside_the_class_takes_nothing_away():
    assert len(drawn("*", UNITS, "03646", random.Random(1))) == 10


def test_a_random_subset_carries_its_chance():
    assigned = drawn("*4", UNITS, "X3", random.Random(1))
    assert len(set(units_of(assigned))) == 4
    assert {each.chance for each in assigned} == {Fraction(4, 9)}


def test_a_subset_larger_than_the_class_is_the_class():
    assigned = drawn("*12", UNITS, "X3", random.Random(1))
    assert len(assigned) == 9
    assert {each.chance for each in assigned} == {Fraction(1)}


def test_a_list_asks_about_its_units_but_ones_own():
    assert sorted(units_of(drawn("X1 X3 X5", UNITS, "X3", random.Random(1)))) == ["X1", "X5"]


def test_one_unit_is_one_assignment():
    assert drawn("X1", UNITS, "", random.Random(1)) == (Assignment("X1", Fraction(1)),)


def test_the_same_seed_gives_the_same_units_in_the_same_order():
    assert drawn("*4", UNITS, "", random.Random(7)) == drawn("*4", UNITS, "", random.Random(7))


def test_every_unit_comes_first_about_as_often():
    rng = random.Random(3)
    firsts = Counter(drawn("*", UNITS, "", rng)[0].unit for _ in range(5000))
    assert all(400 < firsts[unit] < 600 for unit in UNITS)


def test_every_unit_is_drawn_as_often_as_its_chance_says():
    rng = random.Random(4)
    hits = Counter(unit for _ in range(5000) for unit in units_of(drawn("*3", UNITS, "X0", rng)))
    assert all(abs(hits[unit] / 5000 - 1 / 3) < 0.03 for unit in UNITS[1:])
