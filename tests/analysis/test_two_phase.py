"""Adjusting in response classes: standard errors know that the factors are estimates."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.dataset import reader
from analysis.estimation.two_phase import TwoPhase
from analysis.replication import scorecards
from analysis.scoring import score
from benchmarks.coverage import classes as simulated
from tests.analysis import small
from tests.analysis.test_weights import folder as council

SCRIPT = Path(__file__).with_name("twophase.R")
WORTH = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0, "": None}


def _why_not() -> str:
    """Why R cannot be asked; empty when it can."""
    if not shutil.which("Rscript"):
        return "there is no Rscript here: R was NOT asked for two phases"
    asked = subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False)
    return "R has no package survey: R was NOT asked for two phases" * bool(asked.returncode)


WHY_NOT = _why_not()
INVITED = {("north", "m"): (16, 11), ("north", "f"): (12, 5), ("south", "m"): (10, 10),
           ("south", "f"): (18, 4)}  # fmt: skip
THERE = {"north": 70, "south": 36}
# As many invited in each stratum: with several sizes survey 4.1's method "full" divides the pairs
# of every stratum by the first one's n - 1.


def invited():
    """Everybody invited: stratum, sex, whether they came, two answers (blank: none)."""
    rng = np.random.default_rng(12)
    for (stratum, sex), (asked, came) in INVITED.items():
        for k in range(asked):
            code = "ABCD"[min(int(rng.integers(4)) + (sex == "f"), 3)]
            other = ["A", "C", "D", ""][int(rng.integers(4))]
            yield (stratum, sex, k < came, *((code, other) if k < came else ("", "")))


def written(path, *, psu=lambda k: k, fpc2=""):
    drawn = {name: sum(n for (h, _), (n, _) in INVITED.items() if h == name) for name in THERE}
    rows = ["resp_id,unit,group,stratum,psu,weight,fpc1,fpc2,region,sex,q1,q2"]
    for k, (stratum, sex, came, code, other) in enumerate(invited()):
        if came:
            weight = THERE[stratum] / drawn[stratum]
            rows.append(f"c{k},U1,council,{stratum},{psu(k)},{weight!r},{THERE[stratum]},{fpc2},"
                        f"{stratum},{sex},{code},{other}")  # fmt: skip
    lines = [f"U1,council,{h},{sex},{n}" for (h, sex), (n, _) in INVITED.items()]
    options = small.OPTIONS + "".join(f"q2,{o},{x}\n" for o, x in WORTH.items() if o)
    files = {
        "respondents": "\n".join(rows) + "\n",
        "response_classes": "\n".join(["unit,group,region,sex,n_invited", *lines]) + "\n",
        "criteria": "criterion,max_points,group,question,group_weight\n"
        "C1,1.5,council,q1,1\nC2,2.5,council,q2,1\n",
        "options": options,
    }
    folder = small.folder(path, **files)
    (folder / "frame.csv").unlink()
    return folder


def scored(folder, **settings):
    return scorecards.scorecard(
        reader.read(folder), score.Settings(**({"adjust": "classes"} | settings))
    )


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
def test_standard_errors_are_those_of_rs_two_phases(tmp_path):
    lines = ["stratum,there,class,came,x1,x2"]
    for stratum, sex, came, *codes in invited():
        x = ["" if WORTH[code] is None else str(WORTH[code]) for code in codes]
        lines.append(",".join([stratum, str(THERE[stratum]), stratum + sex, str(int(came)), *x]))
    table = tmp_path / "invited.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = ["Rscript", str(SCRIPT), str(table)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    q1, q2, total = map(float, done.stdout.split())
    card = scored(written(tmp_path / "data"))
    np.testing.assert_allclose(card.estimates.se[0], [q1, q2], rtol=1e-9)
    np.testing.assert_allclose(card.criteria.se[0], [1.5 * q1, 2.5 * q2], rtol=1e-9)
    assert card.units.se[0] == pytest.approx(total, rel=1e-9)
    assert card.covariance[0, 0] == pytest.approx(total**2, rel=1e-9)
    assert card.estimates.se_ultimate_cluster[0, 0] == pytest.approx(q1, rel=1e-9)
    assert card.estimates.lo[0, 0] < card.estimates.mean[0, 0] < card.estimates.hi[0, 0]


def test_what_is_estimated_of_the_invited_is_right_on_average_over_all_who_may_come():
    """Every set of those who might come, of 2 strata unlike in size, is tried once."""
    stratum = np.array([0] * 7 + [1] * 5)
    kind = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3])
    came = (2, 3, 2, 2)
    rng = np.random.default_rng(2)
    y, there = rng.random(12), np.array([9.0, 30.0])
    wanted = sum(
        (1 - n / size) * n * np.var(y[stratum == h], ddof=1)
        for h, (n, size) in enumerate(zip((7, 5), there, strict=True))
    )
    factor = np.array([3, 4, 3, 2]) / np.array(came)
    found = []
    every = (combinations(np.flatnonzero(kind == c).tolist(), r) for c, r in enumerate(came))
    for chosen in product(*every):
        rows = np.array([row for part in chosen for row in part])
        one = np.zeros(len(rows), dtype=np.int64)
        data = SimpleNamespace(
            cell=one, cells=1, design=SimpleNamespace(stratum=stratum[rows], population_psus=there)
        )
        number, at = kind[rows], np.arange(len(rows))
        classes = TwoPhase(
            data=data,
            rows=at,
            class_of_row=number,
            respondents=np.array(came, float),
            factor=factor,
            cells=np.ones(1, bool),
        )
        found.append(classes._first_phase(y[rows] * factor[number])[0])
    assert min(found) > 0, "nothing was cut off at 0"
    assert np.mean(found) == pytest.approx(wanted, rel=1e-12)


def known(folder, **settings):
    """The same score with the factors taken as known."""
    card = scored(folder)
    return scorecards.scorecard(replace(card.data), score.Settings(**settings))


def test_one_class_for_a_unit_and_group_leaves_the_standard_errors_of_means_as_they_are(tmp_path):
    folder = small.folder(tmp_path)
    found, plain = (scored(folder, adjust=how) for how in ("frame", "none"))
    np.testing.assert_allclose(found.estimates.se, plain.estimates.se, rtol=1e-12)
    np.testing.assert_allclose(found.units.se, plain.units.se, rtol=1e-12)


def test_where_all_came_the_factors_are_known(tmp_path):
    classes = "unit,group,sex,n_invited\nU1,council,m,30\nU1,council,f,10\n"
    folder = council(tmp_path, response_classes=classes)
    np.testing.assert_allclose(scored(folder).units.se, known(folder).units.se, rtol=1e-12)


@pytest.mark.parametrize(
    "design", [{"psu": lambda k: k // 3}, {"psu": lambda k: k // 2, "fpc2": "9"}]
)
def test_in_clusters_the_factors_count_as_known(tmp_path, design):
    folder = written(tmp_path, **design)
    assert scored(folder).units.se[0] == known(folder).units.se[0] > 0


def test_a_class_of_which_one_came_makes_the_factors_of_its_cell_count_as_known(tmp_path):
    folder = written(tmp_path)
    text = (folder / "respondents.csv").read_text(encoding="utf-8").splitlines()
    few = [line for line in text if ",south,f," not in line]
    few.append(next(line for line in text if ",south,f," in line))
    (folder / "respondents.csv").write_text("\n".join(few) + "\n", encoding="utf-8")
    assert scored(folder).units.se[0] == known(folder).units.se[0] > 0


def test_groups_that_share_a_sample_take_their_factors_as_known_too(tmp_path):
    rows = ["resp_id,unit,group,sample,stratum,psu,weight,fpc1,q1"]
    for k, code in enumerate("ABCDABCDAABB"):
        rows += [f"r{k},U1,{group},all,s,{k},1,40,{code}" for group in ("council", "leaders")]
    folder = small.folder(tmp_path, respondents="\n".join(rows) + "\n")
    card = scored(folder, adjust="frame")
    assert card.units.se[0] == pytest.approx(known_frame(card), rel=1e-12)


def known_frame(card):
    return scorecards.scorecard(card.data).units.se[0]


def test_the_jackknife_leaves_such_cells_as_they_are(tmp_path):
    folder = written(tmp_path)
    found, plain = scored(folder, variance="jkn"), scored(folder)
    np.testing.assert_allclose(found.units.se, plain.units.se, rtol=1e-12)
    np.testing.assert_allclose(found.estimates.se, plain.estimates.se, rtol=1e-12)
    assert known(folder, variance="jkn").units.se[0] != found.units.se[0]


def test_where_classes_differ_the_variance_is_right_and_neither_of_the_usual_ones():
    world = simulated.World(60, 2000, (0.9, 0.35), 2.0)
    variance, (factors, invited, two), covered = simulated.measured(world, 300, seed=3)
    assert two == pytest.approx(variance, rel=0.2)
    assert invited < 0.8 * variance, "as if the invited were the population"
    assert factors > 1.2 * variance, "as if a class were an accident of the draw"
    assert covered[-1] == pytest.approx(0.95, abs=0.03)
