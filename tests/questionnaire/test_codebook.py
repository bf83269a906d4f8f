from decimal import Decimal

import pytest

from survey_app.questionnaire import codebook
from survey_app.questionnaire.library import study_from_texts
from tests.builders import NAME, study_texts


@pytest.fixture(scope="module")
def tiny():
    return study_from_texts(NAME, study_texts())


def test_every_item_is_in_the_codebook_once_for_each_of_its_codes(tiny):
    rows = [(row.variable, row.code) for row in codebook.codebook(tiny)]
    assert len(set(rows)) == len(rows)
    assert [code for name, code in rows if name == "leadership"] == ["A", "B", "C", "D", "KB"]
    assert ("remark", "") in rows


def test_an_item_names_the_groups_it_is_asked_of_and_the_criteria_it_earns(tiny):
    row = next(row for row in codebook.codebook(tiny) if row.variable == "leadership")
    assert (row.groups, row.criterion, row.coefficient) == ("council citizens", "1.2.1", "1")


def test_no_opinion_has_no_worth_in_the_options(tiny):
    assert codebook.options(tiny) == [
        ("leadership", "A", "1"),
        ("leadership", "B", "0.6"),
        ("leadership", "C", "0.2"),
        ("leadership", "D", "0"),
        ("leadership", "KB", ""),
    ]


def test_criteria_link_a_leaf_to_each_of_its_groups(tiny):
    assert codebook.criteria(tiny) == [
        ("1.2.1", "1.5", "council", "leadership", "1"),
        ("1.2.1", "1.5", "citizens", "leadership", "1"),
    ]


def test_a_group_that_weighs_nothing_is_not_linked():
    change = "groups:\n              council: 0\n              citizens: 1"
    study = study_from_texts(NAME, study_texts(index=("groups: [council, citizens]", change)))
    assert [row.group for row in codebook.criteria(study)] == ["citizens"]


def test_the_tree_is_written_with_each_node_after_its_parent(tiny):
    rows = [(row.code, row.parent, row.level, row.max_points) for row in codebook.index_rows(tiny)]
    assert rows == [
        ("1", "", "field", "10.0"),
        ("1.1", "1", "criterion", "8.5"),
        ("1.2", "1", "criterion", "1.5"),
        ("1.2.1", "1.2", "sub_criterion", "1.5"),
    ]


def test_grades_are_written_best_first(tiny):
    assert [(row.grade, row.min, row.component_floor) for row in codebook.grading_rows(tiny)] == [
        ("A", "80", "50"),
        ("B", "0", ""),
    ]


def test_a_number_is_never_written_with_an_exponent():
    assert codebook.plain(Decimal("1E+2")) == "100"
    assert codebook.plain(Decimal("0.000001")) == "0.000001"
    assert codebook.plain(None) == ""
