"""A tolerance has a name: what counts as none is decided in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
SMALL = 1e-5


def small_numbers(tree: ast.Module) -> Iterator[int]:
    """Lines of functions and classes in which a small number is written out."""
    named = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    homes = {id(inner) for node in named for inner in ast.walk(node)}
    for node in ast.walk(tree):
        is_small = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if is_small and 0 < abs(node.value) < SMALL and id(node) not in homes:
            yield node.lineno


def test_no_function_has_a_tolerance_of_its_own_without_a_name() -> None:
    unnamed = {
        f"{file.relative_to(ANALYSIS)}:{line}"
        for file in ANALYSIS.rglob("*.py")
        for line in small_numbers(ast.parse(file.read_text("utf-8")))
    }
    assert unnamed == set()
