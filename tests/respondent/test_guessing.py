"""Guessing at links is slowed down, and nobody else behind the same address notices."""

from __future__ import annotations

import pytest

from survey_app.fieldwork import tokens
from survey_app.respondent.views import MOST_WRONG


def asked(client, token: str, address: str = "10.0.0.1") -> int:
    return client.get(f"/p/{token}", environ_base={"REMOTE_ADDR": address}).status_code


@pytest.fixture
def guesser(survey):
    return survey.app.test_client(use_cookies=False)


def test_whoever_guesses_is_told_to_wait_and_when_to_come_back(guesser):
    statuses = [asked(guesser, tokens.new()) for _ in range(1500)]
    assert statuses == [404] * MOST_WRONG + [429] * (1500 - MOST_WRONG)
    reply = guesser.get(f"/p/{tokens.new()}", environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert reply.headers["Retry-After"] == "60"
    assert "đợi một phút" in reply.text
    assert 'lang="en"' in reply.text


def test_guesses_of_any_shape_and_at_any_page_are_counted(survey, guesser):
    for number in range(MOST_WRONG // 3):
        asked(guesser, f"abc{number}")
        asked(guesser, tokens.new() + "/about")
        guesser.post(f"/p/{tokens.new()}", environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert asked(guesser, tokens.new()) == 429


def test_nobody_behind_the_same_address_is_shut_out(survey, guesser):
    for _ in range(MOST_WRONG + 5):
        asked(guesser, tokens.new())
    assert asked(guesser, tokens.new()) == 429
    phone = survey.phone("citizens")
    phone.client.environ_base["REMOTE_ADDR"] = "10.0.0.1"
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2")
    phone.press("next", leadership="A")
    assert phone.press("send").receipt
    assert asked(guesser, tokens.new(), "10.0.0.2") == 404


def test_a_commune_that_answers_behind_one_address_is_never_counted(surveys):
    survey = surveys(citizens=MOST_WRONG + 5)
    for number in range(MOST_WRONG + 5):
        assert survey.phone("citizens", number).open().status == 200
    assert asked(survey.app.test_client(), tokens.new(), "127.0.0.1") == 404


def test_processes_share_what_one_address_may_guess(survey, guesser):
    house = survey.app.extensions["cchc"]
    object.__setattr__(house.settings, "processes", 2)
    statuses = [asked(guesser, tokens.new()) for _ in range(MOST_WRONG)]
    assert statuses.count(404) == MOST_WRONG // 2
