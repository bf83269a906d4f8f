"""A site begins in one folder, which every command, unit and container finds the same in."""

from __future__ import annotations

import json
import re
import shutil
import stat
from pathlib import Path

import pytest

from analysis.problems import ProblemsFound
from survey_app.installation import settings_file
from tests.installation.conftest import ROOT
from tests.installation.opened import open_wave


@pytest.fixture
def site(a_site, tmp_path) -> Path:
    """A site of this test's own."""
    folder = tmp_path / "site"
    shutil.copytree(a_site, folder)
    file = folder / settings_file.NAME
    file.write_text(file.read_text("utf-8").replace(str(a_site), str(folder)), "utf-8")
    return folder


def _set(site: Path, *lines: str) -> None:
    with (site / settings_file.NAME).open("a", encoding="utf-8") as file:
        file.write("\n".join(["", *lines, ""]))


def test_a_new_site_has_settings_questionnaires_data_and_keys_for_its_owner_alone(a_site):
    assert sorted(each.name for each in a_site.iterdir()) == [
        "cchc.env", "data", "keys", "questionnaires",
    ]  # fmt: skip
    for name in (".", "data", "keys"):
        assert stat.S_IMODE((a_site / name).stat().st_mode) == 0o700
    assert stat.S_IMODE((a_site / "cchc.env").stat().st_mode) == 0o600
    assert (a_site / "questionnaires/sonla/2025-commune/index.yaml").is_file()


def test_its_commands_work_in_it_by_name_by_variable_and_from_within(site, cchc):
    made = ("wave", "create", "c25", "--study", "sonla/2025-commune", "--year", 2025)
    cchc("--site", site, *made)
    assert "c25" in cchc("wave", "list", CCHC_SITE=str(site)).stdout
    assert "c25" in cchc("--site", site, "wave", "list").stdout
    assert "c25" not in cchc("wave", "list", CCHC_DATA=str(site.parent / "other")).stdout


def test_a_study_that_the_office_wrote_in_its_own_folder_can_be_a_wave(site, cchc):
    studies = site / "questionnaires" / "sonla"
    shutil.copytree(studies / "2025-commune", studies / "2026-commune")
    for file in (studies / "2026-commune").iterdir():
        file.write_text(file.read_text("utf-8").replace("2025-commune", "2026-commune"), "utf-8")
    assert "sonla/2026-commune" in cchc("--site", site, "check").stdout
    cchc("--site", site, "wave", "create", "c26", "--study", "sonla/2026-commune", "--year", 2026)


def test_what_the_environment_says_comes_before_the_file(site, cchc, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    cchc("--site", site, "db", "upgrade", CCHC_DATA=str(elsewhere))
    assert (elsewhere / "cchc.sqlite3").is_file()


def test_a_folder_with_anything_in_it_is_left_as_it_is(tmp_path, cchc):
    (tmp_path / "theirs").write_text("kept")
    told = cchc("init", tmp_path, ok=False)
    assert "is not empty, and nothing was made" in told.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["theirs"]


def test_a_site_that_cannot_be_begun_leaves_nothing_behind(tmp_path, cchc):
    told = cchc("init", tmp_path / "site", "--url", "khaosat.vn", ok=False)
    assert "CCHC_PUBLIC_URL cannot be `khaosat.vn`" in told.stderr
    assert not (tmp_path / "site").exists()


def test_a_second_site_is_not_begun_in_the_database_of_another(tmp_path, cchc, fresh_postgres):
    cchc("init", tmp_path / "one", "--database", fresh_postgres)
    told = cchc("init", tmp_path / "two", "--database", fresh_postgres, ok=False)
    assert "there is a site in this database already" in told.stderr
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("CCHC_IDLE_MINUTE=30", "there is no setting `CCHC_IDLE_MINUTE`"),
        ("CCHC_IDLE_MINUTES = 30", "this is no setting"),
        ('CCHC_PUBLIC_URL="https://a.vn"', "`CCHC_PUBLIC_URL` is set twice"),
        ("CCHC_RECOVERY_KEY='ab'", "`CCHC_RECOVERY_KEY` has a `'`"),
        ("CCHC_OIDC_ISSUER=$HOME", "`CCHC_OIDC_ISSUER` has a `$`"),
        ("CCHC_SESSION_HOURS=12 # giờ", "`CCHC_SESSION_HOURS` has a `#`"),
        ("export CCHC_SESSION_HOURS=12", "this is no setting"),
    ],
)
def test_what_programs_would_read_differently_is_refused_with_its_line(site, line, said):
    _set(site, line)
    with pytest.raises(ProblemsFound) as refused:
        settings_file.read(site / settings_file.NAME)
    text = (site / settings_file.NAME).read_text("utf-8")
    number = text.splitlines().index(line) + 1
    assert said in str(refused.value)
    assert f"{settings_file.NAME}:{number}:1" in str(refused.value)


def test_a_secret_is_not_shown_when_its_line_is_refused(site, cchc):
    _set(site, "CCHC_SECRET_KEY='0123456789abcdef0123456789abcdef'")
    told = cchc("--site", site, "wave", "list", ok=False)
    assert "CCHC_SECRET_KEY" in told.stderr
    assert "0123456789" not in told.stderr + told.stdout


def test_the_file_of_a_new_site_explains_every_setting_that_there_is():
    files = [ROOT / "survey_app" / name for name in ("settings.py", "protecting.py")]
    read = {name for file in files for name in re.findall(r"CCHC_[A-Z_]+", file.read_text("utf-8"))}
    assert settings_file.known() == read


def test_a_doctor_finds_a_new_site_well_inside(a_site, cchc):
    findings = json.loads(cchc("--site", a_site, "doctor", "--inside", "--json").stdout)
    assert {each["about"] for each in findings} >= {"folders", "disk", "clock", "database", "keys"}
    assert not [each for each in findings if each["kind"] == "bad"]


def test_a_doctor_says_what_is_bad_and_how_to_mend_it(site, cchc):
    (site / "data").chmod(0o755)
    (site / "data" / "cchc.sqlite3").write_bytes(b"")
    told = cchc("--site", site, "doctor", "--inside", ok=False)
    assert f"others can read {site / 'data'}" in told.stdout
    assert "it has no tables" in told.stdout
    assert "-> begin it with `cchc db upgrade`" in told.stdout
    assert "2 of" in told.stderr


def test_a_doctor_finds_a_damaged_database(site, cchc):
    file = site / "data" / "cchc.sqlite3"
    whole = bytearray(file.read_bytes())
    for page in range(5, len(whole) // 4096, 3):
        whole[page * 4096 : page * 4096 + 64] = bytes(64)
    file.write_bytes(whole)
    told = cchc("--site", site, "doctor", "--inside", ok=False)
    assert "BAD   database" in told.stdout


def test_a_doctor_misses_a_key_before_it_costs_a_ballot(site, cchc):
    open_wave(site)
    assert "every key is here" in cchc("--site", site, "doctor", "--inside").stdout
    (key,) = (site / "keys").glob("*.key")
    key.unlink()
    told = cchc("--site", site, "doctor", "--inside", ok=False)
    assert "BAD   keys" in told.stdout


def test_a_doctor_asks_the_public_address_as_a_phone_would(site, cchc):
    told = cchc("--site", site, "doctor", ok=False, CCHC_PUBLIC_URL="https://localhost:9")
    assert "localhost:9 cannot be reached" in told.stdout
    assert "see the name in DNS" in told.stdout
