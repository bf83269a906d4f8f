import ast
import re
from pathlib import Path

import pytest

from survey_app import questionnaire
from tests.builders import study_texts
from tests.questionnaire.faults import FAULTS, GOLDEN, SPECIAL, problems_of, said

ROOM = Path(str(questionnaire.__file__)).parent
REFERENCE = ROOM.parents[1] / "docs" / "reference" / "problems.md"
EVERY_FAULT = [*FAULTS, *SPECIAL]


def slugs() -> set[str]:
    """Every kind of fault that the room can report, read from its own source."""
    found: set[str] = set()
    for path in ROOM.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                found |= _slugs_of(call)
    return found


def _slugs_of(call: ast.Call) -> set[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in ("problem", "Problem", "without"):
        return set()
    written = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    return {str(word) for word in written[:1]}


@pytest.mark.parametrize("name", EVERY_FAULT)
def test_a_fault_is_reported_in_these_very_words(name):
    assert said(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in EVERY_FAULT if name != "languages-differ"])
def test_a_fault_is_reported_once_with_a_remedy(name):
    assert said(name).count("error[") == 1
    assert said(name).count("= help: ") == 1


@pytest.mark.parametrize("name", FAULTS)
def test_the_caret_stands_under_something(name):
    for problem in problems_of(study_texts(**FAULTS[name])):
        if problem.line:
            assert problem.column - 1 + problem.width <= max(len(problem.text), problem.column)


def test_every_kind_of_fault_has_its_message_held():
    held = {re.match(r"error\[(.+?)\]", said(name))[1] for name in EVERY_FAULT}
    assert slugs() - held == set()


def test_no_golden_message_is_left_over():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(EVERY_FAULT)


def explained() -> set[str]:
    """The kinds of fault with a heading in the room's part of the reference."""
    part = REFERENCE.read_text(encoding="utf-8").split("\n## ")[1]
    return set(re.findall(r"^### `([a-z0-9-]+)`", part, re.MULTILINE))


def test_every_kind_of_fault_is_explained_in_the_reference():
    assert slugs() - explained() == set()


def test_the_reference_explains_no_fault_that_cannot_happen():
    assert explained() - slugs() == set()


def test_all_faults_of_all_files_are_reported_in_one_go():
    texts = study_texts(
        index=[("points: 8.5", "points: 0"), ("min: 80", "min: 180")],
        council=("scale: level4", "scale: levels4"),
        scales=("coefficient: 0.6", "coefficient: 0,6"),
        units=("2014-01-01", "1/1/2014"),
    )
    assert [problem.slug for problem in problems_of(texts)] == [
        "out-of-range",
        "points-not-positive",
        "decimal-comma",
        "unknown-scale",
        "not-a-date",
    ]


def test_a_fault_made_twice_is_reported_twice_in_the_order_of_lines():
    texts = study_texts(
        units=[("source: list", "source: liste"), ("source: list\n  - ", "x: y\n  - ")]
    )
    lines = [problem.line for problem in problems_of(texts)]
    assert lines == sorted(lines)
    assert len(lines) > 1


def test_a_missing_text_does_not_hide_the_faults_behind_it():
    texts = study_texts(
        council=[("vi: Ông/Bà đánh", "vn: Ông/Bà đánh"), ("max_length: 500", "max_length: many")]
    )
    assert {problem.slug for problem in problems_of(texts)} == {
        "missing-language",
        "unknown-language",
        "not-a-whole-number",
    }
