"""A wave in the field behind the real application, and respondents who need no network.

with live_survey(tmp_path, citizens=1) as survey:
    phone = survey.phone("citizens")
    phone.open(), phone.press("begin"), phone.press("next", age="40")
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import inspect

from survey_app.app import create_app
from survey_app.demo.phone import Page, read
from survey_app.fieldwork import tokens
from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from tests.fielded import Fielded, field
from tests.office.copies import copied
from tests.support.accounts import PASSWORD_ALONE
from tests.support.ballot_box import open_all, sealed_ballots

KEY = "k" * 40


@dataclass
class LiveSurvey:
    """The application, its store, and the wave that is in the field."""

    app: Flask
    database: Database
    wave: Fielded
    folder: Path

    def phone(self, group: str, number: int = 0) -> Mobile:
        """The phone of one respondent of a group."""
        return Mobile(self.app, self.wave.tokens[group][number])

    def ballots(self) -> list[dict[str, Any]]:
        """What was sent: for each ballot its answers about no unit, and by unit.

        Those that are still sealed are read with their key; nothing in the store changes.
        """
        sealed = [
            {
                "about": json.loads(ballot.about),
                "language": ballot.language,
                "pace": ballot.pace,
                "units": {
                    rating.unit: None if rating.skipped else json.loads(rating.answers)
                    for rating in ballot.ratings
                },
            }
            for ballot in sealed_ballots(self.database, self.folder).values()
        ]
        return sealed + self.mixed_ballots()

    def open_box(self) -> None:
        """Mix every ballot, however few there are."""
        open_all(self.database, self.folder)

    def mixed_ballots(self) -> list[dict[str, Any]]:
        """The ballots in the clear."""
        rows = self.rows("SELECT id, about, language, pace FROM ballots ORDER BY id")
        return [
            {
                "about": json.loads(about),
                "language": language,
                "pace": pace,
                "units": {
                    unit: None if skipped else json.loads(answers)
                    for unit, skipped, answers in self.rows(
                        f"SELECT unit, skipped, answers FROM ratings WHERE ballot_id = '{key}'"
                    )
                },
            }
            for key, about, language, pace in rows
        ]

    def rows(self, sql: str) -> list[Any]:
        """What a query finds."""
        with self.database.reading() as connection:
            return list(connection.exec_driver_sql(sql).fetchall())

    def run(self, sql: str) -> None:
        """Change the store behind everybody's back."""
        with self.database.writing() as connection:
            connection.exec_driver_sql(sql)

    def fingerprint(self) -> str:
        """A digest of every row of every table."""
        digest = hashlib.sha256()
        for table in sorted(inspect(self.database.engine).get_table_names()):
            for row in sorted(map(repr, self.rows(f"SELECT * FROM {table}"))):
                digest.update(f"{table}{row}".encode())
        return digest.hexdigest()


class Mobile:
    """A phone without scripts of its own; follows what it is shown, keeps no cookie."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client(use_cookies=False)
        self.token, self.address = token, f"/p/{token}"
        self.page = Page(0, "")

    def open(self, page: str = "", **query: str) -> Page:
        """Go to a page of the invitation."""
        path = f"/p/{self.token}" + (f"/{page}" if page else "")
        return self._shown(path, self.client.get(path, query_string=query))

    def press(self, button: str, **answers: Any) -> Page:
        """Send the form at hand by a button; what is not given stays as it was shown."""
        assert self.page.action is not None, self.page.html
        kept = {**self.page.hidden, **filled_in(self.page.html)}
        sent = {"go": button, **kept, **answers}
        return self.post(self.page.action, {name: v for name, v in sent.items() if v is not None})

    def post(self, path: str, sent: Any) -> Page:
        """Send anything anywhere."""
        return self._shown(path, self.client.post(path, data=sent))

    def csrf(self) -> str:
        """What a form of this invitation holds."""
        return tokens.csrf(self.token, KEY)

    def _shown(self, path: str, reply: Any) -> Page:
        self.address = path
        self.headers = reply.headers
        self.page = read(reply.status_code, reply.get_data(as_text=True))
        return self.page


def filled_in(page: str) -> dict[str, Any]:
    """What is chosen and written on a page, as a browser would send it back."""
    sent: dict[str, Any] = {}
    for tag in re.findall(r'<input type="(?:radio|checkbox)"[^>]* checked>', page):
        name, value = (re.search(f'{key}="([^"]*)"', tag) for key in ("name", "value"))
        assert name
        assert value
        sent.setdefault(name[1], []).append(html.unescape(value[1]))
    for tag in re.findall(r'<input type="text"[^>]*>', page):
        name, value = (re.search(f' {key}="([^"]*)"', tag) for key in ("name", "value"))
        assert name
        assert value
        sent[name[1]] = html.unescape(value[1])
    for name, words in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?([^<]*)', page):
        sent[name] = html.unescape(words)
    return sent


@contextmanager
def live_survey(folder: Path, *, url: str = "", **wave: Any) -> Iterator[LiveSurvey]:
    """A migrated store, a wave, the application."""
    url = url or f"sqlite:///{folder / 'survey.sqlite3'}"
    database = Database(url)
    fielded = _fielded(database, folder, **wave)
    with _served(database, folder, fielded) as survey:
        yield survey


@contextmanager
def live_copy(folder: Path, *, server: str = "", **wave: Any) -> Iterator[LiveSurvey]:
    """The same, where nothing depends on when it was made: tests that ask for it share tokens."""
    with (
        copied(_fielded, folder, server=server, **wave) as copy,
        _served(Database(copy.url), folder, copy.kept) as survey,
    ):
        yield survey


def _fielded(database: Database, folder: Path, **wave: Any) -> Fielded:
    migrate.upgrade(database)
    return field(database, folder, **wave)


@contextmanager
def _served(database: Database, folder: Path, fielded: Fielded) -> Iterator[LiveSurvey]:
    url = database.url.render_as_string(hide_password=False)
    app = create_app(Settings(folder, url, KEY, sign_in=PASSWORD_ALONE), database)
    app.extensions["cchc"].mixer.epochs.prepare()
    yield LiveSurvey(app, database, fielded, folder)
    database.close()
