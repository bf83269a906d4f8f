from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.app import create_app
from survey_app.identity import second_factor
from survey_app.settings import Settings, SignIn
from survey_app.store.engine.database import Database
from survey_app.store.identity import accounts, second_factors
from survey_app.store.identity.accounts import Account
from survey_app.store.log import audit
from survey_app.store.log.log_keys import LogKeys
from survey_app.web import House
from tests.office.copies import copied, migrated
from tests.support.accounts import add_account

PASSWORD = "một mật khẩu dài"
NOW = datetime(2026, 8, 5, 1, tzinfo=UTC)
SIGN_IN = "/quan-tri/dang-nhap"
CODE = "/quan-tri/ma-xac-thuc"
_PROCESSES = 2
OWN = "/quan-tri/tai-khoan-cua-toi"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@dataclass
class Office:
    """A store, the processes that share it, and the time that all of them read."""

    settings: Settings
    databases: list[Database] = field(default_factory=list)
    now: datetime = NOW
    ticks: float = 1000.0
    _processes: list[Flask] = field(default_factory=list)
    _come: int = 0

    def __post_init__(self) -> None:
        self.databases.append(Database(self.settings.database_url))
        self.databases[0].seal_log(LogKeys(self.settings.log_folder))

    def process(self) -> FlaskClient:
        """A browser that knows nothing yet, at another process than the one before it came to.

        There are two, begun when somebody first comes to them.
        """
        if len(self._processes) < _PROCESSES:
            self._processes.append(self._begun())
        self._come += 1
        return self._processes[(self._come - 1) % _PROCESSES].test_client()

    def _begun(self) -> Flask:
        self.databases.append(Database(self.settings.database_url))
        house = House(
            self.settings, self.databases[-1], clock=lambda: self.now, ticks=lambda: self.ticks
        )
        app = create_app(self.settings, house=house)
        app.config["WTF_CSRF_ENABLED"] = False
        return app

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)
        self.ticks += timedelta(**passed).total_seconds()

    def add(self, name: str, *roles: str, has_phone: bool = False) -> Account:
        with self.databases[0].writing() as connection:
            made = add_account(connection, name, PASSWORD, NOW.isoformat(), roles)
            if has_phone:
                sealed = self.key.seal(self.secret(name), made.id)
                digests = [self.key.digest(code, made.id) for code in self.paper(name)]
                second_factors.set_up(connection, made.id, sealed, 0, digests)
            return accounts.get(connection, made.id)

    @property
    def key(self) -> second_factor.FactorKey:
        return second_factor.FactorKey(self.settings.log_folder)

    def secret(self, name: str) -> bytes:
        return name.encode().ljust(20, b".")

    def paper(self, name: str) -> list[str]:
        return [f"{name}-paper-{number}" for number in range(10)]

    def code(self, name: str, steps: int = 0) -> str:
        """What the phone shows, so many half minutes later."""
        shown = pyotp.TOTP(second_factor.text_of(self.secret(name)))
        return shown.at(self.now + timedelta(seconds=30 * steps))

    def account(self, name: str) -> Account:
        with self.databases[0].reading() as connection:
            return accounts.find(connection, name)

    def log(self) -> list[tuple[str, str]]:
        return [(line.who, line.action) for line in self.lines()]

    def lines(self) -> list[audit.Line]:
        """The log of the office, the oldest line first."""
        with self.databases[0].reading() as connection:
            assert audit.verify(connection) is None
            return list(audit.last(connection))[::-1]


@pytest.fixture
def make_office(server: str, tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """make_office(second_factor="none"): an office on an empty store, by settings of sign-in."""
    offices: list[Office] = []
    with copied(migrated, tmp_path, server=server) as copy:

        def make(**settings: Any) -> Office:
            asked = SignIn(**settings)
            offices.append(Office(Settings(tmp_path, copy.url, "k" * 40, sign_in=asked)))
            return offices[-1]

        yield make
        for database in (each for office in offices for each in office.databases):
            database.close()


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """As it is set where nobody sets anything: who administers or approves needs a phone."""
    return make_office()


def enter(
    browser: FlaskClient, name: str, password: str = PASSWORD, agent: str = FIREFOX, **options: Any
) -> Any:
    """Send a name and a password."""
    sent = {"name": name, "password": password}
    return browser.post(SIGN_IN, data=sent, headers={"User-Agent": agent}, **options)


def give(browser: FlaskClient, code: str, agent: str = FIREFOX) -> Any:
    """Send a code of the phone, or one on paper."""
    return browser.post(CODE, data={"code": code}, headers={"User-Agent": agent})


def is_in(browser: FlaskClient) -> bool:
    return browser.get(OWN).status_code == 200


def texts(lines: Iterable[tuple[str, str]]) -> list[str]:
    return [action for _, action in lines]
