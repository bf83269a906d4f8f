"""Two who change the same points in the same moment: one is kept, the other is told."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from survey_app.conduct.assessment import assessing
from survey_app.conduct.assessment.assessing import Deed
from survey_app.fieldwork.assessment.points import Assessed
from survey_app.store import waves
from survey_app.store.assessment import points
from survey_app.store.assessment.points import Overtaken
from survey_app.store.waves import Refused
from survey_app.web import House

EDITORS = 6


def at_once(number: int, deed: object) -> Counter[str]:
    """What came of a deed that several do in the same moment; each knows its own number."""
    start, outcomes = threading.Barrier(number), list[str]()

    def do(mine: int) -> None:
        start.wait()
        try:
            deed(mine)  # type: ignore[operator]  # a function of the number
            outcomes.append("kept")
        except (Overtaken, Refused) as refused:
            outcomes.append(type(refused).__name__)

    threads = [threading.Thread(target=do, args=(mine,)) for mine in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


@pytest.mark.parametrize("round_", range(3))
def test_of_several_who_saw_the_same_one_is_kept(house: House, round_: int) -> None:
    def enter(mine: int) -> None:
        deed = Deed(wave="test", unit="SNV", by=f"nguoi-{mine}")
        row = Assessed("SNV", "1.1.1", str(mine), f"của {mine}", version=0)
        assessing.enter(house, deed, [row], "1")

    assert at_once(EDITORS, enter) == {"kept": 1, "Overtaken": EDITORS - 1}
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        (version,) = points.history(connection, wave.id, "SNV")["1.1.1"]
    assert version.words == f"của {version.points}"
    assert version.entered_by == f"nguoi-{version.points}"


def test_a_unit_submits_once_whoever_presses_the_button(house: House) -> None:
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
    study = house.study(wave.id, wave.study)
    deed = Deed(wave="test", unit="SNV", by="lan")
    rows = [Assessed("SNV", code, "1") for code in assessing.self_assessed(study)]
    assessing.enter(house, deed, rows, "1")
    outcome = at_once(EDITORS, lambda _: assessing.submit(house, deed, study))
    assert outcome == {"kept": 1, "AssessmentRefused": EDITORS - 1}
