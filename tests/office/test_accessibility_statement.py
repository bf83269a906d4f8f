"""The statement on accessibility: reached from form and results, readable, in both languages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/kha-nang-tiep-can", "Những gì chưa tốt"),
        ("/kha-nang-tiep-can?lang=en", "What is not yet good"),
    ],
)
def test_the_statement_says_what_is_tested_and_what_is_not_yet_good(
    stranger: FlaskClient, address: str, said: str
) -> None:
    reply = stranger.get(address)
    html = reply.get_data(as_text=True)
    assert reply.status_code == 200
    assert "Set-Cookie" not in reply.headers
    assert "WCAG 2.2" in html
    assert said in html
    assert html.count("<li>") > 10


def test_the_public_results_lead_to_it_in_their_language(stranger: FlaskClient) -> None:
    assert 'href="/kha-nang-tiep-can"' in stranger.get("/ket-qua").get_data(as_text=True)
    in_english = stranger.get("/ket-qua?lang=en").get_data(as_text=True)
    assert 'href="/kha-nang-tiep-can?lang=en"' in in_english


def test_the_old_address_of_the_statement_still_leads_there(stranger: FlaskClient) -> None:
    for asked, wanted in (("", "/kha-nang-tiep-can"), ("?lang=en", "/kha-nang-tiep-can?lang=en")):
        reply = stranger.get(f"/tro-nang{asked}")
        assert (reply.status_code, reply.headers["Location"]) == (301, wanted)
