from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import warm_python

ROOT = Path(__file__).resolve().parents[2]
Told = subprocess.CompletedProcess[str]


def run(*words: object, ok: bool = True, **more: str) -> Told:
    """`cchc` in a process of its own, as on a machine where nothing of ours is set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CCHC_")}
    told = subprocess.run(
        [warm_python.program(), "-m", "survey_app.commands.cli", *map(str, words)],
        cwd=ROOT,
        env=kept | {"PYTHONPATH": str(ROOT)} | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode == 0) is ok, told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    return told


@pytest.fixture
def cchc() -> Callable[..., Told]:
    return run


@pytest.fixture(scope="session")
def a_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new site, to be read and not to be changed."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    run("init", folder, "--url", "https://khaosat.example.vn")
    return folder
