"""What the office scores follows from the release beside it, as a stranger would verify it."""

from __future__ import annotations

from analysis.__main__ import main
from survey_app.conduct.scoring import publish
from tests.analysis.results_folders import change_cell


def test_a_scorecard_of_the_office_is_verified_from_its_release(house, wave, capsys):
    card = publish.score(house, wave, "lan", merge=True)
    results = publish.results(house, card)
    assert main(["verify", str(results.parent), str(results)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("verified: ")
    assert {path.name for path in results.iterdir()} >= {"scores.json", "merged.json"}


def test_a_grade_that_was_altered_is_named(house, wave, capsys):
    card = publish.score(house, wave, "lan", merge=True)
    results = publish.results(house, card)
    unit = (results / "merged.csv").read_text("utf-8").splitlines()[1].split(",")[0]
    before = change_cell(results / "merged.csv", "grade", "no-such-grade", unit=unit)
    assert main(["verify", str(results.parent), str(results)]) == 1
    said = capsys.readouterr().out
    assert "merged.csv: changed after it was written" in said
    place = f"merged.csv: row unit={unit}, column grade"
    shown = f'"{before}"' if before else "null"
    assert f'{place}: written "no-such-grade", recomputed {shown}' in said
