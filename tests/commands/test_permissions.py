"""Nobody else on the machine reads names, phone numbers or keys."""

from __future__ import annotations

import os
import stat
from contextlib import closing

import pytest

from survey_app.app import create_app
from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a mode says nothing here")

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def readable(folder):
    """What others could read or write below a folder, the folder too."""
    return [path for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & OTHERS]


@pytest.fixture(autouse=True)
def _as_usual():
    """The mask with which nearly every account begins."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_whatever_a_command_writes_is_its_owners_alone(cchc, wave, tmp_path):
    outside = tmp_path / "outside"
    cchc("frame", "template", wave, tmp_path / "khung.xlsx")
    cchc("self", "template", wave, "--out", outside)
    assert len(list(outside.iterdir())) == 15
    for folder in (tmp_path / "data", outside):
        assert readable(folder) == []
    assert not (tmp_path / "khung.xlsx").stat().st_mode & OTHERS


def test_a_site_that_is_started_by_another_server_makes_private_files_too(tmp_path):
    url = f"sqlite:///{tmp_path / 'data' / 'site.sqlite3'}"
    with closing(Database(url)) as database:
        migrate.upgrade(database)
        create_app(Settings(tmp_path / "data", url, "k" * 40), database)
        with database.reading() as connection:  # with the log of writes and its index beside it
            connection.exec_driver_sql("SELECT 1")
            assert len(list((tmp_path / "data").iterdir())) >= 2
            assert readable(tmp_path / "data") == []


def test_a_database_that_others_could_read_is_closed_and_that_is_said(cchc, wave, tmp_path):
    file = tmp_path / "data" / "cchc.sqlite3"
    file.chmod(0o644)
    assert f"others could read {file}" in cchc("wave", "list").stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "others" not in cchc("wave", "list").stderr


def test_a_folder_that_others_can_look_into_is_told_with_the_remedy(cchc, wave, tmp_path):
    folder = tmp_path / "data"
    folder.chmod(0o755)
    assert f"chmod 700 {folder}" in cchc("wave", "list").stderr
    folder.chmod(0o700)
    assert "chmod" not in cchc("wave", "list").stderr


def test_a_database_that_cannot_be_closed_is_refused_with_the_remedy(
    cchc, wave, tmp_path, monkeypatch
):
    file = tmp_path / "data" / "cchc.sqlite3"
    file.chmod(0o644)

    def of_someone_else(self, mode):
        raise PermissionError(1, "Operation not permitted", str(self))

    monkeypatch.setattr(type(file), "chmod", of_someone_else)
    refused = cchc("wave", "list", ok=False).stderr
    assert f"chmod 600 {file}" in refused
    assert "Traceback" not in refused


def test_a_command_leaves_the_mask_of_its_caller_as_it_was(cchc):
    cchc("wave", "list")
    assert os.umask(0o022) == 0o022
