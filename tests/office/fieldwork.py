"""Two years of fieldwork in a store: last year's wave is closed, this year's is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from survey_app.demo.past import Past, PastWave, a_year_before
from survey_app.demo.plan import FRAME_COLUMNS, SAMPLE_COLUMNS, Plan
from survey_app.questionnaire import library
from survey_app.store import waves
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study

DAYS = 12
SHARES = {"citizens": 0.7, "council": 0.7}


@dataclass
class TwoYears:
    """Waves `cu` and `nay`; this year's goes on as long as it is told to."""

    last: Wave
    this: Wave
    past: PastWave
    today: date


def two_years(house: House, folder: Path, *, people: int = 60) -> TwoYears:
    """Field both; of this year's wave half the days are over."""
    today = datetime.now(UTC).date()
    study = library.study(write_study(folder), folder)
    texts = a_year_before(study, 2025)
    before = library.study_from_texts(study.name.replace("2026", "2025"), texts)
    old = Past(
        name="cu", study=before, year=2025, opened=today - timedelta(days=370), days=DAYS,
        shares=SHARES, seed=1,
    )  # fmt: skip
    new = replace(old, name="nay", study=study, year=2026, opened=today - timedelta(days=6), seed=2)
    last, this = PastWave(house, old), PastWave(house, new)
    for wave in (last, this):
        wave.open(plan(people))
        wave.go_on(today)
    last.close()
    with house.database.reading() as connection:
        found = [waves.find(connection, name) for name in ("cu", "nay")]
    return TwoYears(*found, this, today)


def plan(people: int) -> Plan:
    """Citizens of one unit, a few of another, and delegates who rate both."""
    frame = [
        _row(FRAME_COLUMNS, group="citizens", unit="SNV", population=800, planned=people),
        _row(FRAME_COLUMNS, group="citizens", unit="STP", population=300, planned=4),
        _row(FRAME_COLUMNS, group="council", sample="hdnd", population=50, planned=30),
    ]
    places = (
        [{"group": "citizens", "unit": "SNV", "fpc1": 800}] * people
        + [{"group": "citizens", "unit": "STP", "fpc1": 300}] * 4
        + [{"group": "council", "sample": "hdnd", "fpc1": 50, "asked": "*"}] * 30
    )
    sample = [
        _row(SAMPLE_COLUMNS, case=f"C{number:03}", weight="1", mode="web", **place)
        for number, place in enumerate(places)
    ]
    return Plan(frame, sample)


def _row(columns: tuple[str, ...], **given: object) -> dict[str, str]:
    row = dict.fromkeys(columns, "") | {"stratum": "all"}
    return row | {name: str(value) for name, value in given.items()}
