"""The formulas of reference/README.md written out plainly, on designs that R's sets do not have.

Shared two-stage samples, lonely and certainty strata, persons alone in their PSU: loops over
strata, PSUs and persons, nothing of the package's machinery.
"""

from __future__ import annotations

import csv
import itertools
import random

import numpy as np
import pytest

from analysis.dataset import reader
from analysis.scoring import score

COEF = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0, "K": None, "": None}
UNITS, GROUPS, QUESTIONS = ("U1", "U2", "U3"), ("g1", "g2"), ("q1", "q2")
POINTS = {"c1": 2.0, "c2": 3.0}


def ratings(seed, *, lonely=False, certain=True):
    """A shared two-stage sample for g1, own one-stage samples for g2."""
    dice = random.Random(seed)
    rows = []
    sizes = {"h1": 3, "h2": 4, "certain": 1 if certain else 2, "alone": 1 if lonely else 2}
    for stratum, drawn in sizes.items():
        there = 1 if stratum == "certain" and certain else drawn + 5
        for psu in range(drawn):
            for person in range(dice.randint(1, 4)):
                who = f"{stratum}{psu}.{person}"
                for unit in UNITS:
                    if unit == "U1" or dice.random() < 0.8:
                        rows.append(
                            {
                                "resp_id": who,
                                "unit": unit,
                                "group": "g1",
                                "sample": "S",
                                "stratum": stratum,
                                "psu": str(psu),
                                "fpc1": str(there),
                                "fpc2": "9",
                            }
                        )
    for unit in UNITS:
        rows += [
            {
                "resp_id": f"{unit}{i}",
                "unit": unit,
                "group": "g2",
                "sample": "",
                "stratum": "all",
                "psu": str(i),
                "fpc1": "12",
                "fpc2": "",
            }
            for i in range(7)
        ]
    for row in rows:
        row["weight"] = repr(10 ** dice.uniform(-2, 3))
        row |= {q: dice.choice(list(COEF)) for q in QUESTIONS}
    return rows


def written(folder, rows):
    folder.mkdir(exist_ok=True)
    with (folder / "respondents.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    options = [f"{q},{o},{'' if c is None else c}" for q in QUESTIONS for o, c in COEF.items() if o]
    (folder / "options.csv").write_text("question,option,coef\n" + "\n".join(options) + "\n")
    links = [f"c1,2,{g},q1,{w}" for g, w in (("g1", 0.3), ("g2", 0.7))]
    links += [f"c2,3,{g},q2,1" for g in GROUPS]
    (folder / "criteria.csv").write_text(
        "criterion,max_points,group,question,group_weight\n" + "\n".join(links) + "\n"
    )
    return reader.read(folder)


def influences(rows, weights):
    """z of each row on each unit's score, (rows, units), and the scores."""
    z, scores = np.zeros((len(rows), len(UNITS))), np.zeros(len(UNITS))
    for (u, unit), group in itertools.product(enumerate(UNITS), GROUPS):
        for criterion, question in zip(POINTS, QUESTIONS, strict=True):
            part = POINTS[criterion] * weights[criterion][group]
            mine = [
                i
                for i, r in enumerate(rows)
                if (r["unit"], r["group"]) == (unit, group) and COEF[r[question]] is not None
            ]
            w = np.array([float(rows[i]["weight"]) for i in mine])
            x = np.array([COEF[rows[i][question]] for i in mine])
            theta = (w * x).sum() / w.sum()
            scores[u] += part * theta
            z[mine, u] += part * w * (x - theta) / w.sum()
    return z, scores


def covariance(rows, z, rule):
    total = np.zeros((z.shape[1], z.shape[1]))
    place = [(r["sample"] or r["unit"] + r["group"], r["stratum"]) for r in rows]
    for sample in sorted({p[0] for p in place}):
        strata = sorted({p for p in place if p[0] == sample})
        first = np.zeros_like(total)
        rated = {where: {r["unit"] for r, p in zip(rows, place, strict=True) if p == where}
                 for where in strata}  # fmt: skip
        lonely = []
        for where in strata:
            members = [i for i, p in enumerate(place) if p == where]
            psus = sorted({rows[i]["psu"] for i in members})
            m, there = len(psus), float(rows[members[0]]["fpc1"])
            t = np.array([z[[i for i in members if rows[i]["psu"] == p]].sum(0) for p in psus])
            if m > 1:
                d = t - t.mean(0)
                first += (1 - m / there) * m / (m - 1) * d.T @ d
            elif there > 1:
                lonely.append(where)
                if rule == "adjust":
                    first += (1 - m / there) * t.T @ t
            for p in psus:
                mine = [i for i in members if rows[i]["psu"] == p]
                if rows[mine[0]]["fpc2"] == "":
                    continue
                people = sorted({rows[i]["resp_id"] for i in mine})
                n = len(people)
                if n > 1:
                    k = np.array(
                        [z[[i for i in mine if rows[i]["resp_id"] == who]].sum(0) for who in people]
                    )
                    d = k - k.mean(0)
                    total += (
                        m / there * (1 - n / float(rows[mine[0]]["fpc2"])) * n / (n - 1) * d.T @ d
                    )
        if rule == "average":
            scale = [shared_out(unit, strata, rated, lonely) for unit in UNITS]
            first *= np.sqrt(np.outer(scale, scale))
        total += first
    return total


def shared_out(unit, strata, rated, lonely):
    """Strata with ratings of a unit over those of them without a lone PSU."""
    present = [where for where in strata if unit in rated[where]]
    others = [where for where in present if where not in lonely]
    return len(present) / len(others) if present else 1.0


WEIGHTS = {"c1": {"g1": 0.3, "g2": 0.7}, "c2": {"g1": 0.5, "g2": 0.5}}


@pytest.mark.parametrize("seed", range(12))
def test_scores_of_a_shared_two_stage_sample_covary_as_the_formula_says(tmp_path, seed):
    rows = ratings(seed)
    ours = score.score(written(tmp_path, rows))
    z, scores = influences(rows, WEIGHTS)
    np.testing.assert_allclose(ours.units.score, scores, rtol=1e-12)
    np.testing.assert_allclose(
        ours.covariance, covariance(rows, z, "report"), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rule", ["remove", "adjust", "average"])
def test_lonely_strata_of_a_shared_sample_follow_the_rule(tmp_path, seed, rule):
    rows = ratings(seed, lonely=True)
    if rule != "remove":
        rows = [row for row in rows if row["group"] == "g2" or row["resp_id"].endswith(".0")]
        for row in rows:
            row["fpc2"] = ""
    data = written(tmp_path, rows)
    rate_it = {row["unit"] for row in rows if row["stratum"] == "alone"}
    unknown = np.isnan(score.score(data).units.se).tolist()
    assert unknown == [unit in rate_it for unit in UNITS], "the default reports a lone PSU"
    ours = score.score(data, score.Settings(lonely_psu=rule))
    z, _ = influences(rows, WEIGHTS)
    np.testing.assert_allclose(ours.covariance, covariance(rows, z, rule), rtol=1e-9, atol=1e-12)


def test_rules_that_borrow_give_nothing_where_a_person_is_alone_too(tmp_path):
    rows = [
        row
        for row in ratings(1, lonely=True)
        if row["group"] == "g2" or row["resp_id"].endswith(".0")
    ]
    rate_it = {row["unit"] for row in rows if row["stratum"] == "alone"}
    for rule in ("adjust", "average"):
        ours = score.score(written(tmp_path, rows), score.Settings(lonely_psu=rule))
        assert np.isnan(ours.units.se).tolist() == [unit in rate_it for unit in UNITS]


@pytest.mark.parametrize("seed", range(4))
def test_pooled_criteria_have_the_standard_error_of_one_ratio(tmp_path, seed):
    rows = ratings(seed)
    data = written(tmp_path, rows)
    text = (tmp_path / "criteria.csv").read_text().splitlines()
    pooled = [text[0] + ",average"] + [line + ",pooled" for line in text[1:]]
    (tmp_path / "criteria.csv").write_text("\n".join(pooled) + "\n")
    ours = score.score(reader.read(tmp_path))
    z = np.zeros((data.rows, len(UNITS)))
    for u, unit in enumerate(UNITS):
        for criterion, question in zip(POINTS, QUESTIONS, strict=True):
            mine = [
                i for i, r in enumerate(rows) if r["unit"] == unit and COEF[r[question]] is not None
            ]
            w = np.array([float(rows[i]["weight"]) for i in mine])
            x = np.array([COEF[rows[i][question]] for i in mine])
            ratio = (w * x).sum() / w.sum()
            at = list(POINTS).index(criterion)
            assert ours.criteria.score[u, at] == pytest.approx(POINTS[criterion] * ratio, rel=1e-12)
            z[mine, u] += POINTS[criterion] * w * (x - ratio) / w.sum()
    np.testing.assert_allclose(
        ours.covariance, covariance(rows, z, "report"), rtol=1e-9, atol=1e-12
    )


def test_two_groups_of_one_sample_are_not_independent(tmp_path):
    rows = [row | {"sample": "S", "stratum": "all", "fpc1": "40", "fpc2": ""} for row in ratings(3)]
    for row in rows:
        row["psu"] = row["resp_id"]
    extra = [row | {"group": "g2"} for row in rows if row["group"] == "g1"]
    rows = [row for row in rows if row["group"] == "g1"] + extra
    for row in rows:
        row["fpc1"] = "100"
    ours = score.score(written(tmp_path, rows))
    z, _ = influences(rows, WEIGHTS)
    wanted = covariance(rows, z, "report")
    np.testing.assert_allclose(ours.covariance, wanted, rtol=1e-9, atol=1e-12)
    for at, criterion in enumerate(POINTS):
        own = {
            c: {g: w if c == criterion else 0.0 for g, w in by.items()} for c, by in WEIGHTS.items()
        }
        part, _ = influences(rows, own)
        np.testing.assert_allclose(
            ours.criteria.se[:, at] ** 2, covariance(rows, part, "report").diagonal(), rtol=1e-9
        )
