"""A monitor learns whether the site is well and how much it does, and nothing about a person."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from survey_app.installation import deploying
from survey_app.protecting import Protection, Watching
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from survey_app.watching import disk, logs
from survey_app.watching.metrics import Metrics
from survey_app.watching.readiness import Readiness
from survey_app.web import House
from tests.contract.test_exactly_once import free_port
from tests.installation.conftest import ROOT, run
from tests.respondent.live_survey import live_survey

TOKEN = "t" * 40
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def survey(tmp_path, database_url):
    with live_survey(tmp_path, url=database_url, council=6, citizens=6) as live:
        yield live


def numbers(told: bytes) -> dict[str, float]:
    """What /metrics said, by name and labels."""
    lines = [line for line in told.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def metrics(client) -> dict[str, float]:
    reply = client.get("/metrics", environ_base=HERE)
    assert reply.status_code == 200
    return numbers(reply.data)


def test_requests_are_counted_by_who_asks_and_how_they_ended(survey):
    client = survey.app.test_client()
    client.get("/ket-qua")
    client.get("/ket-qua")
    client.get("/quan-tri/nowhere")
    told = metrics(client)
    assert told['cchc_requests_total{area="public",method="GET",status="2xx"}'] == 2
    assert told['cchc_requests_total{area="other",method="GET",status="4xx"}'] == 1
    assert told['cchc_request_seconds_count{area="public"}'] == 2


def test_what_respondents_do_is_one_sum_that_names_no_page_and_no_deed(survey):
    client = survey.app.test_client()
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    told = [name for name in metrics(client) if "respondent" in name and "_total" in name]
    assert told == ['cchc_requests_total{area="respondent",method="",status="2xx"}']


def test_what_respondents_save_is_timed_until_it_lies_on_the_disk(survey):
    client = survey.app.test_client()
    before = metrics(client).get("cchc_write_seconds_count", 0)
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    told = metrics(client)
    assert told["cchc_write_seconds_count"] > before
    assert told["cchc_writes_waiting"] == 0


def test_counts_of_forms_are_the_boards_and_do_not_move_with_one_person(survey):
    client = survey.app.test_client()
    survey.app.extensions["cchc"].mixer.mix_all()
    before = {name: value for name, value in metrics(client).items() if "cchc_forms" in name}
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    survey.app.extensions["cchc"].mixer.mix_all()
    after = {name: value for name, value in metrics(client).items() if "cchc_forms" in name}
    assert after == before
    assert after['cchc_forms{count="cases",wave="test"}'] == 12


def test_no_secret_of_anybody_is_among_the_numbers(survey):
    client = survey.app.test_client()
    token = survey.wave.tokens["citizens"][0]
    client.get(f"/p/{token}")
    client.get(f"/nowhere/{token}")
    told = client.get("/metrics", environ_base=HERE).data.decode()
    assert token not in told
    assert "127.0.0.1" not in told


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("203.0.113.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}),
        ("203.0.113.7", {"Authorization": "Bearer wrong"}),
        ("203.0.113.7", {"Authorization": "Bearer "}),
    ],
)
def test_nobody_from_outside_sees_the_numbers(survey, address, headers):
    client = survey.app.test_client()
    asked = {"environ_base": {"REMOTE_ADDR": address}, "headers": headers}
    assert client.get("/metrics", **asked).status_code == 404


def test_a_monitor_elsewhere_shows_the_token(survey, tmp_path):
    house = survey.app.extensions["cchc"]
    house.settings = replace(house.settings, watching=Watching(metrics_token=TOKEN))
    outside = {"REMOTE_ADDR": "203.0.113.7"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    client = survey.app.test_client()
    assert client.get("/metrics", environ_base=outside, headers=headers).status_code == 200


def test_a_site_is_ready_until_something_is_missing(survey):
    client = survey.app.test_client()
    assert client.get("/readyz").get_json() == {
        "ok": True, "checks": ["database", "migrations", "keys", "disk"],
        "faults": {}, "remarks": {},
    }  # fmt: skip
    with survey.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert list(reply.get_json()["faults"]) == ["migrations"]
    assert client.get("/healthz").status_code == 200
    ready = [f'cchc_ready{{check="{check}"}}' for check in ("database", "migrations")]
    assert [metrics(client)[name] for name in ready] == [1, 0]


def test_a_phone_is_told_to_wait_before_the_disk_is_full_and_keeps_what_it_would_send(survey):
    house = survey.app.extensions["cchc"]
    phone = survey.phone("citizens")
    phone.open()
    whole = disk.free(house.settings) // 2**20 + 1000
    house.settings = replace(house.settings, protection=Protection(disk_reserve_megabytes=whole))
    page = phone.press("begin")
    assert page.status == 503
    assert survey.app.test_client().get("/readyz").get_json()["faults"].keys() == {"disk"}
    house.settings = replace(house.settings, protection=Protection())
    assert phone.press("begin").status == 200


def test_a_log_of_json_has_the_number_that_the_reader_of_the_error_page_sees(survey, capsys):
    root = logging.getLogger()
    before = list(root.handlers)
    logs.configure(Watching(log_format="json"))
    survey.app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken() -> str:
        raise RuntimeError("boom")

    survey.app.view_functions["public.results_list"] = broken
    try:
        reply = survey.app.test_client().get("/ket-qua")
    finally:
        root.handlers[:] = before
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "boom" in each]
    told = json.loads(line)
    assert reply.status_code == 500
    assert told["request"] == reply.headers["X-Request-Id"]
    assert "RuntimeError: boom" in told["traceback"]


def test_events_of_security_can_have_a_file_of_their_own_without_names_or_addresses(
    survey, tmp_path
):
    file = tmp_path / "security.log"
    logs.configure(Watching(security_log=str(file)))
    survey.app.config["WTF_CSRF_ENABLED"] = False
    client = survey.app.test_client()
    form = {"name": "lan", "password": "đoán mò"}
    client.post("/quan-tri/dang-nhap", data=form, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    for handler in list(logs.SECURITY.handlers):
        handler.close()
        logs.SECURITY.removeHandler(handler)
    logs.SECURITY.propagate = True
    told = file.read_text("utf-8")
    assert "a wrong name or password" in told
    assert not re.search(r"lan\b|203\.0|đoán", told)


def test_all_processes_of_a_port_are_one_sum_and_one_that_died_holds_no_connections(tmp_path):
    site, port = tmp_path / "site", free_port()
    run("init", site)
    environment = {name: each for name, each in os.environ.items() if not name.startswith("CCHC_")}
    command = ["--site", str(site), "serve", "--port", str(port), "--processes", "2"]
    server = subprocess.Popen(
        [sys.executable, "-m", "survey_app.commands.cli", *command, "--workers", "0"],
        cwd=ROOT,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )

    def asked(path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as reply:
            return bytes(reply.read())

    name = 'cchc_requests_total{area="public",method="GET",status="2xx"}'
    try:
        _until(lambda: bool(asked("/healthz")))
        for _ in range(30):
            asked("/ket-qua")
        assert numbers(asked("/metrics"))[name] == 30
        _until(lambda: numbers(asked("/metrics")).get("cchc_connections_limit", 0) == 8192)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        _until(lambda: numbers(asked("/metrics")).get("cchc_connections_limit", 0) == 8192)
        assert numbers(asked("/metrics"))[name] == 30
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _until(holds, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except OSError:
            pass
        assert time.monotonic() < end
        time.sleep(0.2)


def test_what_a_dashboard_or_an_alert_asks_for_is_told(tmp_path, survey):
    told = survey.app.test_client().get("/metrics", environ_base=HERE).data.decode()
    known = set(re.findall(r"^# TYPE (\w+)", told, re.MULTILINE))
    known |= {f"{name}_{end}" for name in known for end in ("total", "bucket", "count", "sum")}
    files = deploying.Around(
        folder=tmp_path, settings=survey.app.extensions["cchc"].settings, program=tmp_path
    ).files("monitoring")
    for name, said in files.items():
        asked = set(re.findall(r"\bcchc_\w+", said))
        assert asked <= known | {"cchc_survey"}, name
    rules = yaml.safe_load(files["alerts.yaml"])["groups"][0]["rules"]
    assert all(rule["annotations"]["summary"] for rule in rules)
    assert json.loads(files["dashboard.json"])["panels"]


def test_numbers_are_kept_while_the_database_cannot_be_read(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'none.sqlite3'}")
    house = House(Settings(tmp_path, str(database.url), "k" * 40), database)
    fault = Readiness(checks={"database": "gone", "migrations": "", "keys": "", "disk": ""})
    told = numbers(Metrics(house).text(fault))
    assert told['cchc_ready{check="database"}'] == 0
    assert told["cchc_disk_free_bytes"] > 0
    database.close()
