"""The keys of sealed ballots, on the command line: made, checked, recovered, given up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey_app.commands.cli import main
from survey_app.fieldwork.protection import ballot_sealing
from tests.mixing.site import Site


@pytest.fixture
def site(tmp_path):
    """A wave in the field, in the data folder of the commands."""
    data = tmp_path / "data"
    data.mkdir()
    made = Site(f"sqlite:///{data / 'cchc.sqlite3'}", data)
    yield made
    made.database.close()


@pytest.fixture
def office():
    """A pair of recovery keys: what goes into the settings, and what is kept on paper."""
    made = CliRunner().invoke(main, ["keys", "new-recovery"])
    setting, private = made.stdout.splitlines()
    return setting.removeprefix("CCHC_RECOVERY_KEY="), private


def with_recovery(monkeypatch, office):
    monkeypatch.setenv("CCHC_RECOVERY_KEY", office[0])


def lose(site: Site) -> None:
    """The disk with the keys dies."""
    shutil.rmtree(site.keys)


def test_a_recovery_pair_is_printed_and_nothing_is_stored(office, tmp_path):
    public, private = office
    words, key = private.split()
    assert words == "private"
    assert ballot_sealing.public_key(bytes.fromhex(key)).hex() == public
    assert not list(tmp_path.iterdir())


def test_every_needed_key_is_here_or_told(cchc, site):
    site.cast(3)
    ((epoch),) = site.current()
    assert cchc("keys", "check").stdout.splitlines() == [
        "wave\tepoch\tballots\tkey",
        f"test\t{epoch}\t3\there",
    ]
    lose(site)
    missing = cchc("keys", "check", ok=False)
    assert f"test\t{epoch}\t3\tmissing" in missing.stdout
    assert "put it back" in missing.stderr
    (line,) = json.loads(cchc("keys", "check", "--json", ok=False).stdout)
    assert line == {"wave": "test", "epoch": epoch, "ballots": 3, "key": "missing"}


def test_lost_keys_come_back_by_the_offices_key(cchc, site, office, monkeypatch):
    with_recovery(monkeypatch, office)
    shutil.rmtree(site.keys)
    cchc("keys", "mix")  # makes a key that can be recovered, the first of this wave being lost
    site.cast(10)
    lose(site)
    other = CliRunner().invoke(main, ["keys", "new-recovery"]).stdout.splitlines()[1]
    assert "not the recovery key" in cchc("keys", "recover", answer=other, ok=False).stderr
    assert "64 characters" in cchc("keys", "recover", answer="abc\n", ok=False).stderr
    assert "1 keys are back" in cchc("keys", "recover", answer=office[1] + "\n").stderr
    cchc("keys", "check")
    assert "5 ballots were mixed" in cchc("keys", "mix").stderr
    assert "whole" in cchc("audit", "verify").stderr


def test_what_cannot_be_recovered_is_told(cchc, site, office):
    site.cast(2)
    lose(site)
    still = cchc("keys", "recover", answer=office[1], ok=False)
    assert "0 keys are back" in still.stderr
    assert "put it back" in still.stderr


def test_ballots_are_mixed_at_once(cchc, site):
    site.cast(10)
    assert "5 ballots were mixed" in cchc("keys", "mix").stderr
    assert "0 ballots were mixed" in cchc("keys", "mix").stderr


def test_a_wave_is_closed_with_small_classes_only_where_they_are_accepted(cchc, site):
    site.cast(2)
    refused = cchc("wave", "close", "test", ok=False).stderr
    assert "1 of the last classes of ballots is of 2" in refused
    assert "fewer than 3" in refused
    done = cchc("wave", "close", "test", "--accept-small-classes").stderr
    assert "2 ballots were still sealed" in done


def test_an_open_wave_is_not_released(cchc, site):
    assert "is open: a release is of a closed wave" in cchc("release", "test", ok=False).stderr


def test_ballots_whose_key_is_lost_for_good_are_given_up_and_counted(cchc, site, tmp_path):
    site.cast(4)
    lose(site)
    told = cchc("keys", "mix").stderr
    assert "put it back" in told
    site.cast(8)
    assert "close it first" in cchc("keys", "give-up", "test", ok=False).stderr
    closing = cchc("wave", "close", "test", "--accept-small-classes", ok=False).stderr
    assert "4 ballots of wave `test` cannot be opened" in closing
    assert "4 ballots of wave `test` are still sealed" in cchc("release", "test", ok=False).stderr
    cchc("keys", "give-up", "test", answer="n\n", ok=False)
    assert "4 ballots are given up" in cchc("keys", "give-up", "test", "--yes").stderr
    assert "every sealed ballot" in cchc("keys", "give-up", "test", "--yes", ok=False).stderr
    folder = Path(cchc("release", "test").stdout.strip().splitlines()[-1])
    about = json.loads((folder / "manifest.json").read_text())
    assert about["counts"]["ballots"] == 8
    assert about["counts"]["given_up"] == 4
    frame = (folder / "frame.csv").read_text().splitlines()
    columns = frame[0].split(",")
    citizens = dict(
        zip(columns, next(row for row in frame if ",citizens," in row).split(","), strict=True)
    )
    assert citizens["O"] == "4"
    assert sum(int(citizens[name]) for name in columns[5:]) == int(citizens["n_invited"])


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("CCHC_RECOVERY_KEY", "abc", "64 characters"),
        ("CCHC_SMALLEST_CLASS", "0", "a whole number, 1 or more"),
        ("CCHC_EXPECTED_RETURNS", "50", "a share above 0 and at most 1"),
        ("CCHC_EXPECTED_RETURNS", "0.0", "a share above 0 and at most 1"),
    ],
)
def test_a_setting_that_cannot_be_used_says_what_can(cchc, monkeypatch, name, value, wanted):
    monkeypatch.setenv(name, value)
    told = cchc("wave", "list", ok=False).stderr
    assert f"{name} cannot be `{value}" in told
    assert wanted in told


def test_the_share_that_is_expected_to_answer_is_a_setting(cchc, site, monkeypatch):
    monkeypatch.setenv("CCHC_EXPECTED_RETURNS", "1")
    with site.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM epochs")
        connection.exec_driver_sql("UPDATE waves SET opened_at = NULL")
    assert "if 100% of the invited answer, 1 cases share" in cchc("wave", "open", "test").stderr
