"""No secret reaches a log, whatever goes wrong."""

from __future__ import annotations

import io
import logging
from urllib.parse import quote

import pytest
from flask import Flask

from survey_app.web import keep_logs_discreet

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


FORGED = "2026-01-01 00:00:00 INFO audit: nothing happened"


@pytest.mark.parametrize(
    "line_break", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_nobody_writes_a_line_of_the_log_by_what_they_send(line_break):
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    app = Flask("failing")
    keep_logs_discreet(app)
    app.logger.addHandler(handler)
    sent = f"x{line_break}{FORGED}"

    @app.get("/<anything>")
    def broken(anything: str) -> str:
        raise RuntimeError(anything)

    try:
        assert app.test_client().get(f"/{quote(sent)}").status_code == 500
    finally:
        app.logger.removeHandler(handler)
    lines = said.getvalue().splitlines()
    assert any(FORGED in line for line in lines)
    assert not any(line.startswith(FORGED) for line in lines)
    assert [line for line in lines if not line.startswith("  ")] == lines[:1], "one line, indented"


def test_a_control_character_in_an_address_does_not_reach_a_terminal(caplog):
    keep_logs_discreet(Flask("serving"))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("waitress").error("Exception while serving %s", "/\x1b[2J\x07")
    assert r"/\x1b[2J\x07" in caplog.text
    assert "\x1b" not in caplog.text
