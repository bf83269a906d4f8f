"""A stop is a request to find the missing noun: files and functions stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES = 400
FUNCTION_LINES = 40


def test_every_file_is_short():
    files = [ROOT / "dev", *_modules("survey_app", "analysis", "tests", "benchmarks")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = {_name(path): count for path, count in lines.items() if count > FILE_LINES}
    assert not long, f"more than {FILE_LINES} lines: {long}"


def test_every_function_is_short():
    functions = [
        (f"{_name(path)}: {name}", lines)
        for path in _modules("survey_app", "analysis")
        if "migrations" not in path.parts  # a migration is one long list of tables
        for name, lines in _functions(path)
    ]
    long = {name: lines for name, lines in functions if lines > FUNCTION_LINES}
    assert not long, f"more than {FUNCTION_LINES} lines: {long}"


def _modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function and its lines, without its docstring and its decorators."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            told = ast.get_docstring(node) is not None
            docstring = (first.end_lineno or 0) - first.lineno + 1 if told else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - docstring


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
