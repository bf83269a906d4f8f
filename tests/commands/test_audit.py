"""`cchc audit`: who holds the database cannot make the log say what did not happen."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from survey_app.commands import opened
from tests.commands.conftest import command


@pytest.fixture
def sql(tmp_path):
    """sql(statement) does it to the database, past the product."""

    def run(statement: str, *values: object):
        with closing(sqlite3.connect(tmp_path / "data" / "cchc.sqlite3")) as store, store:
            return store.execute(statement, values).fetchall()

    return run


@pytest.fixture(scope="module")
def with_lines(planned, tmp_path_factory) -> Path:
    """The data folder of an installation whose log has some lines."""
    data = tmp_path_factory.mktemp("logged") / "data"
    shutil.copytree(planned, data)
    for _ in range(3):
        command(data)("wave", "repin", "d25")
    return data


@pytest.fixture
def logged(with_lines, tmp_path) -> str:
    shutil.copytree(with_lines, tmp_path / "data")
    return "d25"


CUT = "DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)"


@pytest.mark.parametrize(
    "statement", [CUT, "DELETE FROM audit", "UPDATE audit SET who = 'giam-doc' WHERE id = 2"]
)
@pytest.mark.parametrize("command", ["check", "verify"])
def test_a_log_that_was_cut_emptied_or_changed_is_told(cchc, logged, sql, statement, command):
    assert "whole" in cchc("audit", command).stderr
    sql(statement)
    assert "Error: the log was" in cchc("audit", command, ok=False).stderr


def test_the_head_is_printed_for_paper_and_holds_later(cchc, logged, tmp_path, sql):
    noted = cchc("audit", "head").stdout.strip()
    assert len(noted) < 50
    cchc("wave", "repin", logged)
    cchc("audit", "check", "--head", noted)
    cchc("audit", "check", "--head", noted.upper().replace(":", " "), "--head", noted)
    for file in (tmp_path / "data" / "keys").iterdir():
        file.unlink()
    sql("DELETE FROM audit")
    for _ in range(5):
        cchc("wave", "repin", logged)
    assert "whole" in cchc("audit", "check").stderr  # whoever owns the keys too forges the rest
    assert "not the one that you noted" in cchc("audit", "check", "--head", noted, ok=False).stderr


@pytest.mark.parametrize("typed", ["", "x", "4", "4: 3f2a", "3f2a 91bc"])
def test_a_head_that_is_none_is_refused(cchc, logged, typed):
    assert "cchc audit head" in cchc("audit", "check", "--head", typed, ok=False).stderr


def test_no_head_is_printed_of_a_log_that_is_not_whole(cchc, logged, sql):
    sql(CUT)
    refused = cchc("audit", "head", ok=False)
    assert refused.stdout == ""
    assert "cut" in refused.stderr


def test_after_a_backup_was_restored_the_log_goes_on_and_says_so(cchc, logged, sql):
    assert "nothing to go on" in cchc("audit", "go-on", "--because", "x", ok=False).stderr
    sql(CUT)
    cchc("audit", "go-on", "--because", "sao lưu ngày 5/8")
    assert "whole" in cchc("audit", "check").stderr
    ((who, detail),) = sql("SELECT who, detail FROM audit ORDER BY id DESC LIMIT 1")
    assert detail.endswith(": sao lưu ngày 5/8")
    assert who == f"cchc:{pwd.getpwuid(os.getuid()).pw_name}"
    sql("UPDATE audit SET who = 'giam-doc' WHERE id = 2")
    assert "changed" in cchc("audit", "go-on", "--because", "x", ok=False).stderr


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"])
def test_nobody_signs_with_a_name_that_is_not_the_accounts(cchc, logged, sql, monkeypatch, name):
    monkeypatch.setenv(name, "giam-doc")
    cchc("wave", "repin", logged)
    ((who,),) = sql("SELECT who FROM audit ORDER BY id DESC LIMIT 1")
    assert who == f"cchc:{pwd.getpwuid(os.getuid()).pw_name}"


def test_an_account_without_a_name_signs_with_its_number(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    assert opened.who() == "cchc:4000000001"


def test_what_is_taken_out_of_the_store_is_in_the_log(cchc, logged, sql, tmp_path):
    listed = tmp_path / "mau.csv"
    listed.write_text("case,group,unit,stratum,weight\nA1,citizens,STC25,all,1\n", "utf-8")
    cchc("sample", "import", logged, listed)
    cchc("invitations", "issue", logged, "--out", tmp_path / "links.csv")
    cchc("wave", "open", logged)
    cchc("wave", "close", logged)
    cchc("release", logged, "--out", tmp_path / "release")
    newest = [action for (action,) in sql("SELECT action FROM audit ORDER BY id DESC LIMIT 4")]
    assert newest == ["release", "wave-close", "wave-open", "invitations-issue"]
