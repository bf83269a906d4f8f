"""What stands around a site is held against the programs that read it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from survey_app.installation import deploying
from survey_app.settings import Settings
from tests.conftest import _cannot
from tests.installation.conftest import ROOT

SITE, PROGRAM = Path("/srv/cchc"), Path("/opt/cchc/bin/cchc")
URL = "https://khaosat.example.vn"


@pytest.fixture
def around() -> deploying.Around:
    settings = Settings(SITE / "data", "sqlite:///x", "k" * 40, public_url=URL)
    return deploying.Around(folder=SITE, settings=settings, program=PROGRAM)


def _asked(program: str, *words: object) -> subprocess.CompletedProcess[str]:
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/usr/local/bin:/bin")
    if path is None:
        _cannot(f"{program} was NOT asked: it is not installed")
    return subprocess.run(
        [path, *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("way", deploying.WAYS)
def test_no_file_has_anything_left_to_fill_in(around, way):
    for text in around.files(way).values():
        assert "{%" not in text
        left = re.findall(r"{{(.*?)}}", text)
        assert all(way == "monitoring" and re.match(r"\s*\$?[a-z]", each) for each in left)


def test_the_how_to_shows_the_nginx_file_that_the_command_prints(around):
    text = (ROOT / "docs/how-to/serve-behind-nginx.md").read_text("utf-8")
    (shown,) = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert shown == around.files("nginx")["nginx.conf"]


def test_systemd_takes_the_unit_and_finds_it_well_confined(around, tmp_path):
    unit = tmp_path / "cchc.service"
    program = tmp_path / "cchc"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = around.files("systemd")["cchc.service"].replace(str(PROGRAM), str(program))
    unit.write_text(text.replace("User=cchc", "User=root").replace("Group=cchc", "Group=root"))
    told = _asked("systemd-analyze", "verify", "--man=no", unit)
    assert told.returncode == 0, told.stderr
    assert "cchc.service" not in told.stderr
    unit.write_text(text)
    held = _asked("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert held.returncode == 0, held.stdout[-300:]


def test_systemd_takes_the_nightly_backup_and_its_hour(around, tmp_path):
    program = tmp_path / "cchc"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    files = around.files("backups")
    for name, text in files.items():
        here = re.sub(r"(User|Group)=cchc", r"\1=root", text.replace(str(PROGRAM), str(program)))
        (tmp_path / name).write_text(here)
    told = _asked("systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in files))
    assert told.returncode == 0, told.stderr
    assert "cchc-backup" not in told.stderr
    unit = tmp_path / "cchc-backup.service"
    unit.write_text(files[unit.name])
    held = _asked("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    assert held.returncode == 0, held.stdout[-300:]
    (hour,) = re.findall(r"(?m)^OnCalendar=(.*)$", files["cchc-backup.timer"])
    assert _asked("systemd-analyze", "calendar", hour).returncode == 0


@pytest.mark.parametrize("by_passphrase", [False, True])
def test_the_command_of_the_nightly_backup_makes_one_and_a_new_machine_a_site_of_it(
    cchc, tmp_path, by_passphrase
):
    site, folder = tmp_path / "site", tmp_path / "backups"
    cchc("init", site, "--url", URL)
    folder.mkdir()
    words = ("--by-passphrase",) if by_passphrase else ()
    told = cchc("--site", site, "deploy", "backups", "--backups", folder, *words).stdout
    (line,) = re.findall(r"(?m)^ExecStart=\S+ (.*)$", told)
    lock = Path(line.split()[-1])
    assert lock.name in deploying.LOCKS
    pair = tmp_path / "wave-2026.key"
    pair.write_text(cchc("keys", "new-backup", CCHC_SITE=str(site)).stdout)
    public = pair.read_text().splitlines()[0].split()[-1]
    lock.write_text("một cụm mật khẩu dài" if by_passphrase else public, encoding="utf-8")
    lock.chmod(0o644)
    assert "chmod 600" in cchc(*line.split(), ok=False, CCHC_SITE=str(site)).stderr
    assert f"others can read {lock}" in cchc("--site", site, "doctor", "--inside", ok=False).stdout
    lock.chmod(0o600)
    cchc(*line.split(), CCHC_SITE=str(site))
    (made,) = folder.glob("cchc-*.backup")
    assert "read back whole, 0 hours ago" in cchc("--site", site, "doctor", "--inside").stdout
    cchc("init", tmp_path / "new", "--url", URL)
    opens = ("--passphrase-file", lock) if by_passphrase else ("--identity", pair)
    cchc("--site", tmp_path / "new", "restore", made, *opens)
    assert "whole" in cchc("--site", tmp_path / "new", "audit", "check").stderr


def test_caddy_takes_its_file(around, tmp_path):
    file = tmp_path / "Caddyfile"
    file.write_text(around.files("caddy")["Caddyfile"])
    told = _asked("caddy", "validate", "--config", file, "--adapter", "caddyfile")
    assert told.returncode == 0, told.stderr
    assert _asked("caddy", "fmt", file).stdout == file.read_text()


def test_the_containers_see_the_site_in_its_own_place_and_nobody_is_root(around):
    files = around.files("compose")
    told = yaml.safe_load(files["compose.yaml"])
    site, front = told["services"]["site"], told["services"]["front"]
    assert site["volumes"] == [f"{SITE}:{SITE}"]
    assert site["environment"]["CCHC_SITE"] == str(SITE)
    assert not site["user"].startswith("0")
    assert site["read_only"]
    assert "ports" not in site  # nobody reaches it but through the proxy
    assert set(front["ports"]) == {"80:80", "443:443"}
    assert "reverse_proxy site:8000" in files["Caddyfile"]
    backup = told["services"]["backup"]
    nightly = around.files("backups")["cchc-backup.service"]
    assert f"ExecStart={PROGRAM} {backup['command'].partition(' ')[2]}\n" in nightly
    assert backup["profiles"] == ["backup"], "it is run by the machine's cron, and does not stay"
    assert backup["volumes"] == [f"{SITE}:{SITE}", "/var/backups/cchc:/var/backups/cchc"]
    assert "15 2 * * * cd THIS_FOLDER && podman compose run --rm backup" in files["compose.yaml"]
    assert site["healthcheck"]["test"][0] == "CMD"


def test_the_container_file_says_in_order_what_builders_read(around):
    """Its base can be another one, what is built needs no layer for wheels, and root runs nothing.

    It is built, and what it makes is run, by tests/installation/test_fresh_container.py.
    """
    text = around.files("compose")["Containerfile"].replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    said = [line.split(maxsplit=1) for line in lines]
    assert [word for word, _ in said] == [
        "ARG", "FROM", "ARG", "RUN", "ENV", "USER", "EXPOSE", "CMD",
    ]  # fmt: skip
    told = dict(said)
    assert told["FROM"] == "${BASE}"
    assert said[0][1].startswith("BASE=")
    assert "--mount=type=bind,source=.,target=/wheels" in told["RUN"]
    user = yaml.safe_load(around.files("compose")["compose.yaml"])["services"]["site"]["user"]
    assert f"useradd --uid {user.partition(chr(58))[0]} " in told["RUN"]
    assert told["USER"] == "cchc"
    command = json.loads(told["CMD"])
    assert command[:2] == ["cchc", "serve"]
    assert command[command.index("--port") + 1] == told["EXPOSE"]
    assert int(command[command.index("--pause") + 1]) >= 30, "no supervisor starts it in a rush"


def test_a_proxy_lets_through_what_the_site_takes(around):
    settings = around.settings
    assert "client_max_body_size 33m;" in around.files("nginx")["nginx.conf"]
    assert settings.evidence.file_megabytes <= 32


def test_the_command_writes_files_beside_the_wheel_and_never_over_others(a_site, cchc, tmp_path):
    out = tmp_path / "around"
    cchc("--site", a_site, "deploy", "compose", "--out", out)
    assert sorted(each.name for each in out.iterdir()) == sorted(deploying.WAYS["compose"])
    told = cchc("--site", a_site, "deploy", "compose", "--out", out, ok=False)
    assert "nothing was written" in told.stderr


def test_a_site_without_https_is_not_deployed(a_site, cchc):
    told = cchc("--site", a_site, "deploy", "nginx", ok=False, CCHC_PUBLIC_URL="http://a.vn")
    assert "respondents need HTTPS" in told.stderr
