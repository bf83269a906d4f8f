"""What a notebook shows of data and results, the merge, and what stands in the package."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import analysis
from analysis.__main__ import main
from analysis.results import Choices
from tests.analysis import small, test_merge
from tests.analysis.reference import HERE

ROOT = Path(__file__).resolve().parents[2]

# Shown, explained, drawn


def test_a_notebook_shows_a_table_and_takes_no_name_for_html(tmp_path):
    units = 'unit,name_vi\nU1,"<script>alert(1)</script> & Sở"\n'
    data = analysis.read(small.folder(tmp_path / "<b>data", units=units))
    results = analysis.score(data)
    for shown in (data._repr_html_(), results._repr_html_()):
        assert "<table" in shown
        assert "<b>" not in shown
        assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sở" in results._repr_html_()
    assert "units: 1, groups: 2, questions: 1, criteria: 1, points: 1.5, ratings: 55" in repr(data)
    assert "1.16" in repr(results)
    assert "missing='renormalise'" in repr(analysis.score(data, missing="renormalise"))


def test_a_score_is_explained_and_a_misspelt_unit_gets_a_hint():
    results = analysis.score(analysis.read(HERE / "clean"))
    told = results.explain("U01", "C01")
    assert told.startswith("U01: ")
    assert "C02" not in told
    assert "C02" in results.explain("U01")
    for ask in (results.explain, results.plot.unit):
        with pytest.raises(analysis.ProblemsFound, match="known here: `U01`"):
            ask("U0l")


def words_of(figure):
    """Every text of a figure's axes."""
    axes = figure.axes[0]
    return [label.get_text() for label in axes.get_yticklabels()]


def test_plots_are_figures_with_the_names_of_units(tmp_path):
    from matplotlib.figure import Figure

    names = {f"U0{n}": f"Sở số {n} $x$" for n in range(1, 7)}
    tables = {f.stem: pd.read_csv(f, dtype=str) for f in (HERE / "clean").glob("*.csv")}
    units = pd.DataFrame({"unit": names.keys(), "name_vi": names.values()})
    data = analysis.read_frame(
        tables["respondents"], tables["criteria"], tables["options"], units=units
    )
    results = analysis.score(data)
    ranked = results.units.sort_values("rank")["name"].tolist()
    by_score = results.units.sort_values("score", ascending=False)["name"].tolist()
    assert words_of(results.plot.ranks()) == ranked
    assert words_of(results.plot.scores()) == by_score
    one = results.plot.unit("U03")
    assert one.get_suptitle() == "Sở số 3 $x$"
    assert words_of(one) == ["C01", "C02", "C03", "C04", "C05", "C06"]
    assert isinstance(one, Figure)
    assert one._repr_png_().startswith(b"\x89PNG")
    assert not list(tmp_path.iterdir())


def test_drawing_needs_no_pyplot_and_leaves_settings_alone():
    code = (
        "import analysis, sys; r = analysis.score(analysis.read('tests/reference/clean'));"
        "r.plot.ranks()._repr_png_(); import matplotlib as mpl;"
        "print('matplotlib.pyplot' in sys.modules, mpl.rcParams['font.size'])"
    )
    assert python(code) == "False 10.0"


# The index


def test_a_merge_is_the_commands_and_gives_the_grades(tmp_path):
    folder = small.folder(tmp_path / "data")
    test_merge.folder(folder)
    assert main(["score", str(folder), "--out", str(tmp_path / "scores")]) == 0
    asked = [str(folder), "--scores", str(tmp_path / "scores"), "--out", str(tmp_path / "theirs")]
    assert main(["merge", *asked]) == 0
    results = analysis.score(analysis.read(folder))
    merged = results.merge()
    ours = merged.write(tmp_path / "ours")
    for path in (tmp_path / "theirs").iterdir():
        assert (ours / path.name).read_bytes() == path.read_bytes(), path.name
    row = json.loads((ours / "merged.json").read_text(encoding="utf-8"))["units"][0]
    assert merged.units.loc["U1", "index"] == row["index"]
    assert merged.units.loc["U1", "A_grade_probability"] == row["grade_probability"]["A"]
    assert results.units.loc["U1", "grade"] == merged.units.loc["U1", "grade"] == row["grade"]
    assert "Sở Nội vụ" in merged._repr_html_()
    assert f"{row['index']:.2f}" in repr(merged)
    assert list(merged.fields["field"]) == ["F1", "F2"]
    assert results.notes == []


def test_without_the_files_of_a_merge_there_is_no_grade_and_with_faulty_ones_a_note(tmp_path):
    folder = small.folder(tmp_path / "data")
    results = analysis.score(analysis.read(folder))
    assert results.units["grade"].isna().all()
    assert results.notes == []
    test_merge.folder(folder, self_assessment=test_merge.POINTS.replace("0.9", "9"))
    results = analysis.score(analysis.read(folder))
    assert results.units["grade"].isna().all()
    assert results.notes == ["no_grade: 1 problem(s) in the files of the merge; merge() lists them"]
    with pytest.raises(analysis.ProblemsFound, match="points-out-of-range"):
        results.merge()
    with pytest.raises(ValueError, match="'exact', 'printed'"):
        results.merge(ties="none")


# What stands in the package


def python(code):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("imported", "heavy"),
    [
        ("analysis", {"numpy", "pandas", "scipy", "matplotlib"}),
        ("analysis.__main__", {"numpy", "pandas", "scipy", "matplotlib"}),
        ("analysis.problems", {"numpy", "pandas", "scipy", "matplotlib"}),
        ("analysis.dataset.reader", {"pandas", "matplotlib"}),
        ("analysis.report.score_tables", {"pandas", "matplotlib"}),
    ],
)
def test_who_imports_one_room_waits_for_no_other(imported, heavy):
    code = f"import sys, {imported}; print(sorted({heavy!r} & set(sys.modules)))"
    assert python(code) == "[]"


def test_every_name_is_there_and_no_other():
    assert set(analysis.__all__) <= set(dir(analysis))
    assert all(getattr(analysis, name) is not None for name in analysis.__all__)
    from survey_app.settings import VERSION

    assert analysis.__version__ == VERSION
    with pytest.raises(AttributeError, match="has no attribute 'raed'"):
        _ = analysis.raed


def test_help_names_every_option_and_its_default():
    signature = inspect.signature(analysis.score)
    assert list(signature.parameters)[2:] == Choices.names()
    usual = Choices().written()
    for name, value in usual.items():
        assert signature.parameters[name].default == value
    for name in Choices.names():
        assert name in analysis.score.__doc__
        assert name in analysis.__doc__


@pytest.mark.parametrize("name", ["analysis", "analysis.api"])
def test_the_examples_of_the_docstrings_are_true(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 3
    assert outcome.failed == 0
