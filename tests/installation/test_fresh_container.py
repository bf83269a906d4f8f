"""The Containerfile is built, and what it makes serves, backs up and is well.

    FRESH_CONTAINER=1 ./dev test tests/installation/test_fresh_container.py

Takes some minutes, root, buildah, debootstrap and 3 GB of disk, so it runs when it is asked for. No
registry of images is needed: the base is a bare Debian with its Python, made here, and pip gets
nothing but the wheels beside the Containerfile, as on a machine without the internet. What a
kernel's container adds (a file system that cannot be written, no capabilities) is not tried here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from tests.contract.test_exactly_once import free_port
from tests.installation.conftest import ROOT, run

pytestmark = pytest.mark.skipif(
    os.environ.get("FRESH_CONTAINER") != "1", reason="asked for by FRESH_CONTAINER=1: minutes"
)

OURS = 10001


class Builder:
    """buildah with a store of its own, without namespaces: it runs in a container, too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        places = ("--root", folder / "store", "--runroot", folder / "run")
        self._program = ["buildah", "--storage-driver", "vfs", *map(str, places)]

    def __call__(self, *words: object) -> str:
        told = subprocess.run(
            [*self._program, *map(str, words)], capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stderr[-3000:]
        return told.stdout.strip()

    def in_it(self, container: str, site: Path, *words: object) -> list[str]:
        """What runs a command in a container, as the account of compose.yaml, with its folder."""
        said = ("--isolation", "chroot", "--user", f"{OURS}:{OURS}", "--env", f"CCHC_SITE={site}")
        volume = ("--volume", f"{site.parent}:{site.parent}")
        return [*self._program, "run", *said, *volume, container, "--", *map(str, words)]


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """A builder that has a bare Debian with Python, and nothing else."""
    folder = tmp_path_factory.mktemp("built")
    debian = folder / "debian"
    packages = "--include=python3-venv,ca-certificates"
    subprocess.run(
        ["debootstrap", "--variant=minbase", packages, "bookworm", debian],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    made = Builder(folder)
    bare = made("from", "scratch")
    made("add", "--quiet", bare, debian, "/")
    made("commit", "--quiet", bare, "localhost/debian-python")
    shutil.rmtree(debian)
    yield made
    made("rm", "--all")
    made("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site's folder, of the account in the container."""
    folder = tmp_path_factory.mktemp("of-a-site") / "site"
    run("init", folder, "--url", "https://khaosat.example.vn")
    (folder.parent / "backups").mkdir(mode=0o700)
    for path in (folder.parent, *folder.parent.rglob("*")):
        os.chown(path, OURS, OURS)
    return folder


@pytest.fixture(scope="module")
def around(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `cchc deploy compose` writes, with the wheel and all that it needs beside it."""
    out = tmp_path_factory.mktemp("around") / "compose"
    backups = site.parent / "backups"
    run("--site", site, "deploy", "compose", "--out", out, "--backups", backups)
    build = ["build", "--wheel", "--no-isolation", "-o", out, ROOT]
    subprocess.run([sys.executable, "-m", *map(str, build)], check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "-d", out, wheel],
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture(scope="module")
def container(builder: Builder, around: Path) -> str:
    """A container of the image that the Containerfile describes."""
    arguments = ("BASE=localhost/debian-python", "PIP_NO_INDEX=1")
    given = [word for each in arguments for word in ("--build-arg", each)]
    file = ("-f", around / "Containerfile", "-t", "localhost/cchc")
    builder("bud", "--isolation", "chroot", *given, *file, around)
    return builder("from", "localhost/cchc")


def test_the_image_serves_as_its_own_command_says_and_is_well(builder, container, around, site):
    image = json.loads(builder("inspect", "--type", "image", "localhost/cchc"))["OCIv1"]["config"]
    assert image["User"] == "cchc"
    port = str(free_port())
    command = [port if word == "8000" else word for word in image["Cmd"]]
    compose = yaml.safe_load((around / "compose.yaml").read_text("utf-8"))["services"]
    _, *probe = compose["site"]["healthcheck"]["test"]
    with _running(builder.in_it(container, site, *command)):
        assert json.loads(_asked(f"http://127.0.0.1:{port}/healthz")) == {"ok": True}
        assert json.loads(_asked(f"http://127.0.0.1:{port}/readyz"))["ok"]
        here = [word.replace("8000", port) for word in probe]
        subprocess.run(builder.in_it(container, site, *here), check=True, timeout=60)


def test_its_nightly_backup_is_made_as_compose_has_it(builder, container, around, site):
    pair = run("keys", "new-backup", CCHC_SITE=str(site)).stdout.splitlines()[0]
    lock = site / "backup-recipients"
    lock.write_text(pair.removeprefix("# public key: "))
    lock.chmod(0o600)
    os.chown(lock, OURS, OURS)
    compose = yaml.safe_load((around / "compose.yaml").read_text("utf-8"))["services"]
    words = compose["backup"]["command"].split()
    told = subprocess.run(
        builder.in_it(container, site, *words), capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "read back whole" in told.stderr
    (file,) = (site.parent / "backups").glob("cchc-*.backup")
    assert file.stat().st_uid == OURS


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait(60)


def _asked(address: str) -> str:
    """What a page says, once somebody listens there."""
    until = time.monotonic() + 120
    while True:
        try:
            with urlopen(address, timeout=10) as reply:
                return str(reply.read().decode())
        except URLError:
            assert time.monotonic() < until, f"nobody listens at {address}"
            time.sleep(0.2)
