"""No form can hold more than what sealed drafts and ballots are padded to, whatever is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from survey_app.fieldwork.protection import ballot_sealing, sealing
from survey_app.questionnaire import library
from survey_app.questionnaire.filling import answers
from survey_app.questionnaire.filling.draft import Draft
from survey_app.questionnaire.filling.journey import ABOUT
from survey_app.questionnaire.library import study_from_texts
from survey_app.respondent import padding
from survey_app.store.answers.ballots import Ballot, Rating
from tests.builders import NAME, study_texts

SHIPPED = ("sonla/2025-department", "sonla/2025-commune")
UNITS = ("SNV", "STP", "03646", "x" * 32)


@cache
def questionnaires():
    """Every questionnaire that is shipped, and the tiny ones."""
    studies = [library.study(name) for name in SHIPPED] + [study_from_texts(NAME, study_texts())]
    return [form for study in studies for form in study.questionnaires.values()]


def sent_for(item):
    """Anything that a phone may send for an item, crafted or not."""
    if item.scale is not None:
        codes = st.sampled_from([option.code for option in item.scale.options])
        return st.lists(codes, max_size=len(item.scale.options), unique=True)
    if item.kind in {"text", "long_text"}:
        hostile = st.sampled_from(["\U0001f600", '"', "\\", "\n", "\x00", "ế", "\u2028", "a\u0301"])
        words = st.one_of(st.text(max_size=40), hostile.map(lambda one: one * item.max_length))
        return words.map(lambda text: [text])
    return st.sampled_from(["", "1", "-12345", "31/12/2026", "+99999999999999,999999"]).map(
        lambda text: [text]
    )


@st.composite
def filled_in(draw):
    """A form, and a draft that holds whatever was kept of what was sent."""
    form = draw(st.sampled_from(questionnaires()))
    units = draw(st.permutations(UNITS))[: draw(st.integers(1, len(UNITS)))]
    language = draw(st.sampled_from(form.languages))
    draft = Draft(language, tuple((u, "3/4") for u in units), datetime.now(UTC), seed=11)
    for page in draft.journey(form).pages:
        sent = MultiDict([(i.name, v) for i in page.items for v in draw(sent_for(i))])
        kept, _ = answers.read(page.items, sent)
        draft = draft.keep(page, kept)
    for unit in draw(st.lists(st.sampled_from(units), max_size=2)):
        draft = draft.skip(unit)
    return form, draft


def ballot_of(form, draft):
    """As it is cast."""
    counted = draft.journey(form).counted
    return Ballot(
        "", form.name, form.version, draft.language, "usual", _json(counted.get(ABOUT, {})),
        tuple(
            Rating(unit, place, chance, unit in draft.skipped, _json(counted.get(unit, {})))
            for place, (unit, chance) in enumerate(draft.units, 1)
        ),
        draft.seed,
    )  # fmt: skip


def _json(given):
    return json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@settings(deadline=None, max_examples=150)
@given(filled_in())
def test_nothing_is_longer_than_the_brimful_form(pair):
    form, draft = pair
    longest_draft, longest_ballot = padding.of_forms(form, len(draft.units), UNITS)
    assert len(draft.dump()) <= longest_draft
    ballot = ballot_of(form, draft)
    assert len(ballot.dump()) <= longest_ballot
    loaded = Ballot.load(ballot.dump())
    assert (loaded.about, loaded.ratings, loaded.order_seed, loaded.language) == (
        ballot.about, ballot.ratings, ballot.order_seed, ballot.language,
    )  # fmt: skip


@pytest.mark.parametrize("form", questionnaires(), ids=lambda form: form.name)
def test_every_sealed_draft_and_ballot_of_a_form_has_one_length(form):
    key, private = bytes(32), ballot_sealing.new_private_key()
    public = ballot_sealing.public_key(private)
    draft_size, ballot_size = padding.of_forms(form, 2, UNITS)
    for length in (0, 1, draft_size // 2, draft_size - 1, draft_size):
        assert len(sealing.seal(key, b"x" * length, draft_size)) == len(
            sealing.seal(key, b"", draft_size)
        )
    for length in (0, 1, ballot_size // 2, ballot_size - 1, ballot_size):
        sealed = ballot_sealing.seal(public, "e" * 32, b"x" * length, ballot_size)
        assert ballot_sealing.size_of(sealed) == ballot_size
        assert ballot_sealing.unseal(private, "e" * 32, sealed) == b"x" * length


def test_what_is_longer_against_all_reckoning_is_sealed_all_the_same():
    private = ballot_sealing.new_private_key()
    sealed = ballot_sealing.seal(ballot_sealing.public_key(private), "e" * 32, b"x" * 301, 100)
    assert ballot_sealing.size_of(sealed) == 400
    assert ballot_sealing.unseal(private, "e" * 32, sealed) == b"x" * 301
