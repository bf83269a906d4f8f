"""An office of six and a wave in the field, for tests that walk from points to a publication."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from survey_app.demo.past import Past, PastWave
from survey_app.demo.plan import FRAME_COLUMNS, SAMPLE_COLUMNS, Plan
from survey_app.questionnaire import library
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.builders import write_study
from tests.fieldwork.studies import TWO_LEAVES
from tests.support import assessed
from tests.support.accounts import PASSWORD_ALONE

WAVE, DAYS, PEOPLE, DELEGATES = "so-2026", 10, 40, 30
UNIT, OTHER = "SNV", "STP"

_APPRAISED_BY = (
    "    source: decision\n    criteria:",
    f"    source: decision\n    appraised_by: [{OTHER}]\n    criteria:",
)
_INDEX = [TWO_LEAVES, ("sub_criteria: 1\n", "sub_criteria: 3\n"), _APPRAISED_BY]


class Installation:
    """A store with its tables, and the house on it: what `live_site` serves."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.database = folder, Database(url)
        migrate.upgrade(self.database)
        settings = Settings(folder / "data", url, "k" * 40, sign_in=PASSWORD_ALONE)
        self.house = House(settings, self.database)

    def field(self) -> None:
        """A wave of two units whose fieldwork is nearly over; many forms about one were hasty.

        The other unit has submitted already, and is appraised.
        """
        texts = self.folder / "texts"
        study = library.study(write_study(texts, index=_INDEX), texts)
        today = datetime.now(UTC).date()
        past = Past(
            name=WAVE, study=study, year=2026, opened=today - timedelta(days=DAYS), days=DAYS,
            shares={"citizens": 0.8, "council": 0.8}, seed=3, hasty=OTHER,
        )  # fmt: skip
        fieldwork = PastWave(self.house, past)
        fieldwork.open(_plan())
        fieldwork.go_on(today)
        with self.database.writing() as connection:
            wave = waves.find(connection, WAVE)
            given = [(OTHER, "1.1.1", "6", "5.5"), (OTHER, "1.1.2", "2", "2")]
            assessed.keep(connection, wave, given, self.house.stamp(), by="van-thu-stp")


def _plan() -> Plan:
    frame = [
        *(_row(FRAME_COLUMNS, group="citizens", unit=unit, population=800, planned=PEOPLE)
          for unit in (UNIT, OTHER)),
        _row(FRAME_COLUMNS, group="council", sample="hdnd", population=50, planned=DELEGATES),
    ]  # fmt: skip
    people = [
        {"group": "citizens", "unit": unit, "fpc1": 800, "weight": 800 / PEOPLE}
        for unit in (UNIT, OTHER)
        for _ in range(PEOPLE)
    ]
    council = {"group": "council", "sample": "hdnd", "fpc1": 50, "asked": "*"}
    delegates = [{**council, "weight": round(50 / DELEGATES, 6)}] * DELEGATES
    sample = [
        _row(SAMPLE_COLUMNS, case=f"C{number:03}", mode="web", **place)
        for number, place in enumerate([*people, *delegates], 1)
    ]
    return Plan(frame, sample)


def _row(columns: tuple[str, ...], **given: object) -> dict[str, str]:
    row = dict.fromkeys(columns, "") | {"stratum": "all"}
    return row | {name: str(value) for name, value in given.items()}
