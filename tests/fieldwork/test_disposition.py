from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.fieldwork import disposition
from survey_app.fieldwork.disposition import CLASSES, History, Thresholds, codes, event_kinds

HISTORIES = [
    (History(), "3.11"),
    (History(issued=True, events=("issued",)), "3.19"),
    (History(issued=True, events=("issued", "called", "reminded")), "3.19"),
    (History(issued=True, begun=True), "2.1121"),
    (History(issued=True, begun=True, stage=1), "2.12"),
    (History(issued=True, begun=True, stage=3), "2.12"),
    (History(issued=True, spent=True, events=("issued", "refused")), "1.1"),
    (History(issued=True, events=("issued", "delivery_failed")), "3.30"),
    (History(issued=True, events=("issued", "delivery_failed", "issued")), "3.19"),
    (History(issued=True, events=("issued", "refused", "called")), "2.111"),
    (History(issued=True, begun=True, stage=1, events=("late_copy",)), "2.27"),
    (History(issued=True, events=("wrong_person",)), "4.10"),
    (History(issued=True, events=("duplicate",)), "4.81"),
    (History(issued=True, events=("away", "dead")), "2.31"),
    (History(issued=True, events=("something of a later version",)), "3.19"),
]


@pytest.mark.parametrize(("history", "code"), HISTORIES)
def test_a_history_has_an_outcome(history, code):
    assert disposition.of(history).code == code


BALLOTS = [
    (10, 10, "1.1"),
    (8, 10, "1.1"),
    (7, 10, "1.2"),
    (5, 10, "1.2"),
    (4, 10, "2.12"),
    (0, 0, "2.12"),
]


@pytest.mark.parametrize(("answered", "asked", "code"), BALLOTS)
def test_a_returned_form_is_judged_by_what_was_answered(answered, asked, code):
    assert disposition.of_ballot(answered, asked).code == code


def test_the_thresholds_are_the_waves_own():
    strict = Thresholds(complete=Fraction(1), partial=Fraction(9, 10))
    assert disposition.of_ballot(8, 10, strict).code == "2.12"


def test_every_code_belongs_to_one_class_and_has_words_in_both_languages():
    assert len(codes()) >= 19
    for each in codes().values():
        assert each.class_ in CLASSES
        assert each.label["vi"]
        assert each.label["en"]


def test_every_class_has_a_code():
    assert {each.class_ for each in codes().values()} == set(CLASSES)


def test_a_code_keeps_its_zero():
    assert {"3.30", "3.40", "4.10"} <= set(codes())


def test_every_event_that_means_something_means_a_known_code():
    assert all(not each.code or each.code in codes() for each in event_kinds().values())


histories = st.builds(
    History,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
    st.lists(st.sampled_from(sorted(event_kinds()))).map(tuple),
)


@given(st.lists(histories))
def test_every_case_is_counted_exactly_once(listed):
    counted = disposition.counts(map(disposition.of, listed))
    assert tuple(counted) == CLASSES
    assert sum(counted.values()) == len(listed)
