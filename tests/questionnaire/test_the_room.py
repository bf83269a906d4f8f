"""What the room may know: texts, YAML, and the one voice for faults."""

import ast
import sys
from pathlib import Path

import pytest

from survey_app import questionnaire

ROOM = Path(str(questionnaire.__file__)).parent
FILES = sorted(ROOM.rglob("*.py"))
ALLOWED = ("yaml", "analysis.problems", "survey_app.questionnaire")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOM).as_posix())
def test_no_file_knows_the_web_the_database_or_the_numbers(path):
    for name in imported(path):
        known = name.startswith(ALLOWED) or name.split(".")[0] in sys.stdlib_module_names
        assert known, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOM).as_posix())
def test_no_file_reads_the_clock_or_the_environment(path):
    text = path.read_text(encoding="utf-8")
    for word in ("datetime.now", "date.today", "time.time", "os.environ"):
        assert word not in text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOM).as_posix())
def test_every_file_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
