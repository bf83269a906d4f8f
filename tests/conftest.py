"""What every test may ask for by name.

postgres_url      a running PostgreSQL, one for each test process
fresh_postgres    an empty database in it
database_url      an empty database: the test runs twice, on SQLite and on PostgreSQL
serve             serve(app) puts a WSGI application on 127.0.0.1 and returns its address
phone_page        a browser's page: 360 x 740, touch, in Vietnamese, in Vietnam's time
desktop_page      a browser's page: 1280 x 800
plain_page        the phone without JavaScript
browser           the Chromium behind them, for a context of one's own
axe               axe(page) holds a page against WCAG 2.2 AA and names every fault

libreoffice       the path of LibreOffice's program
process_files     /proc, where the processes of a site are found
quick_processes   programs of ours start without the seconds of their start
                  (libreoffice_in_times: with a font as wide as Times New Roman)

Where a browser, PostgreSQL, nginx, LibreOffice or R cannot be had, a test that needs it is skipped
by name; under CI=true it fails, so that nobody takes silence for success. Tests that drive a
browser are marked `browser` by themselves: `CHROMIUM=chromium ./dev test -m browser` runs them in
another program.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy

from survey_app.office.documents.paper import conversion
from survey_app.store.engine import migrate
from tests.support import accessible, chromium, compiled_once, stores, warm_python
from tests.support.postgres import NoPostgres, temporary_postgres
from tests.support.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
IN_VIETNAM = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}

PAGES = {"phone_page", "desktop_page", "plain_page"}

# The same examples on every machine, however slow it is.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None)
hypothesis.settings.load_profile("house")

MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 4 * 2**30


def _keep_files_in_memory() -> None:
    """Let `tmp_path` be in memory where there is room: on a disk each commit of a store waits."""
    if "PYTEST_DEBUG_TEMPROOT" in os.environ or not MEMORY.is_dir():
        return
    state = os.statvfs(MEMORY)
    if not state.f_flag & os.ST_NOEXEC and state.f_bavail * state.f_frsize >= ROOM_IN_MEMORY:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


_keep_files_in_memory()
compiled_once.keep()
migrate.upgrade = stores.upgrade

IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that drive a browser, whether they ask for it or are given a page's name."""
    for item in items:
        case = getattr(getattr(item, "callspec", None), "params", {})
        names = {name for name in case.values() if isinstance(name, str)}
        if (names | set(getattr(item, "fixturenames", ()))) & {"browser", *PAGES}:
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true, let a test fail that was skipped because something was NOT asked.

    A reason with that word tells of a program that can be installed; others tell of a system.
    """
    report = yield
    if IS_CI and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if re.search(r"\bNOT\b", reason):
            report.outcome, report.longrepr = "failed", reason
    return report


def _cannot(reason: str) -> NoReturn:
    """Skip, or fail where a skip would go unseen."""
    if IS_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def quick_processes() -> Iterator[None]:
    """Whatever is run by `sys.executable` is run by a Python that has read its programs.

    Not for tests that stop or kill such a process, or look at what it loads.
    """
    with pytest.MonkeyPatch.context() as lasting:
        lasting.setattr(sys, "executable", warm_python.program())
        yield


@pytest.fixture(scope="session")
def process_files() -> Path:
    """Where the system shows its processes, so that a test finds those of a site."""
    if not Path("/proc").exists():
        _cannot("/proc, in which processes are found, was NOT found")
    return Path("/proc")


@pytest.fixture(scope="session")
def libreoffice() -> str:
    """The path of LibreOffice's program, with Calc and Writer."""
    program = shutil.which("soffice")
    if program is None:
        _cannot("LibreOffice was NOT found (libreoffice-calc-nogui, libreoffice-writer-nogui)")
    return program


@pytest.fixture(scope="session")
def libreoffice_in_times(libreoffice: str) -> str:
    """LibreOffice with a font as wide as Times New Roman, as those have it who convert by it."""
    if conversion.program() is None:
        _cannot("a font as wide as Times New Roman was NOT found (fonts-liberation2)")
    return libreoffice


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL that lives as long as this test process."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(temporary_postgres())
        except NoPostgres as error:
            _cannot(f"no PostgreSQL could be started: {error}")
        yield url


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database, dropped afterwards whoever is still connected."""
    name = f"test_{uuid4().hex}"
    engine = sqlalchemy.create_engine(
        postgres_url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield postgres_url.replace("/postgres?", f"/{name}?")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    return str(request.getfixturevalue("fresh_postgres"))


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """serve(app) -> "http://127.0.0.1:port"; by waitress, as in the field. Stops with the test."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium, one for each test process."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(
                executable_path=chromium.system_browser(), args=chromium.FLAGS
            )
        except Error as error:
            _cannot(f"no Chromium could be started (./dev test gets one): {error.message}")
        yield launched
        launched.close()


@pytest.fixture
def phone_page(browser: Browser) -> Iterator[Page]:
    """A page on a small phone. The test fails on an uncaught error or a request to anyone else."""
    with _page(browser, **PHONE) as page:
        yield page


@pytest.fixture
def desktop_page(browser: Browser) -> Iterator[Page]:
    """A page on a desktop, watched as phone_page is."""
    with _page(browser, **DESKTOP) as page:
        yield page


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page on a phone that runs no script."""
    with _page(browser, **PHONE, java_script_enabled=False) as page:
        yield page


@contextmanager
def _page(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own: no cookie, no cache, no storage of another test."""
    context = browser.new_context(**IN_VIETNAM, **options)
    context.set_default_timeout(15_000)
    errors: list[str] = []
    strangers: list[str] = []
    context.on("weberror", lambda event: errors.append(str(event.error)))
    context.on("request", lambda request: strangers.extend(_stranger(request.url)))
    try:
        yield context.new_page()
    finally:
        context.close()
    assert not errors, f"the page's script failed: {errors}"
    assert not strangers, f"the page asked others than our server: {strangers}"


def _stranger(url: str) -> list[str]:
    """The URL, if it leads away from this machine."""
    return [] if urlsplit(url).hostname in {None, "127.0.0.1", "localhost"} else [url]


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """axe(page) passes when axe-core finds nothing against WCAG 2.2 AA or good practice."""
    return accessible.accessible
