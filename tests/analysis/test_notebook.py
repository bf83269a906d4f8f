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


@pytest.mark.filterwarnings("error")
def test_every_cell_runs_in_order(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    space = {"__name__": "__notebook__"}
    for number, cell in enumerate(cells("code"), start=1):
        source = "".join(cell["source"])
        exec(compile(source, f"cell {number}", "exec"), space)  # our own text
        assert capsys.readouterr().out.strip(), f"cell {number} shows nothing"


def test_it_is_kept_without_outputs_and_reads_as_python():
    for cell in cells("code"):
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
        assert ast.parse("".join(cell["source"]))


def test_words_stand_before_every_piece_of_code():
    kinds = [cell["cell_type"] for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2)
