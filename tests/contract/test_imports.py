"""Imports run down, never up and never sideways: the contracts in pyproject.toml hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_contracts_of_imports_hold():
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    done = _python("-c", lint, "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_of_the_app_has_a_floor():
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    floors = next(c["layers"] for c in contracts["contracts"] if "containers" in c)
    known = {room.strip("() ") for floor in floors for room in floor.replace("|", ":").split(":")}
    rooms = {path.stem for path in (ROOT / "survey_app").iterdir() if _is_room(path)}
    assert rooms <= known, f"say on which floor these stand, in pyproject.toml: {rooms - known}"


def test_the_respondent_blueprint_opens_without_statistics():
    heavy = "{'matplotlib', 'numpy', 'pandas', 'scipy'} & set(sys.modules)"
    done = _python("-c", f"import sys, survey_app.respondent.views; print(sorted({heavy}))")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def _is_room(path: Path) -> bool:
    if path.is_dir():
        return (path / "__init__.py").exists()
    return path.suffix == ".py" and path.stem != "__init__"


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
