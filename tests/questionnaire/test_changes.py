from dataclasses import replace

import pytest

from survey_app.questionnaire.editions.changes import Rewording, changes, rewordings
from survey_app.questionnaire.library import study_from_texts
from tests.builders import NAME, study_texts


def council(**change):
    return study_from_texts(NAME, study_texts(**change)).questionnaires["council"]


def test_a_questionnaire_does_not_differ_from_itself():
    assert changes(council(), replace(council(), file="elsewhere.yaml")) == ()


def test_words_may_change_when_the_version_is_raised():
    new = council(council=[("version: 1", "version: 2"), ("en: Choose one", "en: Pick one")])
    assert changes(council(), new) == ()
    assert rewordings(council(), new) == (
        Rewording("leadership hint", "en", "Choose one answer.", "Pick one answer."),
    )


def test_words_may_not_change_under_the_same_version():
    new = council(council=("en: Choose one", "en: Pick one"))
    (problem,) = changes(council(), new)
    assert problem.slug == "version-not-raised"
    assert problem.help == "raise `version` to 2"


def test_a_version_may_not_fall():
    old = replace(council(), version=3)
    assert [problem.slug for problem in changes(old, council())] == ["version-not-raised"]


def test_the_words_of_an_option_are_listed_by_its_code():
    new = council(scales=("en: Poor", "en: Bad"))
    assert rewordings(council(), new) == (Rewording("leadership D", "en", "Poor", "Bad"),)


@pytest.mark.parametrize("change", ["en: Anything else\n", "vi: Gọi số 0212 3850 000."])
def test_any_text_of_the_file_counts_as_a_change(change):
    new = council(
        council=(change, change.replace("\n", "") + " !\n" if "\n" in change else "vi: x")
    )
    assert [problem.slug for problem in changes(council(), new)] == ["version-not-raised"]


def test_an_option_may_be_added_at_the_end_and_an_item_taken_out():
    new = replace(council(), version=2, sections=council().sections[:1])
    (item,) = new.sections[0].items
    more = (*item.scale.options, replace(item.scale.options[0], code="E"))
    item = replace(item, scale=replace(item.scale, options=more))
    new = replace(new, sections=(replace(new.sections[0], items=(item,)),))
    assert changes(council(), new) == ()
