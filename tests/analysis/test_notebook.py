"""The notebook of the tutorial runs from top to bottom, and keeps no output of an older day."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "tutorial" / "defend-a-ranking.ipynb"


def cells(kind):
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def run(source, name, space):
    """Run a cell of our own; what its last line gives is shown, as in a notebook."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    value = None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), space)
    if value is not None:
        print(value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("with_r", [True, False], ids=["R where it is", "no R"])
def test_every_cell_runs_in_order(monkeypatch, capsys, with_r):
    monkeypatch.chdir(ROOT)
    if not with_r:
        monkeypatch.setenv("PATH", "")
    space, told = {"__name__": "__notebook__"}, []
    for number, cell in enumerate(cells("code"), start=1):
        run("".join(cell["source"]), f"cell {number}", space)
        told.append(capsys.readouterr().out.strip())
        assert told[-1], f"cell {number} shows nothing"
    if space["schools"] is not None:
        assert "662.29, standard error 9.4089" in told, "as R prints it"
    else:
        assert "no schools" in told


def test_it_is_kept_without_outputs_and_reads_as_python():
    for cell in cells("code"):
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
        assert ast.parse("".join(cell["source"]))


def test_words_stand_before_every_piece_of_code():
    kinds = [cell["cell_type"] for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2)
