"""Changes hold what they promise: simulated populations of known change, with fixed seeds.

A unit is a replicate of its own: one data set of many units is many surveys. The tolerance is three
standard errors of a binomial share.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.analysis import two_years
from tests.analysis.two_years import compared, year

COEFS = np.array([1.0, 0.6, 0.2, 0.0])
CODES = "ABCD"
CRITERIA = two_years.CRITERIA.replace("C2,0.5,leaders,q2,1\n", "")
OPTIONS = two_years.small.OPTIONS
HEAD = "resp_id,unit,group,stratum,psu,weight,fpc1,fpc2,q1"


def allowed(share, tries):
    return 3 * math.sqrt(share * (1 - share) / tries)


def codes(mood):
    return np.digitize(-mood, [-0.6, 0.2, 1.0])


def moods(rng, size, lasting):
    """Two years' moods of some people, of which `lasting` is the same in both."""
    base = rng.normal(size=size)
    return [
        math.sqrt(lasting) * base + math.sqrt(1 - lasting) * rng.normal(size=size) for _ in "ab"
    ]


def leaders(rng, unit, there, drawn, *, lasting, skips=0.0):
    """Rows of both years, and the change of the population's mean. `drawn` are who comes."""
    said = [codes(mood + 0.2 * late) for late, mood in enumerate(moods(rng, there, lasting))]
    who, rows = rng.permutation(there), ([], [])
    for late in (0, 1):
        for person in who[list(drawn[late])]:
            code = CODES[said[late][person]] if rng.random() >= skips else ""
            weight = there / len(drawn[late])
            rows[late].append(f"p{person},{unit},leaders,s,p{person},{weight!r},{there},,{code}")
    return rows, COEFS[said[1]].mean() - COEFS[said[0]].mean()


def villages(rng, unit, there, drawn, *, size=16, asked=5, fresh=True):
    """Villages of `size` people, of whom `asked` are drawn; `fresh`: others each year."""
    rows, means, order = ([], []), ([], []), rng.permutation(there)
    for place, village in enumerate(order):
        persons = moods(rng, size, 0.7)
        same = rng.permutation(size)[:asked]
        effect = 0.6 * rng.normal()
        for late in (0, 1):
            said = codes(effect + persons[late] + 0.2 * late)
            means[late].append(COEFS[said].mean())
            if place in drawn[late]:
                for person in rng.permutation(size)[:asked] if fresh else same:
                    weight = there / len(drawn[late]) * size / asked
                    rows[late].append(
                        f"v{village}p{person},{unit},leaders,s,v{village},{weight!r},{there},{size},"
                        f"{CODES[said[person]]}"
                    )
    return rows, np.mean(means[1]) - np.mean(means[0])


def surveyed(path, units, draw):
    """Both years' data, and the true change of every unit in points."""
    rows, truth = ([], []), []
    for number in range(units):
        own, change = draw(f"U{number:04d}")
        truth.append(1.5 * change)
        for late in (0, 1):
            rows[late].extend(own[late])
    path.mkdir(exist_ok=True)
    data = []
    for late in (0, 1):
        files = {"respondents": "\n".join([HEAD, *rows[late], ""]), "criteria": CRITERIA}
        frame = two_years.frame({f"U{n:04d}": "" for n in range(units)})
        data.append(year(path / "ab"[late], {}, options=OPTIONS, frame=frame, **files))
    return *data, np.array(truth)


WORLDS = {
    "other people": ("none", leaders, 40, (range(10), range(20, 30)), {"lasting": 0.0}),
    "the same 12 of 20": ("persons", leaders, 20, (range(12),) * 2, {"lasting": 0.8}),
    "6 of 8 again, of 12": ("persons", leaders, 12, (range(8), range(2, 10)), {"lasting": 0.8}),
    "a census that skips": (
        "persons", leaders, 12, (range(12),) * 2, {"lasting": 0.8, "skips": 0.25}),
    "the same villages": ("psus", villages, 10, (range(6),) * 2, {}),
    "4 of 6 villages again": ("psus", villages, 10, (range(6), range(2, 8)), {}),
    "the same villagers": ("persons", villages, 10, (range(6), range(2, 8)), {"fresh": False}),
}  # fmt: skip
UNITS = 400


@pytest.mark.parametrize("world", WORLDS)
def test_intervals_of_changes_hold_their_level_and_variances_are_true(tmp_path, world):
    panel, draw, there, drawn, more = WORLDS[world]
    rng = np.random.default_rng(list(WORLDS).index(world) + 1)
    last, this, truth = surveyed(
        tmp_path / "data", UNITS, lambda unit: draw(rng, unit, there, drawn, **more)
    )
    found = compared(last, this, panel=panel).scores
    assert not found.reason.any()
    inside = (found.lo[:, 0] <= truth + 1e-9) & (truth <= found.hi[:, 0] + 1e-9)
    assert inside.mean() >= 0.95 - allowed(0.95, UNITS)
    error = found.change[:, 0] - truth
    ratio = (found.se_nr[:, 0] ** 2).mean() / (error**2).mean()
    assert 0.8 < ratio < 1.25, "a variance of 400 has a standard error of 7 %"


def test_a_panel_that_is_taken_for_independent_samples_is_far_too_unsure(tmp_path):
    _, draw, there, drawn, more = WORLDS["the same 12 of 20"]
    rng = np.random.default_rng(2)
    last, this, truth = surveyed(
        tmp_path / "data", UNITS, lambda unit: draw(rng, unit, there, drawn, **more)
    )
    found = compared(last, this).scores
    error = found.change[:, 0] - truth
    assert (found.se_nr[:, 0] ** 2).mean() > 2.5 * (error**2).mean()


def test_wrong_verdicts_in_a_family_are_as_rare_as_promised(tmp_path):
    """Nothing changes: this year's population is last year's, in another order."""
    rng, families, size = np.random.default_rng(8), 120, 12

    def nothing(unit):
        said = codes(rng.normal(size=30))
        rows = ([], [])
        for late in (0, 1):
            for person, code in enumerate(rng.permutation(said)[:9]):
                rows[late].append(
                    f"p{person},{unit},leaders,s,p{person},{30 / 9!r},30,,{CODES[code]}"
                )
        return rows, 0.0

    wrong, alone, moved = 0, 0, 0
    for _ in range(families):
        last, this, _ = surveyed(tmp_path / "data", size, nothing)
        found = compared(last, this)
        wrong += bool(found.scores.verdict.any())
        alone += bool((found.scores.p <= 0.05).any())
        moved += bool(found.ranks.verdict.any())
    assert wrong / families <= 0.05 + allowed(0.05, families)
    assert moved / families <= 0.05 + allowed(0.05, families), "no unit's true rank changed"
    assert alone / families > 0.3, "without Holm every third province would praise somebody"
