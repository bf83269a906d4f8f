"""A bare Debian becomes a site behind TLS by nothing but what docs/how-to/run-a-site.md says.

    FRESH_DEBIAN=1 ./dev test tests/installation/test_fresh_debian.py

Takes some minutes, root, debootstrap, ports 80 and 443 and 2 GB of disk, so it runs when it is
asked for. The page's commands are typed as they stand in a chroot. Only systemd is not there: what
`systemctl` would start is started as its unit says. FRESH_DEBIAN_BINDS names folders that the
chroot sees as well, such as one with packages; pip's settings of this machine hold there too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.installation.conftest import ROOT
from tests.support import nginx

pytestmark = pytest.mark.skipif(
    os.environ.get("FRESH_DEBIAN") != "1", reason="asked for by FRESH_DEBIAN=1: it takes minutes"
)

HOST = "khaosat.example.vn"
PAGE = ROOT / "docs" / "how-to" / "run-a-site.md"
NOT_HERE = ("systemctl", "journalctl")
"""What speaks to systemd, which a chroot has not."""


class Debian:
    """A Debian in a folder, in which commands are typed as root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "DEBIAN_FRONTEND": "noninteractive",
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        }

    def type(self, line: str, where: str = "/root") -> str:
        """Type a line; its output."""
        told = subprocess.run(
            ["chroot", self.folder, "sh", "-ec", f"cd {where}; {line}"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, f"{line}\n{told.stdout[-2000:]}{told.stderr[-2000:]}"
        return told.stdout + told.stderr

    def start(self, line: str) -> subprocess.Popen[str]:
        """Start what goes on running."""
        return subprocess.Popen(
            ["chroot", self.folder, *shlex.split(line)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@contextmanager
def fresh_debian(folder: Path) -> Iterator[Debian]:
    """A Debian 12 that nobody has touched."""
    subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    binds = [Path("/proc"), Path("/dev"), *map(Path, _listed("FRESH_DEBIAN_BINDS"))]
    with ExitStack() as stack:
        for bind in binds:
            (folder / bind.relative_to("/")).mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "--bind", bind, folder / bind.relative_to("/")], check=True)
            stack.callback(
                subprocess.run, ["umount", "-l", folder / bind.relative_to("/")], check=True
            )
        for file in ("/etc/resolv.conf", "/etc/pip.conf", "/etc/xdg/pip"):
            _copied(Path(file), folder)
        for file in Path("/usr/local/share/ca-certificates").glob("*.crt"):
            _copied(file, folder)
        with (folder / "etc/hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 localhost {HOST}\n")
        yield Debian(folder)


def _listed(name: str) -> list[str]:
    return [each for each in os.environ.get(name, "").split(os.pathsep) if each]


def _copied(path: Path, folder: Path) -> None:
    target = folder / path.relative_to("/")
    if path.is_dir():
        shutil.copytree(path, target, dirs_exist_ok=True)
    elif path.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def steps() -> list[str]:
    """What the page has its reader type, section by section, without the containers."""
    told = PAGE.read_text("utf-8").partition("## Before a wave opens")[0]
    lines = []
    for block in re.findall(r"```console\n(.*?)```", told, re.DOTALL):
        lines += [each.strip() for each in re.split(r"(?m)^# ", block) if each.strip()]
    return [line.replace("\\\n", " ") for line in lines]


def test_a_bare_debian_becomes_a_site_behind_tls_by_the_page_alone(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ExitStack() as stack:
        debian = stack.enter_context(fresh_debian(tmp_path / "debian"))
        debian.type("apt-get update")
        debian.environment["PIP_ROOT_USER_ACTION"] = "ignore"
        shutil.copy(wheel, debian.folder / "root")
        _certify(debian)
        told, doctors = "", ""
        for line in steps():
            said = line.replace("apt-get install", "apt-get install -y --no-install-recommends")
            if "systemctl enable" in said:
                told = _serve(debian, stack)
            elif "nginx -t" in said:
                debian.type("nginx -t")
                debian.type("nginx")
                stack.callback(debian.type, "nginx -s stop")
            elif "doctor" in said:
                doctors = debian.type(said)
            elif not said.startswith(NOT_HERE):
                debian.type(said)
    assert f"https://{HOST}/quan-tri/thiet-lap-lan-dau" in told
    assert "BAD" not in doctors
    assert "ok    certificate" in doctors
    assert "ok    proxy: the site knows that people come by HTTPS" in doctors
    assert "ok    proxy: plain HTTP is sent on to HTTPS" in doctors


def _certify(debian: Debian) -> None:
    """A certificate of an authority that this Debian trusts, where the page has it."""
    made = debian.folder / "root"
    nginx.certify(made, HOST)
    (debian.folder / "etc/ssl").mkdir(exist_ok=True)
    for name in ("khaosat.pem", "khaosat.key"):
        shutil.move(made / name, debian.folder / "etc/ssl" / name)
    trusted = debian.folder / "usr/local/share/ca-certificates/khaosat.crt"
    trusted.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(debian.folder / "etc/ssl/khaosat.pem", trusted)
    debian.type("update-ca-certificates")
    debian.environment["REQUESTS_CA_BUNDLE"] = "/etc/ssl/certs/ca-certificates.crt"


def _serve(debian: Debian, stack: ExitStack) -> str:
    """Start the site as its unit says, and wait until it listens; what it printed."""
    unit = (debian.folder / "etc/systemd/system/cchc.service").read_text()
    (line,) = re.findall(r"(?m)^ExecStart=(.*)$", unit)
    (user,) = re.findall(r"(?m)^User=(.*)$", unit)
    (site,) = re.findall(r"CCHC_SITE=(\S+)", unit)
    server = debian.start(f"runuser -u {user} -- env CCHC_SITE={site} PYTHONUTF8=1 {line}")
    stack.callback(server.wait, 60)
    stack.callback(server.terminate)
    printed, until = "", time.monotonic() + 120
    assert server.stdout is not None
    while "http://127.0.0.1" not in printed and time.monotonic() < until:
        printed += server.stdout.readline()
    return printed
