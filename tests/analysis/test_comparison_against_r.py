"""Changes, and their standard errors, are those of R's survey on two years of invented answers.

`two_stage`: the same persons in both years; `clusters`: other persons of the same villages;
`rotating`: some leaders and villages in both years (comparison.R says what R gives there).
"""

from __future__ import annotations

import csv
import io
import math
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.analysis import two_years
from tests.analysis.two_years import REFERENCE

SCRIPT = Path(__file__).with_name("comparison.R")
PANELS = {
    "two_stage": "persons",
    "clusters": {"*": "persons", "citizens": "psus"},
    "rotating": {"*": "persons", "citizens": "psus"},
}
ERRORS = {"none": "se_independent", "panel": "se_panel"}


def _why_not() -> str:
    """Why R cannot be asked; empty when it can."""
    if not shutil.which("Rscript"):
        return "there is no Rscript here: R was NOT asked for changes"
    asked = subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False)
    return "R has no package survey: R was NOT asked for changes" * bool(asked.returncode)


WHY_NOT = _why_not()


@cache
def expected(name):
    with (REFERENCE / name / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def comparison(name, kind):
    last, this = two_years.reference(name)
    return two_years.compared(last, this, panel="none" if kind == "none" else PANELS[name])


def number(found, row, attribute):
    """Ours of a row of R's."""
    changes = found.scores if row["target"] == "score" else found.by_criterion
    unit = [match.name for match in found.units].index(row["unit"])
    return getattr(changes, attribute)[unit, changes.targets.index(row["target"])]


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("name", PANELS)
def test_points_changes_and_standard_errors_are_r_s(name, kind):
    found = comparison(name, kind)
    assert len(expected(name)) == len(found.units) * 4
    for row in expected(name):
        for ours, theirs in (
            ("last", "last"),
            ("this", "this"),
            ("change", "change"),
            ("se", ERRORS[kind]),
        ):
            value = number(found, row, ours)
            assert math.isclose(value, float(row[theirs]), rel_tol=1e-9), (row, ours)


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
@pytest.mark.parametrize("name", PANELS)
def test_r_gives_the_same_again(name):
    asked = ["Rscript", str(SCRIPT), str(REFERENCE / name)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    again = list(csv.DictReader(io.StringIO(done.stdout)))
    for ours, theirs in zip(again, expected(name), strict=True):
        assert (ours["unit"], ours["target"]) == (theirs["unit"], theirs["target"])
        for column in ("last", "this", "change", "se_independent", "se_panel"):
            assert math.isclose(float(ours[column]), float(theirs[column]), rel_tol=1e-9)
