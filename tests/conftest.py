"""What tests stand on: real databases, a real browser, a served application."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from waitress.server import create_server

from tests.support import chromium, postgres

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _cannot(why: object) -> None:
    """Skip by name on somebody's machine; fail in CI, where a skip would hide a missing part."""
    if IN_CI:
        pytest.fail(str(why))
    pytest.skip(str(why))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this session."""
    try:
        programs = postgres.programs()
    except postgres.NoPostgres as error:
        _cannot(error)
    assert programs
    with postgres.temporary() as url:
        yield url


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    return str(request.getfixturevalue("fresh_postgres"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium."""
    try:
        with chromium.browser() as launched:
            yield launched
    except chromium.NoChromium as error:
        _cannot(error)


def _page(browser: Any, **context: Any) -> Iterator[Any]:
    made = browser.new_context(**context)
    yield made.new_page()
    made.close()


@pytest.fixture
def phone_page(browser: Any) -> Iterator[Any]:
    """A page of 360 x 740 on a phone with touch, in Vietnam."""
    yield from _page(browser, **chromium.PHONE)


@pytest.fixture
def plain_page(browser: Any) -> Iterator[Any]:
    """The same phone with JavaScript switched off."""
    yield from _page(browser, **chromium.PHONE, java_script_enabled=False)


@pytest.fixture
def desktop_page(browser: Any) -> Iterator[Any]:
    """A page of 1280 x 800."""
    yield from _page(browser, **chromium.DESKTOP)


@pytest.fixture
def axe() -> Callable[[Any], None]:
    """Asserts that axe-core finds nothing on the page at hand (WCAG 2.2 AA and best practice)."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Any) -> None:
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = Axe().run(page, options={"runOnly": rules})
        faults = [
            f"{rule['id']}: {node['html'][:200]}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]
        assert not faults, f"{page.url}\n" + "\n".join(faults)

    return check


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serves an application by waitress, as production does, and gives its address."""
    servers: list[tuple[Any, threading.Thread]] = []

    def start(app: Any) -> str:
        server = create_server(app, host="127.0.0.1", port=0, threads=8)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.effective_port}"

    yield start
    for server, thread in servers:
        server.close()
        thread.join(5)
