"""One hostile value at a time, everything else as it should be: deeper than the first check.

Every place of every address, every name that a page reads from its address, every field of every
form, on a site with a wave in the field and one that was scored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

import survey_app
from survey_app.app import create_app
from survey_app.questionnaire import library
from survey_app.store.engine.database import Database
from survey_app.store.identity import accounts
from tests.builders import write_study
from tests.fielded import field
from tests.office.assessment import doing
from tests.office.assessment.conftest import STUDY
from tests.office.scored import AT, answered, house_at, kept_scorecard
from tests.support.accounts import EVERYTHING, add_account
from tests.support.stores import make_tables

pytestmark = pytest.mark.usefixtures("quick_processes")

PASSWORD = "một mật khẩu dài"
TEXTS = {
    "NUL": "a\x00b",
    "24 digits": "9" * 24,
    "more than 64 bits": "9223372036854775808",
    "no finite number": "1e999",
    "a number that is none": "\u00b2",
    "a half of a letter": "\ud800",
    "lines": "a\r\nSet-Cookie: x=1",
    "marks": "%_\\'\"<{0}>../\u202e",
}
DIFFERING = ("NUL", "more than 64 bits", "a half of a letter")
"""Those that SQLite and PostgreSQL take in different ways."""

PARTS = {
    "wave": ("dot-2026", "test"),
    "name": ("dot-2026", "test"),
    "number": ("1",),
    "version": ("1",),
    "unit": ("SNV",),
    "criterion": ("1.1.1",),
    "field": ("1",),
    "group": ("citizens",),
    "label": ("citizens-1",),
    "kind": ("csv", "docx"),
    "theme": ("1",),
    "key": ("leadership",),
}
"""What stands for each part of an address where it is as it should be."""


def emptied(postgres_url: str) -> str:
    """An empty database of this module's own."""
    server = sqlalchemy.create_engine(
        postgres_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with server.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE DATABASE hostile"))
    return postgres_url.replace("/postgres?", "/hostile?")


LEAVING = frozenset({"office.sign_out", "office.accounts_end_sessions"})
FORM = "application/x-www-form-urlencoded"
SOURCES = sorted(Path(survey_app.__file__).parent.rglob("*.py"))
TEMPLATES = sorted(Path(survey_app.__file__).parent.rglob("*.html"))
WORD = re.compile(r'"([a-z][a-z_-]*)"')


@dataclass(frozen=True)
class Site:
    """The site, somebody of its office who may do everything, and the clerk of a unit."""

    app: Flask
    office: FlaskClient
    clerk: FlaskClient
    token: str
    texts: tuple[str, ...]


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    url = f"sqlite:///{folder / 'a.sqlite3'}"
    if request.param == "postgresql":
        url = emptied(request.getfixturevalue("postgres_url"))
    database = Database(url)
    make_tables(database.engine)
    house = house_at(database, folder)
    asked = field(database, folder / "open", study=STUDY)
    kept_scorecard(house, answered(house, library.study(write_study(folder / "s"), folder / "s")))
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT, EVERYTHING)
        clerk = add_account(connection, "clerk", PASSWORD, AT, ["unit"])
        accounts.change(connection, clerk, roles=["unit"], unit="SNV", fields=())
    app = create_app(house.settings, house=house)
    app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    clients = [app.test_client(), app.test_client()]
    for client, name in zip(clients, ("lan", "clerk"), strict=True):
        client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
    texts = DIFFERING if request.param == "postgresql" else tuple(TEXTS)
    told = tuple(TEXTS[name] for name in texts)
    made = Site(app, *clients, asked.tokens["citizens"][0], told)
    assert doing.enter_points(made.clerk).status_code < 400
    assert doing.hand_in(made.clerk, b"%PDF-1.4\n%%EOF", "a.pdf").status_code < 400
    yield made
    database.close()


def addresses(site: Site, text: str | None) -> Iterator[tuple[str, set[str]]]:
    """Every address: with a text in one of its places, or in none."""
    hostile = quote(text.encode("utf-8", "surrogatepass")) if text is not None else ""
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint in LEAVING or rule.rule == "/readyz":  # 503 is its word for "not yet"
            continue
        places = {part for is_place, part in rule._trace if is_place}
        for wave in ("dot-2026", "test") if places & {"wave", "name"} else ("",):
            good = {name: wave if wave in values else values[0] for name, values in PARTS.items()}
            good["token"] = site.token
            for bad in sorted(places) if text is not None else [""]:
                said = {place: good.get(place, "1") for place in places} | {bad: hostile}
                path = "".join(
                    said[p] if is_place else p for is_place, p in rule._trace if p != "|"
                )
                yield path, set(rule.methods or ()) & {"GET", "POST"}


def opened(site: Site, path: str, query: str = "") -> Iterator[str]:
    """What goes wrong with a page, for whoever may come to it."""
    client = site.clerk if "/tu-danh-gia/nhap/" in path else site.office
    status = client.get(f"{path}?{query}" if query else path).status_code
    if status >= 500:
        yield f"GET {path[:80]}?{query[:80]} {status}"


def encoded(fields: Mapping[str, str]) -> str:
    """A form as a browser sends it; halves of letters too, which none does."""
    return "&".join(
        f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in fields.items()
    )


def test_one_place_of_an_address_that_is_hostile_is_no_fault_of_ours(site: Site) -> None:
    paths = [
        path for text in site.texts for path, methods in addresses(site, text) if "GET" in methods
    ]
    assert len(paths) > 300
    assert [wrong for path in paths for wrong in opened(site, path)] == []


def names_of_addresses() -> frozenset[str]:
    """Every name that a page reads from its address: it stands in the source as a constant."""
    texts = [file.read_text("utf-8") for file in SOURCES]
    constants = re.compile(r"^[A-Z_, ]+ = (\"[^\n]*\")$", re.MULTILINE)
    told = {
        name for text in texts for line in constants.findall(text) for name in WORD.findall(line)
    }
    asked = re.compile(r"(?:args|asked|wanted)(?:\.get)?[(\[]\"([\w-]+)\"")
    return frozenset(told | {name for text in texts for name in asked.findall(text)})


def test_a_hostile_value_under_every_name_of_an_address_is_no_fault_of_ours(site: Site) -> None:
    names = names_of_addresses()
    assert {"trang", "sap-xep", "nhom", "lang", "method", "next"} <= names
    failed = [
        wrong
        for path, methods in addresses(site, None)
        if "GET" in methods
        for text in site.texts
        for wrong in opened(site, path, encoded(dict.fromkeys(names, text)))
    ]
    assert failed == []


ARGUMENTS = (
    "_external=1&_scheme=javascript&_host=x&_anchor=x&_method=POST&name=a&number=2&kind=b&wave=c"
)
"""Words of what makes addresses, and of the addresses themselves."""


def test_what_stands_behind_an_address_leads_nobody_to_another_site(site: Site) -> None:
    for path, methods in addresses(site, None):
        client = site.clerk if "/tu-danh-gia/nhap/" in path else site.office
        reply = client.get(f"{path}?{ARGUMENTS}") if "GET" in methods else None
        if reply is not None:
            assert reply.status_code < 500, path
            assert re.match(r"/(?!/)|$", reply.headers.get("Location", "")), path


def forms(page: str, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each form of a page is sent, and what it sends as it stands."""
    for form in re.findall(r"<form[^>]*>.*?</form>", page, re.DOTALL):
        if 'method="post"' in form:
            action = re.search(r'<form[^>]*action="([^"]+)"', form)
            fields: dict[str, str] = {}
            for tag in re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", form):
                name, value = (
                    re.search(r'\bname="([^"]*)"', tag),
                    re.search(r'value="([^"]*)"', tag),
                )
                if name and 'type="file"' not in tag:
                    fields.setdefault(unescape(name[1]), unescape(value[1]) if value else "")
            fields.pop("csrf_token", None)
            yield unescape(action[1]) if action else path, fields


def test_a_hostile_value_in_any_field_of_a_form_is_no_fault_of_ours(site: Site) -> None:
    failed: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for path, methods in list(addresses(site, None)):
        client = site.clerk if "/tu-danh-gia/nhap/" in path else site.office
        reply = client.get(path) if "GET" in methods else None
        if reply is None or reply.status_code >= 400 or not reply.mimetype.startswith("text/html"):
            continue
        for action, fields in forms(reply.text, path):
            key = (re.sub(r"[0-9]+", "1", action), *sorted(fields))
            if key in seen or action.endswith(("/dang-xuat", "/ket-thuc")):
                continue
            seen.add(key)
            for name in fields:
                for text in site.texts:
                    sent = encoded({**fields, name: text})
                    status = client.post(action, data=sent, content_type=FORM).status_code
                    if status >= 500:
                        failed.append(f"POST {action} {name}={text[:20]!a} {status}")
    assert len(seen) > 15
    assert failed == []


def test_a_hostile_value_under_every_name_is_no_fault_of_ours_wherever_it_is_sent(
    site: Site,
) -> None:
    """Also where no page of this site has a form at the moment."""
    names = names_of_addresses() | {
        name
        for file in TEMPLATES
        for name in re.findall(r'\bname="([\w.-]+)"', file.read_text("utf-8"))
    }
    failed = [
        f"POST {path} {text[:20]!a}"
        for path, methods in addresses(site, None)
        if "POST" in methods
        for text in site.texts
        if (site.clerk if "/tu-danh-gia/nhap/" in path else site.office)
        .post(path, data=encoded(dict.fromkeys(names - {"csrf_token"}, text)), content_type=FORM)
        .status_code
        >= 500
    ]
    assert failed == []
