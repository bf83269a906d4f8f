from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from survey_app.app import create_app
from survey_app.identity import passwords
from survey_app.questionnaire import library
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.scored import AT, answered, house_at, kept_scorecard
from tests.support.accounts import add_account
from tests.support.browsing import settle
from tests.support.stores import make_tables

PASSWORD = "một mật khẩu dài"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as slow as they have to be are tested with the store."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house on an empty SQLite store, with one analyst."""
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    make_tables(database.engine)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    yield house_at(database, tmp_path)
    database.close()


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house.settings, house=house)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Nobody we know; forms are sent without their token, as in most tests of pages."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def analyst(app: Flask, stranger: FlaskClient) -> FlaskClient:
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
    return client


@pytest.fixture
def wave(house: House, tmp_path: Path) -> Wave:
    """The tiny study, answered and closed; four citizens were asked about the first unit."""
    return answered(
        house, library.study(write_study(tmp_path / "texts"), tmp_path / "texts"), few=4
    )


@pytest.fixture
def draft(house: House, wave: Wave) -> Scorecard:
    return kept_scorecard(house, wave)


@pytest.fixture
def published(house: House, wave: Wave) -> Scorecard:
    return kept_scorecard(house, wave, public=True)


@pytest.fixture
def signed_page(app: Flask, serve: Callable[[Flask], str]) -> Callable[..., str]:
    """Signs a browser page in and gives the address of the house."""
    app.config["WTF_CSRF_ENABLED"] = True

    def sign_in(page: object) -> str:
        home = serve(app)
        page.goto(f"{home}/quan-tri/")  # type: ignore[attr-defined]
        page.fill("#name", "lan")  # type: ignore[attr-defined]
        page.fill("#password", PASSWORD)  # type: ignore[attr-defined]
        page.click("main button[type=submit]")  # type: ignore[attr-defined]
        settle(page)
        return home

    return sign_in
