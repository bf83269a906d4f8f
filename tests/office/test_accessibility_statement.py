"""The statement on accessibility: reached from form and results, readable, in both languages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("address", "said"),
    [("/tro-nang", "Những gì chưa tốt"), ("/tro-nang?lang=en", "What is not yet good")],
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
    assert 'href="/tro-nang"' in stranger.get("/ket-qua").get_data(as_text=True)
    assert 'href="/tro-nang?lang=en"' in stranger.get("/ket-qua?lang=en").get_data(as_text=True)
