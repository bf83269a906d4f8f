"""Every page of the office, with every role: a page that names no permission is nobody's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from survey_app.office.guard.access import OPEN, permission_of
from survey_app.permissions import PERMISSIONS, ROLES, of_roles
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.web import House
from tests.office.conftest import PASSWORD
from tests.office.scored import AT
from tests.support.accounts import add_account

VALUES = {
    "name": ["dot-2026"],
    "number": ["1"],
    "unit": ["SNV"],
    "filename": ["office.css"],
}
"""What stands for each part of an address. Of a list of words, each is tried."""


def rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("office.") and rule.endpoint != "office.static"
    ]


def addresses(app: Flask, rule: Rule) -> Iterator[tuple[str, dict[str, object]]]:
    """Every address of a rule that differs in what it asks for, with its parts."""
    parts: list[dict[str, object]] = [{}]
    for name, converter in rule._converters.items():
        words = getattr(converter, "items", None) or VALUES.get(name, ["1"])
        parts = [{**each, name: word} for each in parts for word in sorted(words)]
    with app.test_request_context():
        for each in parts:
            built = rule.build({name: str(word) for name, word in each.items()})
            assert built is not None, rule.rule
            yield built[1], each


def test_every_page_names_a_permission_or_is_open_to_who_comes_in(app: Flask) -> None:
    for rule in rules(app):
        for _, parts in addresses(app, rule):
            with app.app_context():
                named = permission_of(rule.endpoint, parts)
            assert (named in PERMISSIONS) is (rule.endpoint not in OPEN), (
                f"{rule.endpoint} has to name its permission: @needs(...), below its address"
            )


def test_a_page_that_names_no_permission_is_nobodys(app: Flask, house: House) -> None:
    @app.get("/quan-tri/quen-quyen", endpoint="office.forgotten")
    def forgotten() -> str:
        return "open to all"

    reply = member(app, house, *ROLES).get("/quan-tri/quen-quyen")
    assert reply.status_code == 403
    assert "open to all" not in reply.text


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_it_may_and_nothing_else(
    app: Flask, house: House, draft: Scorecard, role: str
) -> None:
    may = of_roles([role])
    client = member(app, house, role)
    for rule in rules(app):
        for address, parts in addresses(app, rule):
            with app.app_context():
                named = permission_of(rule.endpoint, parts)
            is_refused = named is not None and named not in may
            app.config["WTF_CSRF_ENABLED"] = not is_refused  # else nothing is done by what is sent
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                status = client.open(address, method=method).status_code
                assert (status == 403) is is_refused, f"{role}: {method} {address} gave {status}"


@pytest.mark.parametrize("role", ROLES)
def test_the_page_that_one_comes_to_shows_waves_to_those_who_may_see_them(
    app: Flask, house: House, draft: Scorecard, role: str
) -> None:
    shown = member(app, house, role).get("/quan-tri/").text
    assert ("dot-2026" in shown) is ("wave.see" in of_roles([role]))


def test_who_is_turned_away_is_in_the_log(app: Flask, house: House) -> None:
    member(app, house, "reader").get("/quan-tri/tai-khoan")
    with house.database.reading() as connection:
        line = audit.last(connection, 1)[0]
    assert (line.who, line.action, line.detail) == ("member", "refused", "GET /quan-tri/tai-khoan")


def member(app: Flask, house: House, *roles: str) -> FlaskClient:
    """Somebody with these roles, who has signed in."""
    csrf = app.config.get("WTF_CSRF_ENABLED", True)
    app.config["WTF_CSRF_ENABLED"] = False
    with house.database.writing() as connection:
        add_account(connection, "member", PASSWORD, AT, roles)
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "member", "password": PASSWORD})
    app.config["WTF_CSRF_ENABLED"] = csrf
    return client
