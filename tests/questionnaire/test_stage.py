"""How far a form has gone: a coarse stage that says nothing of what was answered."""

from datetime import UTC, datetime

import pytest

from survey_app.questionnaire.filling.draft import Draft
from survey_app.questionnaire.library import study_from_texts
from tests.builders import NAME, study_texts

AT = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def citizen():
    return study_from_texts(NAME, study_texts()).questionnaires["citizens"]


@pytest.fixture
def delegate():
    return study_from_texts(NAME, study_texts()).questionnaires["council"]


def draft(units=("SNV",)):
    return Draft("vi", tuple((unit, "1") for unit in units), AT)


def stages(form, empty, answers=None):
    """The stage after each page that was left."""
    kept, found = empty, [empty.stage(form)]
    for page in empty.journey(form).pages:
        kept = kept.keep(page, answers or {})
        found.append(kept.stage(form))
    return found


def test_a_form_is_opened_begun_half_done_and_almost_done(delegate):
    units = [f"U{number}" for number in range(9)]
    assert stages(delegate, draft(units)) == [0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3]


def test_a_unit_that_is_skipped_counts_as_gone_past(delegate):
    units = [f"U{number}" for number in range(9)]
    assert draft(units).skip("U4").stage(delegate) == 2


def test_a_page_that_hangs_on_an_answer_does_not_count():
    hidden = """  - section: visit
    title:
      vi: Lần đến
      en: The visit
    items:
      - item: again
        ask:
          vi: Ông/Bà có đến lần nữa không?
          en: Did you come again?
        scale: yes_no
        ask_if:
          used_service: [1]
  - section: service
"""
    texts = study_texts(citizens=("  - section: service\n", hidden))
    form = study_from_texts(NAME, texts).questionnaires["citizens"]
    assert stages(form, draft(), {"used_service": "1"}) == [0, 2, 2, 3]
    assert stages(form, draft(), {"used_service": "2"}) == [0, 2, 2, 3]


def test_what_was_answered_changes_nothing(citizen):
    assert stages(citizen, draft()) == stages(citizen, draft(), {"used_service": "1"})
