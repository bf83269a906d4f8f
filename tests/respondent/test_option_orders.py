"""Options in an order of chance: the same on every page, phone and day of one form."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from survey_app.questionnaire import orders
from survey_app.questionnaire.filling.draft import Draft
from survey_app.respondent.session import RespondentSession
from tests.builders import ORDERS_DRAWN
from tests.fielded import AT
from tests.respondent.live_survey import LiveSurvey, Mobile, live_copy

FORMS = 16


@pytest.fixture
def drawn(tmp_path: Any, server: str) -> Iterator[LiveSurvey]:
    """The tiny study with orders that are drawn, on SQLite and on PostgreSQL."""
    with live_copy(
        tmp_path, server=server, council=2, citizens=FORMS, study=ORDERS_DRAWN
    ) as survey:
        yield survey


def seed_of(phone: Mobile) -> int | None:
    return RespondentSession.of(phone.client.application.extensions["cchc"], phone.token).seed


def offered(page: Any, item: str) -> list[str]:
    """The codes of an item, as they stand on the page from the top."""
    found = re.findall(
        rf'<input type="(?:radio|checkbox)" name="{item}" value="([^"]+)"', page.html
    )
    return [html.unescape(code) for code in found]


def by_the_rule(survey: LiveSurvey, item: str, seed: int | None) -> list[str]:
    house = survey.app.extensions["cchc"]
    study = house.study(survey.wave.wave.id, survey.wave.wave.study)
    asked = study.questionnaires["citizens"].items[item]
    return [option.code for option in orders.shown(asked, seed)]


def at_the_ways(survey: LiveSurvey, number: int = 0) -> Mobile:
    """A citizen's phone that shows how papers were handed in."""
    phone = survey.phone("citizens", number)
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="1", age="40")
    return phone


def test_each_form_shows_its_own_order_whoever_was_served_before(drawn):
    looks = set()
    for number in range(FORMS):
        phone = at_the_ways(drawn, number)
        seed = seed_of(phone)
        shown = offered(phone.page, "ways")
        assert shown == by_the_rule(drawn, "ways", seed)
        phone.press("next", ways=["post"])
        assert offered(phone.page, "leadership") == by_the_rule(drawn, "leadership", seed)
        looks.add(tuple(shown))
    assert len(looks) > 1  # 16 forms with one seed of 12, or seeds that look alike: never


def test_the_order_stays_in_the_other_language_on_another_phone_and_after_an_error(drawn):
    phone = at_the_ways(drawn)
    shown = offered(phone.page, "ways")
    assert offered(phone.press("lang-en"), "ways") == shown
    other = Mobile(drawn.app, phone.token)
    assert offered(other.open("about"), "ways") == shown
    wrong = other.press("next", ways=["post", "none"])
    assert wrong.title.startswith("Error:")
    assert offered(wrong, "ways") == shown
    other.press("next", ways=["post"])
    assert offered(other.press("back"), "ways") == shown


def test_what_was_ticked_is_read_back_in_the_order_shown_and_stored_by_its_code(drawn):
    phone = at_the_ways(drawn)
    every = [code for code in offered(phone.page, "ways") if code != "none"]
    labels = dict(re.findall(r'name="ways" value="(\w+)"[^>]*>([^<]+)', phone.page.html))
    phone.press("next", ways=every)
    review = phone.press("next", leadership="B")
    assert "; ".join(labels[code] for code in every) in html.unescape(review.html)
    assert phone.press("send").receipt
    (ballot,) = drawn.ballots()
    assert ballot["about"]["ways"] == "counter online post friend other"
    assert ballot["units"]["SNV"]["leadership"] == "B"


def test_the_ballot_keeps_the_seed_of_the_draft(drawn):
    sent = []
    for number in range(4):
        phone = at_the_ways(drawn, number)
        sent.append(seed_of(phone))
        phone.press("next", ways=["post"])
        phone.press("next", leadership="B")
        assert phone.press("send").receipt
    drawn.open_box()
    kept = [row[0] for row in drawn.rows("SELECT order_seed FROM ballots")]
    assert sorted(kept) == sorted(sent)
    assert set(kept) <= set(range(orders.SEEDS))


def test_a_delegate_sees_one_direction_for_every_unit(drawn):
    phone = drawn.phone("council")
    phone.open()
    first = offered(phone.press("begin"), "leadership")
    second = offered(phone.press("next", leadership="A"), "leadership")
    assert first == second == by_the_rule(drawn, "leadership", seed_of(phone))
    assert first[-1] == "KB"


def test_beginning_again_draws_no_other_order(drawn):
    phone = at_the_ways(drawn)
    seed = seed_of(phone)
    for language in ("en", "vi"):
        phone.open(lang=language)
        phone.press("begin")
        assert seed_of(phone) == seed


def test_a_form_without_drawn_orders_has_no_seed(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    assert seed_of(phone) is None
    phone.press("next", used_service="2", age="40")
    phone.press("next", leadership="B")
    assert phone.press("send").receipt
    survey.open_box()
    assert survey.rows("SELECT order_seed FROM ballots") == [(None,)]


def test_a_draft_of_before_there_were_seeds_can_still_be_read():
    draft = Draft("vi", (("SNV", "1"),), datetime.fromisoformat(AT))
    assert b"seed" not in draft.dump()
    assert Draft.load(draft.dump()) == draft
