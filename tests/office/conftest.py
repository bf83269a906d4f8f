from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from tests.office.copies import Copy, copied
from tests.office.scored import AT, answered, house_at, kept_scorecard
from tests.support.accounts import add_account
from tests.support.browsing import settle
from tests.support.stores import make_tables

PASSWORD = "một mật khẩu dài"


@pytest.fixture(autouse=True, scope="module")
def _quick_hashes() -> Iterator[None]:
    """Hashes as slow as they have to be are tested with the store."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as lasting:
        lasting.setattr(passwords, "_hasher", quick)
        yield


@pytest.fixture(autouse=True, scope="module")
def _quick_processes(quick_processes: None) -> None:
    """An office has lists read, waves scored and pages laid out by processes apart."""


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> str:
    """A running PostgreSQL, or none: what asks for it runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""


@pytest.fixture
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copy]:
    """An SQLite store as far as the test needs it, with one analyst: see `begin`.

    A module whose wave is another overrides it by `alone`.
    """
    asked = [state for state in ("published", "draft", "wave") if state in request.fixturenames]
    with copied(begin, tmp_path, state=(*asked, "")[0]) as copy:
        yield copy


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Copy]:
    """An SQLite store with one analyst and no wave."""
    with copied(begin, tmp_path, state="") as copy:
        yield copy


@dataclass
class Begun:
    """The wave of a store, and its scorecard, where they were asked for."""

    wave: Wave | None = None
    card: Scorecard | None = None


def begin(database: Database, folder: Path, state: str) -> Begun:
    """An office of one analyst, and a wave: answered (`wave`), scored (`draft`) or `published`."""
    make_tables(database.engine)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    house = house_at(database, folder)
    if not state:
        return Begun()
    study = library.study(write_study(folder / "texts"), folder / "texts")
    wave = answered(house, study, few=4)
    if state == "wave":
        return Begun(wave)
    return Begun(wave, kept_scorecard(house, wave, public=state == "published"))


@pytest.fixture
def house(begun: Copy) -> Iterator[House]:
    """A house on an SQLite store, with one analyst."""
    database = Database(begun.url)
    yield house_at(database, begun.folder)
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
def wave(begun: Copy) -> Wave:
    """The tiny study, answered and closed; four citizens were asked about the first unit."""
    assert begun.kept.wave is not None, "ask for it by name"
    return begun.kept.wave


@pytest.fixture
def draft(begun: Copy) -> Scorecard:
    assert begun.kept.card is not None, "ask for it by name"
    return begun.kept.card


@pytest.fixture
def published(draft: Scorecard) -> Scorecard:
    return draft


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
