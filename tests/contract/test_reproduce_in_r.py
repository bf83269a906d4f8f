"""A statistician who distrusts us gets the same digits from R, with the script of the release.

R is not a part of the product. Where it is missing these tests are skipped, and say so; under
CI=true they fail.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.dataset import reader
from analysis.scoring import score
from survey_app.conduct import closing
from survey_app.release import writing
from survey_app.respondent.session import RespondentSession
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.fielded import field
from tests.support import r_survey

pytestmark = pytest.mark.usefixtures("quick_processes")

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "survey_app" / "release" / "reproduce.R"
REFERENCE = ROOT / "tests" / "reference"

needs_r = r_survey.needed("to redo the scores")


@needs_r
@pytest.mark.parametrize("missing", ["strict", "renormalise"])
@pytest.mark.parametrize("name", ["clean", "missing", "edge", "matrix"])
def test_r_gives_the_same_scores_and_standard_errors(name, missing, tmp_path):
    _same(REFERENCE / name, tmp_path, missing)


@needs_r
def test_r_pools_answers_and_sets_small_groups_aside_as_we_do(tmp_path):
    folder = shutil.copytree(REFERENCE / "missing", tmp_path / "pooled")
    rows = _table(folder / "criteria.csv")
    _write(folder / "criteria.csv", [row | {"average": "pooled"} for row in rows])
    _same(folder, tmp_path, "renormalise", min_group=4)


@needs_r
def test_r_takes_a_blank_population_for_one_without_end(tmp_path):
    folder = shutil.copytree(REFERENCE / "clean", tmp_path / "endless")
    rows = _table(folder / "respondents.csv")
    _write(folder / "respondents.csv", [row | {"fpc1": "", "fpc2": ""} for row in rows])
    _same(folder, tmp_path, "strict")


@needs_r
@pytest.mark.parametrize("answers", [0, 1])
def test_r_takes_a_release_with_one_answer_or_none(tmp_path, answers):
    folder = shutil.copytree(REFERENCE / "clean", tmp_path / "few")
    lines = (folder / "respondents.csv").read_text(encoding="utf-8").splitlines()
    (folder / "respondents.csv").write_text(
        "\n".join(lines[: 1 + answers]) + "\n", encoding="utf-8"
    )
    _same(folder, tmp_path, "renormalise")


@needs_r
def test_a_release_is_scored_by_its_own_script(tmp_path):
    folder = _release(tmp_path)
    named = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert "reproduce.R" in named
    rated = _same(folder, tmp_path, "renormalise", script=folder / "reproduce.R", min_group=None)
    assert rated["SNV"][1] > 0


def test_a_release_carries_the_script(tmp_path):
    assert (_release(tmp_path) / "reproduce.R").read_bytes() == SCRIPT.read_bytes()


def _same(folder, tmp_path, missing, *, script=SCRIPT, min_group=1):
    """Scores and errors by R equal ours; they are returned."""
    theirs = tmp_path / "by-r.csv"
    asked = ["Rscript", script, folder, "--missing", missing, "--out", theirs]
    asked += ["--min-group", min_group] if min_group else []
    done = subprocess.run(list(map(str, asked)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    least = min_group or json.loads((folder / "manifest.json").read_text())["settings"]["min_group"]
    card = score.score(reader.read(folder), score.Settings(missing=missing, min_group=least))
    ours = {
        unit: (float(card.units.score[at]), float(card.units.se[at]))
        for at, unit in enumerate(card.data.units)
    }
    found = {
        row["unit"]: tuple(float(row[name] or "nan") for name in ("score", "se"))
        for row in _table(theirs)
    }
    assert found.keys() == ours.keys()
    for unit, pair in ours.items():
        assert found[unit] == pytest.approx(pair, rel=1e-9, abs=1e-12, nan_ok=True), unit
    return found


def _release(tmp_path):
    """The release of a small wave in which delegates rate both units, and citizens one."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    house = House(Settings(tmp_path, url, "k" * 40), Database(url))
    migrate.upgrade(house.database)
    wave = field(house.database, tmp_path, council=7, citizens=8)
    for token, code in zip(
        wave.tokens["council"], ["A", "B", "C", "D", "KB", "A", "B"], strict=True
    ):
        _send(house, token, {"SNV": code, "STP": "B"})
    for token, code in zip(wave.tokens["citizens"], "AABBCCDD", strict=True):
        _send(house, token, {"SNV": code})
    closing.close(house, wave.wave.name, "lan")
    with house.database.reading() as connection:
        found = waves.find(connection, wave.wave.name)
        written = writing.write(connection, found, tmp_path / "releases")
    house.database.close()
    return written.folder


def _send(house, token, codes):
    session = RespondentSession.of(house, token)
    session.begin()
    for page in session.journey.pages:
        code = codes.get(page.unit)
        session.keep(page, {"leadership": code} if code else {}, set(), left=True)
    session.submit_ballot()


def _table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
