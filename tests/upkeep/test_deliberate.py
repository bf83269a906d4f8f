"""Tables are upgraded when somebody asks for it, and whoever runs meanwhile notices."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from click.testing import CliRunner

from survey_app.commands.cli import main
from survey_app.commands.opened import OTHER_VERSION
from survey_app.demo import run as demo
from survey_app.demo import upgrading as upgrading_demo
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database, TablesChanged
from survey_app.store.log import audit
from survey_app.store.upkeep import versions
from survey_app.upkeep import upgrading
from survey_app.watching.tables import Tables, noticing, wait_until_ours
from survey_app.web import House
from tests.contract.test_processes import until
from tests.installation.conftest import ROOT
from tests.respondent.live_survey import live_survey

A_WAVE = """
    INSERT INTO waves (id, name, study, year, units_on, salt, created_at)
    VALUES (1, '{}', 's', 2026, '2026-01-01', 'x', '2026-01-05T01:00:00+00:00')"""


@pytest.fixture
def environment(tmp_path, database_url):
    (tmp_path / "data").mkdir()
    return {
        "CCHC_DATA": str(tmp_path / "data"),
        "CCHC_DATABASE": database_url,
        "CCHC_SECRET_KEY": "",
        "CCHC_SITE": "",
    }


def _at(url: str, revision: str, wave: str = "w") -> None:
    """A store with a wave, as a version of before left it."""
    with closing(Database(url)) as database:
        migrate.upgrade(database, revision)
        with database.writing() as connection:
            connection.exec_driver_sql(A_WAVE.format(wave))


def _now(url: str) -> str | None:
    with closing(Database(url)) as database:
        return migrate.current(database)


def test_a_command_makes_the_tables_of_an_empty_store_and_changes_no_others(
    environment, database_url
):
    runner = CliRunner(env=environment)
    assert runner.invoke(main, ["wave", "list"]).exit_code == 0
    assert _now(database_url) == migrate.HEAD


@pytest.mark.parametrize("command", [("wave", "list"), ("db", "upgrade"), ("jobs", "list")])
def test_tables_of_before_are_left_as_they_are_and_a_sentence_says_what_to_do(
    environment, database_url, command
):
    _at(database_url, "0012")
    told = CliRunner(env=environment).invoke(main, command)
    assert told.exit_code == OTHER_VERSION
    (said,) = [line for line in told.output.splitlines() if line.startswith("Error")]
    assert "`cchc upgrade --check`" in said
    assert "`cchc upgrade --backup FILE`" in said
    assert _now(database_url) == "0012"


def test_a_doctor_sees_tables_of_before_and_names_the_command(environment, database_url):
    _at(database_url, "0012")
    told = CliRunner(env=environment).invoke(main, ["doctor", "--inside", "--json"])
    findings = json.loads(told.stdout)
    (bad,) = [each for each in findings if "its tables are at" in each["said"]]
    assert bad["kind"] == "bad"
    assert "0012" in bad["said"]
    assert "`cchc upgrade --backup FILE`" in bad["help"]


def test_a_site_is_not_served_on_tables_of_before_and_nobody_starts_it_in_a_rush(
    environment, database_url
):
    _at(database_url, "0012")
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "survey_app.commands.cli", "serve", "--pause", "2"],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stderr is not None
        notes = []
        while "ends in 2 seconds" not in (line := serving.stderr.readline()):
            assert line, "it ended without a word"
            notes.append(line)
        assert serving.poll() is None, "it says why at once, and ends later"
        serving.stderr.read()
    assert "cchc upgrade" in "".join(notes)
    assert serving.returncode == OTHER_VERSION
    assert time.monotonic() - began >= 2
    assert _now(database_url) == "0012"


def test_systemd_does_not_start_it_again_until_somebody_does_something():
    unit = (ROOT / "survey_app/installation/templates/cchc.service").read_text("utf-8")
    (status,) = re.findall(r"(?m)^RestartPreventExitStatus=(\d+)$", unit)
    assert int(status) == OTHER_VERSION


def test_the_demonstration_brings_its_own_survey_up_to_date_and_nobody_elses(database_url):
    _at(database_url, "0012", wave="that-cua-so")
    with closing(Database(database_url)) as database:
        with pytest.raises(migrate.EarlierDatabase):
            upgrading_demo.bring_up_to_date(database, demo.TITLES)
        with database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE waves SET name = '{demo.WAVE}'")
        upgrading_demo.bring_up_to_date(database, demo.TITLES)
        assert migrate.current(database) == migrate.HEAD


@pytest.mark.parametrize("before", ["0010", "0018"])
def test_the_log_says_of_an_upgrade_whether_processes_of_before_may_go_on(house_at, before):
    house = house_at(before)
    may_overlap = upgrading.foresee(house).may_overlap
    upgrading.upgrade(house, "test")
    with house.database.reading() as connection:
        (line,) = audit.last(connection, 1)
    assert line.action == (versions.OVERLAPPING if may_overlap else versions.ALONE)
    assert line.detail == f"{before} {migrate.HEAD}"


@pytest.fixture
def house_at(tmp_path, database_url):
    from survey_app.settings import Settings

    database = Database(database_url)

    def at(revision: str) -> House:
        migrate.upgrade(database, revision)
        return House(Settings(tmp_path, database_url, "k" * 40), database)

    yield at
    database.close()


def _upgraded_by_a_later_version(survey, *lines: tuple[str, str]) -> None:
    """What an upgrade by a later version leaves: its number, and its lines in the log."""
    with closing(Database(str(survey.database.url.render_as_string(hide_password=False)))) as other:
        house = House(survey.app.extensions["cchc"].settings, other)
        with other.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
            for action, detail in lines:
                audit.append(connection, "cchc:root", action, detail, house.stamp())


def test_a_process_that_may_go_on_does_and_asks_to_be_restarted(tmp_path, database_url, caplog):
    with live_survey(tmp_path, url=database_url) as survey:
        client = survey.app.test_client()
        assert client.get("/readyz").json["remarks"] == {}
        assert "cchc_restart_wanted 0.0" in client.get("/metrics").text
        _upgraded_by_a_later_version(
            survey, (versions.OVERLAPPING, f"{migrate.HEAD} 9998"), ("upgrade", "9998 9999")
        )
        for _ in range(2):
            ready = client.get("/readyz")
            assert ready.status_code == 200
        assert "restart this site" in ready.json["remarks"]["migrations"]
        assert "cchc_restart_wanted 1.0" in client.get("/metrics").text
        assert survey.phone("citizens").open().status == 200
        assert caplog.text.count("this process goes on with them") == 1


@pytest.mark.parametrize(
    "lines",
    [
        [(versions.ALONE, f"{migrate.HEAD} 9999")],
        [(versions.ALONE, f"{migrate.HEAD} 9998"), (versions.OVERLAPPING, "9998 9999")],
        [],
    ],
    ids=["alone", "alone-and-then-not", "nobody-says"],
)
def test_a_process_that_may_not_go_on_answers_nobody_and_says_why(
    tmp_path, database_url, caplog, lines
):
    with live_survey(tmp_path, url=database_url) as survey:
        client = survey.app.test_client()
        phone = survey.phone("citizens")
        assert phone.open().status == 200
        _upgraded_by_a_later_version(survey, *lines)
        stop = noticing(survey.app.extensions["cchc.watched"].tables, every=0.05)
        until(lambda: survey.database.closed_because != "")
        stop()
        assert caplog.text.count("answers nobody any more") == 1
        assert phone.open().status == 503
        assert "Máy chủ đang bận" in phone.page.html
        assert client.get("/quan-tri/").status_code in {302, 503}
        assert "restart this site" in client.get("/healthz").json["why"]
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert "restart this site" in ready.json["faults"]["migrations"]
        assert "cchc_restart_wanted 1.0" in client.get("/metrics").text
        with pytest.raises(TablesChanged):
            survey.app.extensions["cchc"].mixer.mix_all()


def test_a_worker_of_a_later_version_waits_until_somebody_has_upgraded(house_at, caplog):
    caplog.set_level(logging.WARNING)
    house = house_at("0018")
    begun, stopped = threading.Event(), threading.Event()

    def work() -> None:
        wait_until_ours(Tables(house.database), stopped, every=0.05)
        begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: "a worker waits" in caplog.text)
    assert not begun.is_set()
    upgrading.upgrade(house, "test")
    until(begun.is_set)
    thread.join()
    assert caplog.text.count("a worker waits") == 1
