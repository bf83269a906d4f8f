"""The page on ASVS names files and tests that are there, has every row once, and counts right."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "asvs.md").read_text(encoding="utf-8")
STATES = ("met", "not met", "not ours")

# Of each section of ASVS 5.0.0: how many rows are of level 1, and how many of levels 1 and 2.
# Within a section rows stand by level. Sections with rows of level 3 only are left out.
SECTIONS = {
    "1.1": (0, 2), "1.2": (5, 9), "1.3": (2, 11), "1.4": (0, 3), "1.5": (1, 2),
    "2.1": (1, 3), "2.2": (2, 3), "2.3": (1, 4), "2.4": (0, 1),
    "3.2": (2, 2), "3.3": (1, 4), "3.4": (2, 6), "3.5": (3, 5), "3.7": (0, 2),
    "4.1": (1, 3), "4.2": (0, 1), "4.3": (0, 2), "4.4": (1, 4),
    "5.1": (0, 1), "5.2": (2, 3), "5.3": (2, 2), "5.4": (0, 3),
    "6.1": (1, 3), "6.2": (8, 12), "6.3": (2, 4), "6.4": (2, 4), "6.5": (0, 5), "6.6": (0, 3),
    "6.8": (0, 4),
    "7.1": (0, 3), "7.2": (4, 4), "7.3": (0, 2), "7.4": (2, 5), "7.5": (0, 2), "7.6": (0, 2),
    "8.1": (1, 2), "8.2": (2, 3), "8.3": (1, 1), "8.4": (0, 1),
    "9.1": (3, 3), "9.2": (1, 4),
    "10.1": (0, 2), "10.2": (0, 2), "10.3": (0, 4), "10.4": (5, 11), "10.5": (0, 5),
    "10.6": (0, 2), "10.7": (0, 3),
    "11.1": (0, 2), "11.2": (0, 3), "11.3": (2, 3), "11.4": (1, 4), "11.5": (0, 1), "11.6": (0, 1),
    "12.1": (1, 3), "12.2": (2, 2), "12.3": (0, 4),
    "13.1": (0, 1), "13.2": (0, 5), "13.3": (0, 2), "13.4": (1, 5),
    "14.1": (0, 2), "14.2": (1, 4), "14.3": (1, 3),
    "15.1": (1, 3), "15.2": (1, 3), "15.3": (1, 7),
    "16.1": (0, 1), "16.2": (0, 5), "16.3": (0, 4), "16.4": (0, 3), "16.5": (0, 3),
    "17.1": (0, 1), "17.2": (0, 4), "17.3": (0, 2),
}  # fmt: skip

Number = tuple[int, int, int]
LEVELS = {
    (*map(int, section.split(".")), row): 1 if row <= first else 2
    for section, (first, both) in SECTIONS.items()
    for row in range(1, both + 1)
}

_PATH = re.compile(r"[A-Za-z]\w*(?:/[\w.-]+)+|[\w-]+\.(?:md|toml)")


class Line(NamedTuple):
    """A line of the tables: the rows it is about, their level, their state, where."""

    chapter: str
    rows: tuple[Number, ...]
    level: str
    state: str
    where: str


def _lines() -> Iterator[Line]:
    chapter = ""
    for text in PAGE.splitlines():
        if text.startswith("## "):
            chapter = text.removeprefix("## ")
        if re.match(r"\| \d+\.\d+\.\d+", text) and chapter[0].isdigit():
            rows, level, _, state, where = (cell.strip() for cell in text.strip("|").split("|"))
            first, _, last = rows.partition(" to ")
            yield Line(chapter, tuple(_between(first, last or first)), level, state, where)


def _between(first: str, last: str) -> Iterator[Number]:
    lowest, highest = (tuple(map(int, number.split("."))) for number in (first, last))
    return (number for number in LEVELS if lowest <= number <= highest)


LINES = list(_lines())
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
OF_SECURITY = sorted(set(re.findall(r"\b(?:tests|docs|survey_app)/[\w/.-]*\w", SECURITY)))
NAMED = sorted(
    {name for name in re.findall(r"`([^`]+)`", PAGE) if _PATH.fullmatch(name.partition("::")[0])}
)


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("name", NAMED)
def test_every_file_and_every_test_that_is_named_is_there(name):
    path, _, function = name.partition("::")
    assert (ROOT / path).exists()
    assert not function or function in _functions(ROOT / path)


@pytest.mark.parametrize("name", OF_SECURITY)
def test_every_file_that_the_page_of_promises_names_is_there(name):
    assert (ROOT / name).exists()


def test_every_row_of_levels_1_and_2_stands_once():
    times = Counter(row for line in LINES for row in line.rows)
    assert times == Counter(LEVELS.keys())


def test_rows_stand_in_their_chapter_and_say_their_level():
    for line in LINES:
        assert {row[0] for row in line.rows} == {int(line.chapter.partition(".")[0])}
        assert line.level == ", ".join(sorted({str(LEVELS[row]) for row in line.rows}))


def test_what_is_met_says_where():
    for line in LINES:
        assert line.state in STATES
        assert line.where
        names = [name for name in NAMED if f"`{name}`" in line.where]
        is_told = names or "](#" in line.where or line.where.startswith(("Python", "as "))
        assert line.state != "met" or is_told, line


def test_the_counts_are_those_of_the_rows():
    counted: Counter[tuple[str, str]] = Counter()
    for line in LINES:
        counted[line.chapter, line.state] += len(line.rows)
        counted["all", line.state] += len(line.rows)
    for chapter in {line.chapter for line in LINES} | {"all"}:
        counts = " | ".join(str(counted[chapter, state]) for state in STATES)
        assert f"\n| {chapter} | {counts} |\n" in PAGE
