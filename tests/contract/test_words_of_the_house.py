"""One word a thing: what docs/reference/words.md forbids is said nowhere."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "docs/reference/words.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in LIST.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| Tiếng Việt")
]
FORBIDDEN = [word.strip() for row in ROWS for word in row[3].split(",") if word.strip()]

SPOKEN = sorted(
    each
    for each in [
        *(ROOT / "survey_app").rglob("*.yaml"),
        *(ROOT / "survey_app").rglob("*.html"),
        *(ROOT / "survey_app/commands").rglob("*.py"),
        *(ROOT / "survey_app/demo").rglob("*.py"),
        *(ROOT / "survey_app/fieldwork").rglob("*.py"),
        *(ROOT / "docs/how-to").rglob("*.md"),
        *(ROOT / "docs/reference").rglob("*.md"),
        *(ROOT / "docs/tutorial").rglob("*.md"),
        ROOT / "README.md",
        ROOT / "questionnaires/README.md",
    ]
    if each != LIST
)
EXCEPTED = {("survey_app/fieldwork/assessment/self_template.py", "tự chấm"): 1}
"""Where an old word must stand, and how often: the sheet of workbooks made before."""


def _said(text: str, word: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text))


def test_the_list_has_its_four_columns_and_names_no_word_twice():
    assert all(len(row) == 4 for row in ROWS)
    assert all(row[0] and row[1] and row[2] for row in ROWS)
    assert len(FORBIDDEN) == len(set(FORBIDDEN))
    named = [word.strip() for row in ROWS for word in re.split(r"[,(]", row[0])]
    assert not set(FORBIDDEN) & set(named)


@pytest.mark.parametrize("file", SPOKEN, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_forbidden_word_is_said(file):
    text = unicodedata.normalize("NFC", file.read_text("utf-8")).casefold()
    name = file.relative_to(ROOT).as_posix()
    said = {word: _said(text, word.casefold()) for word in FORBIDDEN}
    assert {word for word, times in said.items() if times > EXCEPTED.get((name, word), 0)} == set()


SAYS_NOTHING = {"found", "made", "there"}


@pytest.mark.parametrize("folder", ["analysis", "survey_app", "benchmarks"])
def test_a_value_s_name_says_what_it_is_and_not_that_it_was_found(folder):
    named = {
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in (ROOT / folder).rglob("*.py")
        for name, line in _names_given(ast.parse(file.read_text("utf-8")))
        if name in SAYS_NOTHING
    }
    assert named == set()


def _names_given(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that code gives to a value, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, node.lineno
