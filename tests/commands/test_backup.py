"""`cchc backup` and `cchc restore`, as an administrator runs them."""

from __future__ import annotations

import json
import shutil
from contextlib import closing

import pytest

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from tests.mixing.site import Site


@pytest.fixture
def site(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    made = Site(f"sqlite:///{data / 'cchc.sqlite3'}", data)
    made.cast(14)
    yield made
    made.database.close()


@pytest.fixture
def pair(cchc, tmp_path):
    """The public key, and the file with the private one."""
    printed = cchc("keys", "new-backup").stdout
    file = tmp_path / "office.key"
    file.write_text(printed)
    return printed.splitlines()[0].removeprefix("# public key: "), file


def test_a_backup_is_made_checked_and_restored_by_a_pair_of_keys(cchc, site, pair, tmp_path):
    public, private = pair
    file = tmp_path / "night.backup"
    assert "read back whole" in cchc("backup", file, "--recipient", public).stderr
    told = json.loads(cchc("backup", file, "--verify", "--identity", private, "--json").stdout)
    assert told["waves"] == {"test": "open"}
    assert told["counts"]["test"]["mixed"] == site.count("ballots") > 0
    assert "keys of a backup" in cchc("backup", f"{file}.key", "--verify").stderr
    refused = cchc("restore", file, "--identity", private, ok=False).stderr
    assert "empty site only" in refused
    assert "test (open)" in refused
    site.database.close()
    shutil.rmtree(tmp_path / "data")
    told_after = cchc("restore", file, "--identity", private).stderr
    assert "wave test is open in this backup" in told_after
    assert "the log is whole" in cchc("audit", "verify").stderr
    cchc("keys", "check")


def test_a_passphrase_does_as_well_and_is_never_an_argument(cchc, site, tmp_path):
    file, words = tmp_path / "night.backup", tmp_path / "words"
    words.write_text("sông Đà chảy qua thành phố\n", encoding="utf-8")
    words.chmod(0o644)
    assert "others can read" in cchc("backup", file, "--passphrase-file", words, ok=False).stderr
    words.chmod(0o600)
    cchc("backup", file, "--passphrase-file", words)
    cchc("backup", file, "--verify", "--passphrase-file", words)
    words.write_text("một câu khác hẳn\n", encoding="utf-8")
    wrong = cchc("backup", file, "--verify", "--passphrase-file", words, ok=False).stderr
    assert "not the passphrase" in wrong
    assert "--recipient" in cchc("backup", tmp_path / "other", ok=False).stderr


def test_without_the_file_of_keys_nothing_is_restored_unless_that_is_meant(
    cchc, site, pair, tmp_path
):
    file = tmp_path / "night.backup"
    cchc("backup", file, "--recipient", pair[0])
    (tmp_path / "night.backup.key").unlink()
    site.database.close()
    shutil.rmtree(tmp_path / "data")
    refused = cchc("restore", file, "--identity", pair[1], ok=False).stderr
    assert "--without-keys" in refused
    told = cchc("restore", file, "--identity", pair[1], "--without-keys").stderr
    assert "ballots of 1 epochs are sealed" in told


def test_the_keys_may_be_for_another_hand(cchc, site, pair, tmp_path):
    printed = cchc("keys", "new-backup").stdout
    other, file = tmp_path / "other.key", tmp_path / "night.backup"
    other.write_text(printed)
    theirs = printed.splitlines()[0].removeprefix("# public key: ")
    cchc("backup", file, "--recipient", pair[0], "--key-recipient", theirs)
    site.database.close()
    shutil.rmtree(tmp_path / "data")
    assert "another's" in cchc("restore", file, "--identity", pair[1], ok=False).stderr
    cchc("restore", file, "--identity", pair[1], "--key-identity", other)


def test_backups_go_with_their_wave_once_a_later_one_is_there(cchc, site, pair, tmp_path):
    folder = tmp_path / "safe"
    folder.mkdir()
    cchc("backup", folder / "1.backup", "--recipient", pair[0])
    assert "0 backups are past" in cchc("backup", folder, "--prune").stderr
    cchc("wave", "close", "test", "--accept-small-classes")
    assert "make a new backup first" in cchc("backup", folder, "--prune", ok=False).stderr
    cchc("backup", folder / "2.backup", "--recipient", pair[0])
    assert "would be deleted" in cchc("backup", folder, "--prune", "--dry-run").stderr
    assert len(list(folder.iterdir())) == 4
    cchc("backup", folder, "--prune")
    assert sorted(file.name for file in folder.iterdir()) == ["2.backup", "2.backup.key"]


def test_an_upgrade_is_checked_and_asks_for_a_backup(cchc, pair, tmp_path):
    (tmp_path / "data").mkdir()
    with closing(Database(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")) as database:
        migrate.upgrade(database, "0012")
    told = cchc("upgrade", "--check").stderr
    assert "0013: Publishing takes two people" in told
    assert "stop all processes" in told
    assert json.loads(cchc("upgrade", "--check", "--json").stdout)["at"] == "0012"
    assert "--without-backup" in cchc("upgrade", ok=False).stderr
    file = tmp_path / "before.backup"
    told = cchc("upgrade", "--backup", file, "--recipient", pair[0]).stderr
    assert f"the tables are at {migrate.HEAD}" in told
    assert file.is_file()
    assert "nothing is to be done" in cchc("upgrade").stderr
    assert "last backup was made 0 hours ago" in cchc("upgrade", "--check").stderr


def test_a_command_of_an_old_version_stops_at_tables_of_a_later_one(cchc, tmp_path):
    cchc("wave", "list")
    url = f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}"
    with closing(Database(url)) as database, database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for command in (["wave", "list"], ["serve"], ["upgrade"]):
        assert "of a later version of this program" in cchc(*command, ok=False).stderr
