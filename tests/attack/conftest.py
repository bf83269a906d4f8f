"""A whole site to be attacked: a wave in the field, one that is published, people who are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from survey_app.app import create_app
from survey_app.identity import passwords
from survey_app.questionnaire import library
from survey_app.store import tables
from survey_app.store.engine.database import Database
from survey_app.store.identity import accounts
from survey_app.store.log import audit
from survey_app.store.log.audit import Line
from survey_app.web import House
from tests.builders import write_study
from tests.fielded import Fielded, field
from tests.office.assessment.conftest import STUDY
from tests.office.scored import AT, answered, house_at, kept_scorecard
from tests.support.accounts import EVERYTHING, add_account

PASSWORD = "một mật khẩu dài"
SIGN_IN = "/quan-tri/dang-nhap"


@dataclass
class Site:
    """The site, and whoever is let into it."""

    app: Flask
    house: House
    fielded: Fielded
    clients: dict[str, FlaskClient]

    def enter(self, name: str, *roles: str, unit: str = "") -> FlaskClient:
        """Somebody with these roles who is in; the same each time."""
        if name not in self.clients:
            with self.house.database.writing() as connection:
                account = add_account(connection, name, PASSWORD, AT, roles or EVERYTHING)
                accounts.change(connection, account, roles=account.roles, unit=unit, fields=())
            self.clients[name] = self.app.test_client()
            with self.without_tokens():
                said = {"name": name, "password": PASSWORD}
                assert self.clients[name].post(SIGN_IN, data=said).status_code == 302
        return self.clients[name]

    @contextmanager
    def without_tokens(self) -> Iterator[None]:
        """Forms are taken without their token meanwhile."""
        self.app.config["WTF_CSRF_ENABLED"] = False
        try:
            yield
        finally:
            self.app.config["WTF_CSRF_ENABLED"] = True

    def lines(self, action: str) -> list[Line]:
        """What the office's log has of an action, the newest first."""
        with self.house.database.reading() as connection:
            return [line for line in audit.last(connection, 500) if line.action == action]

    def rows(self) -> Mapping[str, list[tuple[object, ...]]]:
        """Every row of the store, but for the log, sessions, and what guesses leave."""
        passed_over = {"audit", "sessions", "guesses", "new_devices"}
        with self.house.database.reading() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
                for table in tables.metadata.sorted_tables
                if table.name not in passed_over
            }


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site on a store of each kind; a module's tests share it."""
    folder = tmp_path_factory.mktemp("attacked")
    url = f"sqlite:///{folder / 'a.sqlite3'}"
    if request.param == "postgresql":
        url = _empty(request.getfixturevalue("postgres_url"), folder.name)
    slow = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    database = Database(url)
    tables.metadata.create_all(database.engine)
    house = house_at(database, folder)
    fielded = field(database, folder / "open", study=STUDY)
    wave = answered(house, library.study(write_study(folder / "s"), folder / "s"), each=8)
    kept_scorecard(house, wave, public=True)
    app = create_app(house.settings, house=house)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield Site(app, house, fielded, {})
    database.close()
    passwords._hasher = slow


def _empty(postgres_url: str, name: str) -> str:
    engine = sqlalchemy.create_engine(
        postgres_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}"'))
    return postgres_url.replace("/postgres?", f"/{name}?")
