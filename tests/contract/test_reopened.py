"""A wave that is opened once more: exactly once still holds, and two scorings tell of nobody.

The attacker has an account of the office, scores before the wave is reopened and after it is closed
again, and knows who answered in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from survey_app.conduct import reopening
from survey_app.store import waves
from survey_app.store.waves import Wave, WaveState
from survey_app.web import House
from tests.contract.test_anonymity_watched import (
    DELEGATES,
    Analyst,
    delegate_sends,
    differences,
    mix,
    opened_by_what_lies_around,
    quick_hashes,
    subtracted,
)
from tests.office.ticking import ticked
from tests.respondent.live_survey import LiveSurvey, live_survey

pytestmark = pytest.mark.usefixtures("quick_processes")

__all__ = ["quick_hashes"]

TEST = "/quan-tri/dot/test"
WHY = {"reason": "Bổ sung phiếu còn thiếu"}
ACCEPT = {"accept": "1"}
LEAVE_OUT = {**ACCEPT, "leave_out": "1"}


def wave_of(survey: LiveSurvey) -> Wave:
    with survey.database.reading() as connection:
        return waves.find(connection, "test")


def house_of(survey: LiveSurvey) -> House:
    house: House = survey.app.extensions["cchc"]
    return house


def close(analyst: Analyst, **boxes: str) -> int:
    return ticked(analyst.client, f"{TEST}/close", **boxes).status_code


def reopen(analyst: Analyst) -> None:
    assert analyst.client.post(f"{TEST}/mo-lai", data=WHY).status_code == 302


def closed_and_scored(survey: LiveSurvey, sent: int) -> tuple[Analyst, list[dict[str, Any]]]:
    """A wave in which some delegates answered; closed, and scored by the attacker."""
    for number in range(sent):
        delegate_sends(survey, number, {"SNV": "ABCD"[number % 4], "STP": "B"})
    analyst = Analyst(survey)
    assert close(analyst, **ACCEPT) == 302
    return analyst, analyst.score()


def rates(codes: Mapping[str, str], survey: LiveSurvey, numbers: range) -> None:
    for number in numbers:
        delegate_sends(survey, number, codes)


@pytest.mark.usefixtures("quick_hashes")
def test_a_wave_is_not_scored_nor_published_while_it_is_open_again(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        analyst, _ = closed_and_scored(survey, 11)
        reopen(analyst)
        for action in ("score", "merge", "publish/prepare", "publish/approve"):
            sent = {"card": "1"}
            assert analyst.client.post(f"{TEST}/{action}", data=sent).status_code == 409, action
        page = analyst.client.get(TEST).get_data(as_text=True)
        assert "Đã cũ" in page
        assert "Bổ sung phiếu còn thiếu" in page
        assert survey.rows("SELECT COUNT(*) FROM scorecards") == [(1,)]


@pytest.mark.usefixtures("quick_hashes")
def test_one_who_answers_after_a_reopening_is_not_told_by_two_scorings(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        analyst, before = closed_and_scored(survey, 11)
        reopen(analyst)
        rates({"SNV": "C", "STP": "A"}, survey, range(11, 12))
        mix(survey)
        assert close(analyst) == 409
        assert close(analyst, **ACCEPT) == 409
        assert wave_of(survey).state == "open"
        (epoch,) = survey.rows("SELECT id FROM epochs")
        bodies = dict(survey.rows("SELECT id, body FROM sealed_ballots"))
        assert opened_by_what_lies_around(survey, epoch[0], bodies) == 1, "the key is there"
        assert close(analyst, **LEAVE_OUT) == 302
        after = analyst.score()
        assert subtracted(before, after) == {}
        assert differences(before, after) == {}
        assert wave_of(survey).left_out == 1
        assert opened_by_what_lies_around(survey, epoch[0], bodies) == 0, "and is destroyed"
        lines = survey.rows("SELECT detail FROM audit WHERE action = 'forms-left-out'")
        assert lines == [("test 1",)]


@pytest.mark.usefixtures("quick_hashes")
def test_five_who_answer_after_a_reopening_count(database_url: str, tmp_path: Path) -> None:
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        analyst, before = closed_and_scored(survey, 11)
        reopen(analyst)
        rates({"SNV": "D", "STP": "D"}, survey, range(11, 16))
        assert close(analyst, **ACCEPT) == 302
        assert differences(before, analyst.score()) == {
            ("SNV", "council"): 5,
            ("STP", "council"): 5,
        }
        assert wave_of(survey).left_out == 0


@pytest.mark.usefixtures("quick_hashes")
def test_reopening_twice_does_not_add_up_to_a_few(database_url: str, tmp_path: Path) -> None:
    """Four and one more: each time fewer than five have come since the scoring before."""
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        analyst, before = closed_and_scored(survey, 11)
        reopen(analyst)
        rates({"SNV": "D", "STP": "D"}, survey, range(11, 15))
        assert close(analyst, **LEAVE_OUT) == 302
        reopen(analyst)
        rates({"SNV": "A", "STP": "A"}, survey, range(15, 16))
        assert close(analyst, **ACCEPT) == 409
        assert close(analyst, **LEAVE_OUT) == 302
        assert differences(before, analyst.score()) == {}
        assert wave_of(survey).left_out == 5


@pytest.mark.usefixtures("quick_hashes")
def test_a_receipt_holds_and_nobody_sends_twice(database_url: str, tmp_path: Path) -> None:
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        analyst, _ = closed_and_scored(survey, 11)
        sent, late = survey.phone("council", 0), survey.phone("council", 12)
        receipt = sent.open().receipt
        assert receipt
        assert late.open().status == 410
        reopen(analyst)
        assert sent.open().receipt == receipt
        assert late.open().status == 200
        assert (
            sent.post(sent.address, {"go": "begin", "csrf_token": sent.csrf()}).receipt == receipt
        )
        delegate_sends(survey, 12, {"SNV": "A", "STP": "A"})
        assert survey.rows("SELECT COUNT(*) FROM sealed_ballots") == [(1,)]
        assert survey.rows("SELECT COUNT(*) FROM ballots") == [(11,)]


@pytest.mark.usefixtures("quick_hashes")
def test_boards_of_a_reopened_wave_go_on_from_what_was_shown_in_steps_of_five(
    database_url: str, tmp_path: Path
) -> None:
    with live_survey(tmp_path, url=database_url, council=DELEGATES) as survey:
        analyst, _ = closed_and_scored(survey, 9)
        reopen(analyst)
        pages = analyst.pages()
        for number in range(9, 13):
            phone = survey.phone("council", number)
            phone.open()
            phone.press("begin")
            mix(survey)
            assert analyst.pages() == pages
        rates({"SNV": "D", "STP": "D"}, survey, range(9, 12))
        mix(survey)
        assert analyst.pages() == pages


@pytest.mark.usefixtures("quick_hashes")
def test_a_wave_is_reopened_for_a_reason_before_publication_and_never_to_close_at_once(
    tmp_path: Path,
) -> None:
    with live_survey(tmp_path, council=DELEGATES) as survey:
        house = house_of(survey)
        with pytest.raises(WaveState, match="closed wave"):
            reopening.reopen(house, "test", "lan", "why", None)
        analyst, _ = closed_and_scored(survey, 11)
        for reason, closes_at in (("  ", None), ("why", "2026-01-01T00:00:00+00:00")):
            with pytest.raises(WaveState):
                reopening.reopen(house, "test", "lan", reason, closes_at)
        assert analyst.client.post(f"{TEST}/mo-lai", data={"reason": " "}).status_code == 422
        survey.run("UPDATE scorecards SET published_at = made_at")
        with pytest.raises(WaveState, match="published"):
            reopening.reopen(house, "test", "lan", "why", None)
        assert wave_of(survey).state == "closed"
        assert survey.rows("SELECT COUNT(*) FROM epochs") == [(0,)]
