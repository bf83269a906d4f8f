"""Jobs of an open wave tell nobody what a person did: not their rows, their pages, nor their end.

The attacker has an account of the office, and knows who sends and when.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from survey_app.identity import passwords
from survey_app.store import tables as t
from tests.contract.test_anonymity_watched import Analyst, delegate_sends
from tests.office.handing_in import understood, upload
from tests.office.ticking import ticked
from tests.respondent.live_survey import LiveSurvey, live_survey

pytestmark = pytest.mark.usefixtures("quick_processes")

UNTOLD = {"id", "folder", "worker", "asked_at", "started_at", "ended_at", "result"}
"""What differs from one job to the next whatever anybody answers: `result` names a scorecard."""


@pytest.fixture
def survey(database_url, tmp_path, monkeypatch):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    with live_survey(tmp_path, url=database_url, council=16, citizens=2) as made:
        yield made


def rows(survey: LiveSurvey) -> list[dict[str, Any]]:
    with survey.database.reading() as connection:
        found = connection.execute(select(t.jobs).order_by(t.jobs.c.id)).mappings()
        return [{name: row[name] for name in row if name not in UNTOLD} for row in found]


def seen(analyst: Analyst, number: int) -> list[str]:
    """Every page of a job, without what differs whatever happens."""
    analyst.client.get("/quan-tri/")  # which says, once, what was done before
    paths = ("/quan-tri/cong-viec", f"/quan-tri/cong-viec/{number}")
    pages = [analyst.client.get(path).get_data(as_text=True) for path in paths]
    pages.append(analyst.client.get(f"{paths[1]}/tien-do").get_data(as_text=True))
    return [re.sub(r'value="[^"]{40,}"', "", page) for page in pages]


def test_one_answer_changes_no_page_of_jobs_and_no_row_of_the_next_scoring(survey):
    analyst = Analyst(survey)
    for number in range(8):
        delegate_sends(survey, number, {"SNV": "A", "STP": "B"})
    survey.app.extensions["cchc"].mixer.mix_all()
    analyst.score()
    before = seen(analyst, 1)
    delegate_sends(survey, 8, {"SNV": "D", "STP": "D"})
    assert seen(analyst, 1) == before
    analyst.score()
    first, second = rows(survey)
    assert first == second
    assert (first["state"], first["progress_most"]) == ("done", 3)


LISTED = "case,group,sample,asked,stratum,weight\n" + "\n".join(
    f"{label},council,hdnd,*,all,1" for label in (*(f"council-{n}" for n in range(16)), "new")
)


def test_one_answer_changes_nothing_of_what_is_said_of_a_list(survey):
    analyst = Analyst(survey)

    def said() -> list[str]:
        faulty = upload(analyst.client, "sample", LISTED.encode()).get_data(as_text=True)
        sound = LISTED.replace("council-", "other-").encode()
        page, address = understood(analyst.client, upload(analyst.client, "sample", sound))
        analyst.client.post(f"{address}/bo")
        analyst.client.get("/quan-tri/")  # which says, once, that it was dropped
        return [re.sub(r"[0-9A-Za-z_.-]{40,}|(?<=/)[0-9]+", "", each) for each in (faulty, page)]

    before = said()
    assert "Số hiệu này đã được nhập" in before[0]
    delegate_sends(survey, 8, {"SNV": "D", "STP": "D"})
    assert said() == before


def test_a_closing_that_is_refused_does_not_tell_how_many_ballots_wait(survey):
    analyst = Analyst(survey)
    refusals = []
    for number in range(2):
        delegate_sends(survey, number, {"SNV": "A", "STP": "B"})
        assert ticked(analyst.client, "/quan-tri/dot/test/close").status_code == 409
        refusals.append(rows(survey)[-1])
    assert refusals[0] == refusals[1]
    assert refusals[0]["state"] == "failed"
