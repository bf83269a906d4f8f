from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.app import create_app
from survey_app.store.engine.database import Database
from survey_app.store.identity import accounts
from survey_app.web import House
from tests.fielded import field
from tests.fieldwork.studies import TWO_LEAVES
from tests.office.copies import copied
from tests.office.scored import AT, house_at
from tests.support.accounts import add_account
from tests.support.stores import make_tables

PASSWORD = "một mật khẩu dài"
STUDY = {
    "index": [
        TWO_LEAVES,
        ("sub_criteria: 1\n", "sub_criteria: 3\n"),
        (
            "    source: decision\n    criteria:",
            "    source: decision\n    appraised_by: [STP]\n    criteria:",
        ),
    ]
}
"""The tiny study with two criteria that units assess themselves; STP appraises them."""


@pytest.fixture
def house(server: str, tmp_path: Path) -> Iterator[House]:
    """A house on a store of either kind, with an open wave `test` of two units."""
    with copied(_fielded, tmp_path, server=server) as copy:
        database = Database(copy.url)
        yield house_at(database, tmp_path)
        database.close()


def _fielded(database: Database, folder: Path) -> None:
    make_tables(database.engine)
    field(database, folder / "texts", study=STUDY)


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house.settings, house=house)


Enter = Callable[..., FlaskClient]


@pytest.fixture
def enter(app: Flask, house: House) -> Enter:
    """enter("lan", "unit", unit="SNV"): somebody with these roles, who has signed in."""

    def come_in(
        name: str, *roles: str, unit: str = "", fields: tuple[str, ...] = ()
    ) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        add_member(house, name, *roles, unit=unit, fields=fields)
        client = app.test_client()
        client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
        return client

    return come_in


def add_member(
    house: House, name: str, *roles: str, unit: str = "", fields: tuple[str, ...] = ()
) -> None:
    """An account of these roles, for a unit or for fields."""
    with house.database.writing() as connection:
        account = add_account(connection, name, PASSWORD, AT, roles)
        accounts.change(connection, account, roles=roles, unit=unit, fields=fields)


@pytest.fixture
def clerk(enter: Enter) -> FlaskClient:
    return enter("van-thu-snv", "unit", unit="SNV")


@pytest.fixture
def appraiser(enter: Enter) -> FlaskClient:
    return enter("so-tu-phap", "appraiser", unit="STP")


@pytest.fixture
def analyst(enter: Enter) -> FlaskClient:
    return enter("phan-tich", "analyst")
