"""No secret reaches a log, whatever goes wrong."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from survey_app.web import Discreet, keep_logs_discreet

TOKEN = "wb2hdc8kpb26bbqefxydgc9tg2"


def test_an_error_on_a_respondents_page_is_logged_without_the_token(caplog):
    app = Flask("failing")
    keep_logs_discreet(app)

    @app.get("/p/<token>/<page>")
    def broken(token: str, page: str) -> str:
        raise RuntimeError("boom")

    with caplog.at_level(logging.DEBUG):
        assert app.test_client().get(f"/p/{TOKEN}/about").status_code == 500
    assert "Exception on /p/.../about [GET]" in caplog.text
    assert TOKEN not in caplog.text


def test_the_servers_own_log_holds_no_token(caplog):
    keep_logs_discreet(Flask("serving"))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("waitress").error("Exception while serving %s", f"/p/{TOKEN}")
    assert "Exception while serving /p/..." in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("typed", ['"{}"', "({})", "]{}", "'{}", "\u201c{}", "{} {}", "{}."])
@pytest.mark.parametrize("door", ["/p/", "/P/"])
def test_a_token_that_was_mistyped_is_in_no_log_either(caplog, door, typed):
    app = Flask("failing")
    keep_logs_discreet(app)
    with caplog.at_level(logging.DEBUG):
        app.logger.error("Exception on %s [GET]", door + typed.format(TOKEN[:13], TOKEN[13:]))
        app.logger.error("Exception on %s [GET]", door + typed.format(TOKEN, TOKEN))
    assert TOKEN[:13] not in caplog.text
    assert TOKEN[13:] not in caplog.text
    assert caplog.text.count("[GET]") == 2


def test_a_line_break_in_an_address_begins_no_line_of_the_log():
    sent = "/a\n1 forged\u2028line\x1b["
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET %s", (sent,), None)
    assert Discreet().filter(record)
    assert record.getMessage() == r"GET /a\x0a1 forged\x2028line\x1b["
