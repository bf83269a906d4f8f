"""Chances, choices and weights against R; its `sampling` is asked where it is installed."""

from __future__ import annotations

import csv
import io
import subprocess
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from survey_app.sampling import selection
from survey_app.sampling.drawing import draw
from survey_app.sampling.drawn_file import csv_of
from tests.sampling.lists import design, listed, people
from tests.support import r_survey

SIZES = (400, 35, 120, 60, 12, 95, 40, 8, 77, 150, 5, 31)
SCRIPT = Path(__file__).with_name("drawing.R")

pytestmark = r_survey.needed("about chances and weights")

DRAWN = draw(
    listed(people({"a": 500, "b": 41, "c": 3, "d": 230})), design("stratified", 61, least=2)
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    file = tmp_path_factory.mktemp("r") / "drawn.csv"
    file.write_text(csv_of(DRAWN), encoding="utf-8")
    ran = subprocess.run(
        ["Rscript", SCRIPT, file], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    answers: dict[str, list[float]] = defaultdict(list)
    for question, _, value in csv.reader(io.StringIO(ran.stdout)):
        answers[question].append(float(value))
    return answers


def test_weights_of_strata_are_those_of_survey(said: dict[str, list[float]]) -> None:
    assert [float(case.weight) for case in DRAWN.cases] == pytest.approx(said["weights"])
    assert said["population"] == pytest.approx([774])


def _only_with_sampling(said: dict[str, list[float]]) -> None:
    if "chances-3" not in said:
        pytest.skip("R has no package sampling here")


@pytest.mark.parametrize("n", [1, 3, 5, 8, 11])
def test_chances_proportional_to_size_are_those_of_sampling(
    n: int, said: dict[str, list[float]]
) -> None:
    _only_with_sampling(said)
    chances = selection.size_chances(n, SIZES)
    assert [float(each) for each in chances] == pytest.approx(said[f"chances-{n}"], rel=1e-12)


@pytest.mark.parametrize("n", [1, 3, 5, 8])
def test_one_start_chooses_the_same_as_in_sampling(n: int, said: dict[str, list[float]]) -> None:
    _only_with_sampling(said)
    chances = selection.size_chances(n, SIZES)
    free = [each for each in range(len(SIZES)) if chances[each] < 1]
    for seed in range(1, 21):
        start = Fraction(said[f"start-{n}-{seed}"][0])
        chosen = selection.systematic(free, [chances[each] for each in free], start)
        by_r = [each for each, is_in in enumerate(said[f"chosen-{n}-{seed}"]) if is_in]
        assert [*chosen] == [each for each in by_r if each in free]


@pytest.mark.parametrize("n", [1, 3, 5, 8])
def test_joint_chances_are_those_of_sampling(n: int, said: dict[str, list[float]]) -> None:
    """Over every start: between two neighbouring edges of the chances the choice is the same."""
    _only_with_sampling(said)
    chances = [each for each in selection.size_chances(n, SIZES) if each < 1]
    edges = sorted({sum(chances[:k], Fraction(0)) % 1 for k in range(len(chances) + 1)} | {0, 1})
    joint = [[Fraction(0)] * len(chances) for _ in chances]
    for low, high in pairwise(edges):
        chosen = selection.systematic(range(len(chances)), chances, (low + high) / 2)
        for i in chosen:
            for j in chosen:
                joint[i][j] += high - low
    ours = [float(each) for row in joint for each in row]
    assert ours == pytest.approx(said[f"joint-{n}"], abs=1e-9)
