"""What a statistician calls is documented as SciPy documents: by parameter, with shape and unit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.analysis.test_api_page import sections, terms

ROOT = Path(__file__).resolve().parents[2]
STATISTICS = (
    *("estimation", "weighting", "scoring", "ranking", "replication", "comparison", "nonresponse"),
    *("disclosure", "quality", "sensitivity", "planning", "design", "verification"),
)
"""Rooms whose functions are statistics, not the reading and checking of files."""
FEW = 3
"""Of so many parameters, a sentence does not tell which is what."""


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    files = [file for room in STATISTICS for file in (ROOT / "analysis" / room).rglob("*.py")]
    for file in sorted([*files, ROOT / "analysis" / "results.py", ROOT / "analysis/numeric.py"]):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{file.relative_to(ROOT / 'analysis')}:{node.name}", node


FUNCTIONS = dict(functions())


def parameters(function: ast.FunctionDef) -> list[str]:
    named = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    return [each.arg for each in named]


def missed(function: ast.FunctionDef) -> str:
    """What its docstring leaves open; nothing where all is told."""
    docstring = ast.get_docstring(function) or ""
    told, asked = sections(docstring), parameters(function)
    is_none = isinstance(function.returns, ast.Constant) and function.returns.value is None
    if not re.match(r".+[.]", docstring):
        return "it does not begin with a sentence"
    if len(asked) < FEW and "Parameters" not in told:
        return ""
    if terms(told.get("Parameters", [])) != asked:
        return f"its parameters are {asked}"
    return (
        "" if is_none or len(asked) < FEW or told.keys() & {"Returns", "Yields"} else "no Returns"
    )


def test_the_parameters_that_are_told_are_those_that_there_are() -> None:
    assert {name: why for name, it in FUNCTIONS.items() if (why := missed(it))} == {}


def test_many_of_them_say_where_their_formula_is_from() -> None:
    told = [sections(ast.get_docstring(function) or "") for function in FUNCTIONS.values()]
    assert len(FUNCTIONS) > 100
    assert sum("References" in each for each in told) > 20
