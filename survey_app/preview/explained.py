"""A fault as its author sees it: the lines around it, and what is to be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis.problems import Problem
from survey_app.settings import HERE

AROUND = 2
"""Lines shown before and after the faulty one."""

_SECTION = re.compile(r"^### `([a-z0-9-]+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_ACCENTED = re.compile(
    r"[ăâđêôơưáàảãạéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự]", re.IGNORECASE
)


@dataclass(frozen=True)
class Line:
    """A line of a file. `caret` stands under it where it is the faulty one."""

    number: int
    text: str
    caret: str = ""


@dataclass(frozen=True)
class Shown:
    """A fault with its lines, and what the reference says of its kind in Vietnamese."""

    problem: Problem
    lines: tuple[Line, ...]
    explained: str


def shown(problem: Problem) -> Shown:
    """A fault, as the preview shows it."""
    return Shown(problem, _lines(problem), _in_vietnamese().get(problem.slug, ""))


def _lines(problem: Problem) -> tuple[Line, ...]:
    if not problem.line:
        return ()
    caret = " " * max(problem.column - 1, 0) + "^" * max(problem.width, 1)
    around = _text(problem.file).splitlines()
    first = max(problem.line - AROUND, 1)
    numbered = list(enumerate(around[first - 1 : problem.line + AROUND], first))
    if (problem.line, problem.text) not in numbered:  # saved again meanwhile
        return (Line(problem.line, problem.text, caret),)
    return tuple(
        Line(number, text, caret if number == problem.line else "") for number, text in numbered
    )


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@cache
def _in_vietnamese() -> Mapping[str, str]:
    """From docs/reference/problems.md, which stands in a checkout: slug -> what to do."""
    titles = {}
    for slug, said in _SECTION.findall(_text(str(HERE / "docs" / "reference" / "problems.md"))):
        vietnamese = [part for part in said.strip().split("\n\n") if _ACCENTED.search(part)]
        if vietnamese:
            titles[slug] = vietnamese[-1].replace("`", "")
    return titles
