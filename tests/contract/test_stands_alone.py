"""The analysis scores a folder in a process that has no web, no database and no survey_app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLEAN = ROOT / "tests" / "reference" / "clean"

ALONE = """
import runpy, sys

BLOCKED = {
    "alembic", "click", "flask", "flask_login", "flask_wtf", "jinja2", "psycopg", "sqlalchemy",
    "survey_app", "werkzeug", "wtforms",
}

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"the analysis asked for {name}")

sys.meta_path.insert(0, Wall())
sys.argv = ["analysis", *sys.argv[1:]]
runpy.run_module("analysis", run_name="__main__")
"""


@pytest.mark.skipif(not CLEAN.exists(), reason="tests/reference/clean is not here")
def test_the_analysis_scores_a_folder_without_the_app(tmp_path):
    done = _alone("score", str(CLEAN), "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    scores = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert scores["units"], "no unit was scored"


def test_the_wall_holds():
    done = subprocess.run(
        [sys.executable, "-c", ALONE.replace('run_module("analysis"', 'run_module("flask"')],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "the analysis asked for flask" in done.stderr


def _alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ALONE, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
