"""One word a thing: what docs/reference/words.md forbids is said nowhere."""

from __future__ import annotations

import re
import unicodedata
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
