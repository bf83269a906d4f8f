"""Imports run down, never up and never sideways: the contracts in pyproject.toml hold."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_FILES = 12


def test_the_contracts_of_imports_hold():
    lint = "from importlinter.cli import lint_imports_command as lint; lint()"
    done = _python("-c", lint, "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["analysis", "survey_app"])
def test_every_room_has_a_floor(package):
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    floors = next(c["layers"] for c in contracts["contracts"] if c.get("containers") == [package])
    known = {room.strip("() ") for floor in floors for room in floor.replace("|", ":").split(":")}
    rooms = {path.stem for path in (ROOT / package).iterdir() if _is_room(path)}
    assert rooms <= known, f"say on which floor these stand, in pyproject.toml: {rooms - known}"


def test_no_folder_of_the_analysis_is_a_drawer():
    folders = {path.parent for path in (ROOT / "analysis").rglob("*.py")}
    files = {folder: len(list(folder.glob("*.py"))) for folder in folders}
    assert max(files.values()) <= MOST_FILES, files


def test_no_import_inside_a_function_runs_up():
    """A lazy import may wait until it is needed; it may not hide a circle."""
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    floors = next(
        c["layers"] for c in contracts["contracts"] if c.get("containers") == ["analysis"]
    )
    floor_of = {
        room.strip("() "): height
        for height, floor in enumerate(reversed(floors))
        for room in floor.replace("|", ":").split(":")
    }
    for path in (ROOT / "analysis").rglob("*.py"):
        room = path.relative_to(ROOT / "analysis").parts[0].removesuffix(".py")
        for imported in _imported_rooms(path):
            assert imported == room or floor_of[imported] < floor_of.get(room, len(floors)), (
                f"{path.name} imports from {imported}"
            )


def _imported_rooms(path: Path) -> set[str]:
    """The rooms of the analysis that a file imports from, anywhere in it."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "analysis":
            rooms |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("analysis."):
            rooms.add(str(node.module).split(".")[1])
    return rooms


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
