"""What `pip install` gives works without the checkout: the demonstration's texts are in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.installation.conftest import ROOT

_NOT_SOURCE = shutil.ignore_patterns(".*", "build", "data", "node_modules", "__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a wheel, built from a copy of the source, was installed into."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=_NOT_SOURCE)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "-o",
            folder,
            folder / "source",
        ],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"


def _run(installed: Path, where: Path, *words: object) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CCHC_")}
    told = subprocess.run(
        [sys.executable, "-P", "-m", "survey_app.commands.cli", *map(str, words)],
        cwd=where,
        env=kept | {"PYTHONPATH": str(installed), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return told.stdout + told.stderr


def test_every_file_that_is_no_module_is_in_the_wheel(installed):
    """Templates, words, migrations, letters: whatever the source has beside its modules."""
    for package in ("survey_app", "analysis"):
        for path in (ROOT / package).rglob("*"):
            name = path.relative_to(ROOT)
            if path.is_file() and "__pycache__" not in name.parts:
                assert (installed / name).is_file(), name


def test_it_checks_its_questionnaires_and_makes_a_site_far_from_the_source(installed, tmp_path):
    assert "sonla/2025-commune" in _run(installed, tmp_path, "check")
    _run(installed, tmp_path, "init", tmp_path / "site", "--url", "https://khaosat.example.vn")
    study = ("--study", "sonla/2025-department", "--year", 2025)
    _run(installed, tmp_path, "--site", tmp_path / "site", "wave", "create", "d25", *study)
    assert "d25" in _run(installed, tmp_path, "--site", tmp_path / "site", "wave", "list")


def test_without_a_site_it_says_how_to_make_one_and_writes_nothing_beside_itself(
    installed, tmp_path
):
    before = sorted(installed.iterdir())
    told = subprocess.run(
        [sys.executable, "-P", "-m", "survey_app.commands.cli", "wave", "list"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "make one by `cchc init FOLDER`" in told.stderr
    assert sorted(installed.iterdir()) == before
