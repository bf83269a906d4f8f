"""Last year's wave, published and corrected: its points, two versions, and what lies between them.

The first version counts every form while a proposal to leave some out waits; then somebody else
agrees to it, and the second version leaves them out.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from survey_app.conduct import standing
from survey_app.conduct.assessment import assessing
from survey_app.conduct.assessment.assessing import Deed
from survey_app.conduct.quality import leaving_out
from survey_app.conduct.scoring import publication, publish
from survey_app.demo.past import PastWave
from survey_app.fieldwork.assessment.points import Assessed
from survey_app.fieldwork.values import plain
from survey_app.questionnaire.model import Leaf
from survey_app.store import publications, waves
from survey_app.store.assessment import submissions
from survey_app.store.quality import exclusions
from survey_app.store.waves import Wave
from survey_app.waves import blocks
from survey_app.web import House

ANALYST, APPROVER, APPRAISER = "phan-tich", "lanh-dao", "tham-dinh"
TWO_WEEKS = timedelta(days=14)
REASON = "Thiếu sản phẩm chứng minh kết quả"
_EVIDENCE = "Báo cáo năm của đơn vị"
_SHARES = tuple(Decimal(share) for share in ("0.7", "0.8", "0.9", "1"))
_ADJUSTED = 0.15
"""The share of points that appraisers lower."""


def points(past: PastWave) -> None:
    """Every unit has submitted, and is appraised."""
    house, name = past.house, past.past.name
    wave, rng = _wave(house, name), random.Random(past.past.seed)
    study = standing.study_of(house, wave)
    leaves = [leaf for leaf in study.index.leaves if leaf.assessed == "self"]
    with house.database.reading() as connection:
        units = [unit.unit for unit in waves.units(connection, wave.id)]
        reached = submissions.progress(connection, wave.id, len(leaves))
    for unit in units:
        if unit in reached and reached[unit].is_appraised:
            continue
        points = _own(unit, leaves, rng)
        deed = Deed(wave=name, unit=unit, by=unit.lower())
        assessing.enter(house, deed, points, study.index.fields[0].code)
        assessing.submit(house, deed, study)
        theirs = Deed(wave=name, unit=unit, by=APPRAISER)
        assessing.appraise(house, theirs, _appraised(points, rng), (), study.index.fields[0].code)


def _own(unit: str, leaves: Sequence[Leaf], rng: random.Random) -> list[Assessed]:
    return [
        Assessed(unit, leaf.code, plain(leaf.points * rng.choice(_SHARES)), _EVIDENCE)
        for leaf in leaves
    ]


def _appraised(own: Sequence[Assessed], rng: random.Random) -> list[Assessed]:
    rows = []
    for row in own:
        is_lower = rng.random() < _ADJUSTED and Decimal(row.points) > 0
        given = plain(Decimal(row.points) / 2) if is_lower else row.points
        rows.append(Assessed(row.unit, row.criterion, given, REASON if is_lower else ""))
    return rows


def publish_twice(past: PastWave) -> None:
    """Two versions, the second after forms were left out by two people."""
    house, name = past.house, past.past.name
    if not _versions(house, name):
        past.clock.day += TWO_WEEKS
        _publish(house, name)
    past.clock.day += TWO_WEEKS
    with house.database.reading() as connection:
        listed = exclusions.listed(connection, waves.find(connection, name))
    for waiting in [each for each in listed if each.state == "proposed"]:
        leaving_out.agree(house, _wave(house, name), waiting.id, APPROVER)
    if listed and _versions(house, name) == 1:
        past.clock.day += TWO_WEEKS
        _publish(house, name)


def _publish(house: House, name: str) -> None:
    """Scored, prepared by one and approved by another."""
    wave = _wave(house, name)
    card = publish.score(house, wave, ANALYST, merge=True)
    facts = standing.facts(house, wave, deep=True)
    known = [each.key for each in blocks.warnings("publish", facts)]
    with house.database.writing() as connection:
        publication.prepare(connection, house, wave, card, ANALYST, known)
    with house.database.writing() as connection:
        publication.approve(connection, house, wave, card, APPROVER)


def _versions(house: House, name: str) -> int:
    with house.database.reading() as connection:
        return len(publications.versions(connection, waves.find(connection, name).id))


def _wave(house: House, name: str) -> Wave:
    with house.database.reading() as connection:
        return waves.find(connection, name)
