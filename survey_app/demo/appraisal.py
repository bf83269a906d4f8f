"""Invented steps of self-assessment and appraisal, so that the table of units shows its stages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from survey_app.conduct.assessment import assessing
from survey_app.conduct.assessment.assessing import Asked, Deed
from survey_app.conduct.standing import study_of
from survey_app.fieldwork.assessment.points import Assessed
from survey_app.fieldwork.assessment.stages import Deadlines
from survey_app.fieldwork.values import plain
from survey_app.questionnaire.model import Study
from survey_app.store import waves
from survey_app.store.waves import Wave
from survey_app.web import House

CLERK, APPRAISER = "so-noi-vu", "tham-dinh"
ASKED_OF = "SNV25"
"""The unit whose clerk is among the colleagues: a question waits for it."""

AGREE = 4
BEGIN = 3
"""So many units agree, and so many communes have something to show."""

DAYS = 10
_SHARE = Decimal("0.8")
QUESTION = "Đề nghị gửi số, ngày của văn bản làm căn cứ cho số điểm này."


def ask_and_agree(house: House, name: str) -> None:
    """Deadlines, a question to one unit, and some that agree with what was appraised."""
    wave, study, units = _of(house, name)
    soon = (house.clock() + timedelta(days=DAYS)).isoformat(timespec="seconds")
    times = Deadlines(submit_by=soon, answer_by=soon)
    assessing.set_deadlines(house, wave.name, times, APPRAISER)
    first = assessing.self_assessed(study)[0]
    asked = [Asked(criterion=first, question=QUESTION)]
    assessing.appraise(house, Deed(wave=name, unit=ASKED_OF, by=APPRAISER), [], asked, first)
    others = [unit for unit in units if unit != ASKED_OF]
    for unit in others[:AGREE]:
        assessing.agree(house, Deed(wave=name, unit=unit, by=unit.lower()), study)


def begin(house: House, name: str) -> None:
    """Some units of a wave that is in the field: one at work, others submitted."""
    _, study, units = _of(house, name)
    leaves = [leaf for leaf in study.index.leaves if leaf.assessed == "self"]
    for at, unit in enumerate(units[:BEGIN]):
        deed = Deed(wave=name, unit=unit, by=f"xa-{unit.lower()}")
        entered = leaves if at else leaves[: len(leaves) // 3]
        rows = [
            Assessed(unit, leaf.code, plain(leaf.points * _SHARE), "Báo cáo năm của đơn vị")
            for leaf in entered
        ]
        assessing.enter(house, deed, rows, study.index.fields[0].code)
        if at:
            assessing.submit(house, deed, study)


def _of(house: House, name: str) -> tuple[Wave, Study, list[str]]:
    with house.database.reading() as connection:
        wave = waves.find(connection, name)
        units = [unit.unit for unit in waves.units(connection, wave.id)]
    return wave, study_of(house, wave), units
