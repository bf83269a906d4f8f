"""`analysis.compare` and `analysis.verify`: the commands of their names, for notebooks."""

from __future__ import annotations

import inspect
import json

import pandas as pd
import pytest

import analysis
from analysis.__main__ import main
from tests.analysis.reference import HERE

YEARS = HERE / "comparison" / "rotating"


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """What the command wrote for two years, and the comparison under the same choices."""
    out = tmp_path_factory.mktemp("command")
    folders = [str(YEARS / year) for year in ("last", "this")]
    options = ["--panel", "persons", "--level", "0.9", "--rank-method", "holm"]
    assert main(["compare", *folders, "--out", str(out), *options]) == 0
    last, this = map(analysis.read, folders)
    choices = {"panel": "persons", "level": 0.9, "rank_method": "holm"}
    return out, analysis.compare(last, this, **choices), (last, this)


def test_a_comparison_is_the_commands(compared, tmp_path):
    out, comparison, years = compared
    folder = comparison.write(tmp_path)
    for path in out.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes(), path.name
    content = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    for row in content["units"]:
        ours = comparison.units.loc[row["unit"]]
        assert ours["change"] == row["change"]
        assert ours["verdict"] == row["verdict"]
    assert len(comparison.criteria) == len(content["criteria"])
    assert comparison.ranks["rank_this"].tolist() == [r["rank_this"] for r in content["ranks"]]
    assert comparison.common_criteria["compared"].tolist() == [
        row["compared"] for row in content["common_criteria"]
    ]
    assert comparison.notes == content["notes"]
    again = analysis.compare(*years, **comparison.settings)
    pd.testing.assert_frame_equal(again.units, comparison.units, check_exact=True)


def test_a_notebook_shows_changes(compared):
    _, comparison, _ = compared
    assert "Compared: " in repr(comparison)
    assert "<table" in comparison._repr_html_()


def test_wrong_choices_of_a_comparison_are_refused(compared):
    _, _, (last, this) = compared
    with pytest.raises(ValueError, match="'compare', 'leave-out'"):
        analysis.compare(last, this, reworded="drop")
    with pytest.raises(TypeError, match="panel, reworded, rank_method"):
        analysis.compare(last, this, group_weights={"citizens": 2})
    with pytest.raises(TypeError, match="this is what `read`"):
        analysis.compare(last, YEARS)
    options = list(inspect.signature(analysis.compare).parameters)[3:]
    assert all(option in analysis.compare.__doc__ for option in options)


def test_what_a_notebook_wrote_can_be_verified_with_another_scoring_key(tmp_path):
    data = analysis.read(HERE / "clean")
    key = {"group_weights": {"leaders": 3, "C01": {"citizens": 0}}, "coefficients": {"2": 0.4}}
    results = analysis.score(data, missing="renormalise", rank_method="holm-t", **key)
    folder = results.write(tmp_path / "out")
    found = analysis.verify(str(HERE / "clean"), folder)
    assert found.ok, found.text()
    path = folder / "scores.json"
    path.write_text(path.read_text("utf-8").replace('"leaders":3.0', '"leaders":2.0'), "utf-8")
    assert not analysis.verify(HERE / "clean", folder).ok


def test_a_forged_scoring_key_is_a_problem_and_no_error(tmp_path):
    folder = analysis.score(analysis.read(HERE / "clean"), coefficients={"1": 1}).write(tmp_path)
    manifest = folder / "manifest.json"
    for forged in ('{"1":7}', '{"1":"x"}', "[1]", '{"nobody":1}'):
        text = manifest.read_text("utf-8").replace('{"1":1.0}', forged)
        (folder / "manifest.json").write_text(text, "utf-8")
        found = analysis.verify(HERE / "clean", folder)
        assert not found.ok
        assert found.problems, forged
        manifest.write_text(text.replace(forged, '{"1":1.0}'), "utf-8")


def test_years_may_be_in_memory(compared):
    _, _, (last, this) = compared
    tables = {
        name: pd.read_csv(YEARS / "this" / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("respondents", "criteria", "options")
    }
    of_this = analysis.read_frame(**tables)
    ours, theirs = analysis.compare(last, of_this), analysis.compare(last, this)
    pd.testing.assert_frame_equal(ours.units, theirs.units, check_exact=True)
    with pytest.raises(ValueError, match="read folders"):
        analysis.compare(last, of_this, panel="persons")
