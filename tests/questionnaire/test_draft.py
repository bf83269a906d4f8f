"""A draft survives being kept, whatever was saved into it and by which window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from survey_app.questionnaire import library
from survey_app.questionnaire.filling.draft import EVERYTHING, Draft, Seen
from tests.builders import NAME, study_texts

FORM = library.study_from_texts(NAME, study_texts()).questionnaires["citizens"]
BEGUN = datetime(2026, 11, 25, 8, tzinfo=UTC)
FRESH = Draft("vi", (("SNV", "1"),), BEGUN)
PAGES = FRESH.journey(FORM).pages

SEEN = st.builds(Seen, st.integers(0, 30), st.sampled_from(["0000", "a1b2", "ffff"]))
ANSWERS = st.dictionaries(st.sampled_from(["age", "used_service"]), st.sampled_from(["1", "2"]))
SAVES = st.lists(
    st.tuples(ANSWERS, st.sets(st.sampled_from(["age", "ways"])), SEEN | st.just(EVERYTHING))
)


def saved(saves) -> Draft:
    draft = FRESH
    for minute, (answers, cleared, seen) in enumerate(saves):
        draft = draft.keep(PAGES[0], answers, cleared, seen=seen)
        draft = draft.saved_at(BEGUN + timedelta(minutes=minute))
    return draft


@given(SAVES)
def test_what_is_kept_is_what_is_read(saves):
    draft = saved(saves)
    assert Draft.load(draft.dump()) == draft


@given(SAVES, ANSWERS, SEEN)
def test_no_answer_is_lost_to_a_window_that_has_not_seen_it(saves, answers, seen):
    before = saved(saves)
    last = before.changed.get(PAGES[0].key)
    after = before.keep(PAGES[0], answers, {"age", "used_service"}, seen=seen).given.get("", {})
    if last and last.revision > seen.revision and last.tab != seen.tab:
        assert before.given[""].items() <= after.items()
        told = before.overtaken(PAGES[0], answers, seen)
        assert {**answers, **told}.items() <= after.items()
    else:
        assert after == answers


def test_a_draft_of_the_version_before_is_still_read():
    old = b'{"language":"vi","units":[["SNV","1"]],"begun":"2026-11-25T08:00:00+00:00","given":{},'
    assert Draft.load(old + b'"skipped":[],"left":[]}') == FRESH
