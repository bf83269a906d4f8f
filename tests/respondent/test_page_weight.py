"""What goes over the wire for every page of every shipped study, headers included."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import brotli
import pytest
from sqlalchemy import insert

from survey_app.app import create_app
from survey_app.fieldwork import tokens
from survey_app.questionnaire import library
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.tables import cases, invitations, unspent

FIRST_VIEW, LATER_PAGE = 6_000, 3_072
"""Bytes over the wire, compressed, with the headers."""

AROUND = len("HTTP/1.1 200 OK\r\nDate: Wed, 25 Nov 2026 15:51:29 GMT\r\n\r\n")
"""What the server puts around the headers that are the application's."""

OVER_HTTPS: Any = {"headers": {"Accept-Encoding": "br"}, "base_url": "https://localhost"}
"""As in the field: one header more."""

AT = "2026-01-05T01:00:00+00:00"
KEY = "k" * 40
HOW_MANY = 3
FETCHED = re.compile(r"<(?:script|img|iframe|object|embed)[^>]* src=|<link[^>]* href=\"(?!data:)")
OPTION = re.compile(r'<input type="(?:radio|checkbox)" name="(\w+)" value="([^"]+)"')
WORDS = re.compile(r'<textarea [^>]*name="(\w+)"')


@dataclass
class Scales:
    """A phone that notes what each reply weighs, and under which state of the form."""

    client: Any
    token: str
    language: str
    weights: dict[str, int] = field(default_factory=dict)

    def get(self, state: str, path: str) -> str:
        return self._weighed(state, self.client.get(path, **OVER_HTTPS))

    def press(self, state: str, path: str, button: str, **answers: str) -> str:
        sent = {"csrf_token": tokens.csrf(self.token, KEY), "go": button, **answers}
        reply = self.client.post(path, data=sent, **OVER_HTTPS)
        return self._weighed(state, reply)

    def _weighed(self, state: str, reply: Any) -> str:
        assert reply.status_code == 200, state
        headers = sum(len(f"{name}: {value}\r\n") for name, value in reply.headers)
        self.weights[state] = AROUND + headers + len(reply.data)
        assert reply.headers["Content-Encoding"] == "br", state
        html = brotli.decompress(reply.data).decode()
        assert not FETCHED.search(html), f"{state} needs a second request"
        return html

    def walk(self) -> dict[str, int]:
        """The whole form: every page left empty, answered, and opened again; then sent."""
        first = f"/p/{self.token}?lang={self.language}"
        self.get("notice", first)
        html = self.press("page 1", first, "begin")
        met: list[str] = []
        while '"send"' not in html:
            here = re.search(r'data-at action="([^"]+)"', html)
            assert here
            met.append(here[1])
            number = len(met)
            self.press(f"page {number} left empty", here[1], "next")
            chosen = dict(reversed(OPTION.findall(html)))
            written = dict.fromkeys(WORDS.findall(html), "Tôi mong thủ tục nhanh hơn.")
            html = self.press(f"after page {number}", here[1], "next", **chosen, **written)
        for number, path in enumerate(dict.fromkeys(met), 1):
            self.get(f"page {number} opened again", path)
        self.press("receipt", f"/p/{self.token}/~", "send")
        return self.weights


@pytest.fixture
def phones(tmp_path, monkeypatch) -> Iterator[Any]:
    """phones(study) gives a phone for each group and language, about one unit and about three."""
    monkeypatch.setattr("survey_app.respondent.session._CHANCE", random.Random(1))
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    migrate.upgrade(database)
    app = create_app(Settings(tmp_path, str(database.url), KEY), database)

    def made(name: str) -> Iterator[tuple[str, Scales]]:
        for group in library.study(name).questionnaires:
            for who, token, language in _invited(database, name, group):
                yield who, Scales(app.test_client(use_cookies=False), token, language)

    yield made
    database.close()


def _invited(database: Database, name: str, group: str) -> list[tuple[str, str, str]]:
    """Respondents of one group, about the units whose names are the longest."""
    study, rng, made = library.study(name), random.Random(group), []
    year = 2014 if "2014" in name else 2025
    with database.writing() as connection:
        wave = waves.create(connection, group, study, year, date(year, 12, 31), AT)
        units = sorted(waves.units(connection, wave.id), key=lambda each: -len(each.name("vi")))
        codes = [each.unit for each in units[:HOW_MANY]]
        one, many = {"unit": codes[0], "asked": ""}, {"sample": group, "asked": " ".join(codes)}
        for language in study.questionnaires[group].languages:
            for label, rated in (("one unit", one), ("many units", many)):
                shared = {"wave_id": wave.id, "grp": group, "stratum": "all", "weight": "1"}
                who = f"{group}, {label}, {language}"
                row = {**shared, "label": who, **rated}
                case = connection.execute(insert(cases).values(row).returning(cases.c.id))
                key = case.scalar_one()
                token = "".join(rng.choices("0123456789abcdefghjkmnpqrstvwxyz", k=26))
                connection.execute(
                    insert(invitations).values(
                        digest=tokens.digest(token), case_id=key, issued_on="2026-01-05"
                    )
                )
                connection.execute(insert(unspent).values(case_id=key))
                made.append((who, token, language))
        waves.open_(connection, wave, AT)
    return made


@pytest.mark.parametrize("study", library.studies())
def test_every_later_page_of_a_shipped_study_is_one_request_of_3_kb_with_its_headers(phones, study):
    too_heavy = {}
    for who, phone in phones(study):
        weights = phone.walk()
        assert weights.pop("notice") <= FIRST_VIEW, who
        too_heavy |= {f"{who}: {at}": it for at, it in weights.items() if it > LATER_PAGE}
    assert too_heavy == {}
