"""`./dev run`, and the tutorial after it: a whole wave, from the texts to a published score."""

from __future__ import annotations

import csv
import filecmp
import json
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from survey_app.app import create_app
from survey_app.demo.phone import Phone
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from tests.support import warm_python
from tests.support.accounts import PASSWORD_ALONE

ROOT = Path(__file__).resolve().parents[2]
WAVE = "so-nganh-2025"


class Made:
    """A demonstration in a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = {**os.environ, "CCHC_DATA": str(data), "PYTHONUNBUFFERED": "1"}
        self.told = self.run("demo", "--stop", "--port", str(_free_port()))

    def run(self, *words: str, ok: bool = True) -> str:
        """A command of the product; what it printed."""
        done = subprocess.run(
            [warm_python.program(), "-m", "survey_app.commands.cli", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == ok, done.stderr
        return done.stdout + done.stderr

    def count(self, table: str) -> int:
        engine = create_engine(f"sqlite:///{self.data / 'cchc.sqlite3'}")
        with engine.connect() as connection:
            found = connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
        engine.dispose()
        return found

    def site(self) -> Database:
        return Database(f"sqlite:///{self.data / 'cchc.sqlite3'}")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("demo"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_prints_links_the_sign_in_and_the_results_page(made):
    assert len(re.findall(r"http://127\.0\.0\.1:\d+/p/[0-9a-z]{26}", made.told)) >= 8
    assert re.search(r"/quan-tri +tên \(name\): demo +mật khẩu \(password\): \S{10,}", made.told)
    assert card(made)


def card(made):
    """The number of this year's scorecard."""
    return re.search(r"/quan-tri/dot/so-nganh-2025/ket-qua/(\d+)", made.told)[1]


def test_its_results_are_laid_out_examined_and_compared_with_last_year(made):
    for part in ("detail", "sensitivity", "comparison"):
        folder = made.data / "scorecards" / card(made) / part
        kept = json.loads((folder / "overview.json").read_bytes())
        assert len(kept["units"]) >= 15, part


def test_last_years_results_are_public_in_two_versions_the_second_without_hasty_forms(made, serve):
    database = made.site()
    address = serve(create_app(Settings(made.data, str(database.url), "k" * 40), database))
    phone = Phone(address)
    assert phone.open("/ket-qua/so-nganh-2024").status == 200
    assert "Phiếu trả lời quá nhanh" in phone.page.html
    assert phone.open("/ket-qua/so-nganh-2024/lan/1").status == 200
    assert "Bản này đã được thay thế." in phone.page.html
    phone.close()
    database.close()


def test_most_of_the_sample_has_answered_through_the_real_form(made):
    assert made.count("ballots") > 500
    assert made.count("cases") > made.count("ballots")


def test_the_links_that_it_prints_are_still_unanswered(made, serve):
    database = made.site()
    address = serve(create_app(Settings(made.data, str(database.url), "k" * 40), database))
    for path in re.findall(r"(/p/[0-9a-z]{26})", made.told):
        phone = Phone(address)
        assert "begin" in phone.open(path).buttons
        phone.close()
    database.close()


def test_running_it_again_loses_nothing_and_makes_nothing_twice(made):
    before = {
        table: made.count(table) for table in ("ballots", "cases", "invitations", "scorecards")
    }
    again = made.run("demo", "--stop", "--port", str(_free_port()))
    assert {table: made.count(table) for table in before} == before
    assert _paths(again) == _paths(made.told)


def _paths(told: str) -> list[str]:
    return re.findall(r"/p/[0-9a-z]{26}", told)


def test_every_department_has_a_merged_score_with_an_interval_and_a_rank_range(made):
    folder = made.run("merge", WAVE).splitlines()
    merged = json.loads((Path(_last_path(folder)) / "merged.json").read_text())
    assert len(merged["units"]) == 15
    for unit in merged["units"]:
        if unit["complete"] and unit["se"] is not None:
            assert unit["lo"] <= unit["index"] <= unit["hi"]
            assert unit["rank_lo"] <= unit["rank"] <= unit["rank_hi"]
        assert unit["total"] == pytest.approx(unit["appraised"] + unit["survey"], abs=1e-9)


def _last_path(lines: list[str]) -> str:
    return next(line for line in lines if line.startswith("/"))


def test_an_open_wave_is_not_published(made):
    for step in ("prepare", "approve"):
        assert "is open: close it" in made.run(step, WAVE, "--yes", ok=False)


def test_the_tutorial_holds_from_closing_to_the_same_bytes_computed_again(made, tmp_path, serve):
    made.run("wave", "close", WAVE)
    scored = Path(_last_path(made.run("merge", WAVE).splitlines()))
    made.run("report", WAVE, "--out", str(tmp_path / "bao-cao.docx"))
    before = made.count("contacts")
    made.run("prepare", WAVE, "--yes")
    assert "somebody else approves" in made.run("approve", WAVE, "--yes", ok=False)
    _approved_in_the_office(made)
    assert made.count("contacts") == before - made.count(
        f"cases c JOIN waves w ON w.id = c.wave_id WHERE w.name = '{WAVE}'"
    )  # the notice promises that contacts go when results are published
    made.run("release", WAVE, "--out", str(tmp_path / "release"))
    subprocess.run(
        [
            warm_python.program(),
            "-m",
            "analysis",
            "score",
            tmp_path / "release",
            "--out",
            tmp_path / "again",
            "--missing",
            "renormalise",
            "--min-group",
            "2",
            "--rank-method",
            "holm-t",
        ],
        cwd=ROOT,
        check=True,
    )
    assert filecmp.cmp(scored / "scores.json", tmp_path / "again/scores.json", shallow=False)
    database = made.site()
    address = serve(create_app(Settings(made.data, str(database.url), "k" * 40), database))
    phone = Phone(address)
    assert phone.open(f"/ket-qua/{WAVE}").status == 200
    assert "Sở Y tế" in phone.page.html
    phone.close()
    database.close()


def _approved_in_the_office(made):
    """By the account that the demonstration made, as the tutorial has it."""
    database = made.site()
    settings = Settings(made.data, str(database.url), "k" * 40, sign_in=PASSWORD_ALONE)
    app = create_app(settings, database)
    app.config["WTF_CSRF_ENABLED"] = False
    password = (made.data / "demo" / "mat-khau.txt").read_text("utf-8").strip()
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "demo", "password": password})
    page = f"/quan-tri/dot/{WAVE}/publish"
    (card,) = set(re.findall(r'name="card" value="([0-9]+)"', client.get(page).text))
    assert client.post(f"{page}/approve", data={"card": card}).status_code == 302
    database.close()


def test_a_closed_wave_takes_no_more_answers(made, serve):
    database = made.site()
    address = serve(create_app(Settings(made.data, str(database.url), "k" * 40), database))
    links = made.data / "demo" / f"{WAVE}-lien-ket.csv"
    with links.open(encoding="utf-8-sig", newline="") as file:
        codes = {_open(address, row["link"]) for row in list(csv.DictReader(file))[:6]}
    assert codes <= {200, 410}  # a receipt, or: the wave has ended
    assert 410 in codes
    database.close()


def _open(address: str, link: str) -> int:
    phone = Phone(address)
    status = phone.open("/p/" + link.rsplit("/", 1)[1]).status
    phone.close()
    return status
