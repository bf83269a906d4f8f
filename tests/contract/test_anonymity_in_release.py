"""Nobody is found in what is released: of those who answered, enough show the same design.

The attacker holds the sample list, with each case's stratum, PSU, weight, mode and units, and the
folder of a release. A row whose design few of those who answered share is theirs.

On the version before ballots were sealed (89d7740, `git checkout`) the same wave had classes of one
and of two; of the demonstration's citizens, 1 ballot fitted one person and 24 fitted two.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from survey_app.conduct import closing
from survey_app.release import writing
from survey_app.store import tables, waves
from survey_app.store.waves import WaveState
from survey_app.web import House
from tests.respondent.live_survey import LiveSurvey, live_survey
from tests.support.cast import cast

pytestmark = pytest.mark.usefixtures("quick_processes")

PEOPLE, VILLAGES = 120, 24
DESIGN = ("group", "sample", "unit", "stratum", "weight", "fpc1", "fpc2", "mode")


@contextmanager
def villages(
    url: str, folder: Path, answering: float, far: int = 0
) -> Iterator[tuple[LiveSurvey, House]]:
    """Five people in each of some villages of two strata; some are interviewed, some answer.

    The weights of villages differ by up to a third; those of `far` villages by far more.
    """
    rng = random.Random(20260105)
    with live_survey(folder, url=url, citizens=PEOPLE) as survey:
        cases = tables.cases.c
        with survey.database.writing() as connection:
            mine = select(cases.id).where(cases.grp == "citizens").order_by(cases.id)
            for place, case in enumerate(connection.execute(mine).scalars().all()):
                village = place % VILLAGES
                weight = 2 + village / 32 if village >= far else 20 + 30 * village
                design = {
                    "stratum": "ab"[village % 2],
                    "psu": f"v{village:02d}",
                    "weight": f"{weight:.6f}",
                    "fpc1": 40,
                    "fpc2": 60 + village,
                    "mode": "interview" if place // VILLAGES == 4 else "web",
                }
                connection.execute(update(tables.cases).where(cases.id == case).values(**design))
            strata = tables.strata
            row = connection.execute(select(strata).where(strata.c.grp == "citizens")).one()
            connection.execute(strata.delete().where(strata.c.grp == "citizens"))
            for name in "ab":
                connection.execute(strata.insert().values({**row._mapping, "stratum": name}))
        for number, token in enumerate(survey.wave.tokens["citizens"]):
            if rng.random() < answering:
                cast(survey.database, token, number)
        yield survey, survey.app.extensions["cchc"]


def released(house: House, folder: Path) -> list[dict[str, str]]:
    """The rows of respondents.csv."""
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        made = writing.write(connection, wave, folder / "releases").folder
    with (made / "respondents.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def classes(rows: list[dict[str, str]]) -> Counter[tuple[str, ...]]:
    """How many of those who answered show each design. A PSU named by its ballot shows nothing."""
    units: dict[str, list[str]] = {}
    for row in rows:
        units.setdefault(row["resp_id"], []).append(row["unit"])
    shown = {
        row["resp_id"]: (
            *(row[name] for name in DESIGN if name != "unit"),
            "" if row["psu"] == row["resp_id"] else row["psu"],
            " ".join(sorted(units[row["resp_id"]])),
        )
        for row in rows
    }
    return Counter(shown.values())


@pytest.mark.parametrize("answering", [0.3, 0.6, 0.9])
def test_of_those_who_answered_three_or_more_show_the_same(database_url, tmp_path, answering):
    with villages(database_url, tmp_path, answering) as (survey, house):
        house.mixer.mix_all()
        closing.close(house, "test", "lan")
        rows = released(house, tmp_path)
        sent = survey.rows("SELECT COUNT(*) FROM ballots")[0][0]
        assert len(rows) == sent > 20
        assert min(classes(rows).values()) >= 3


def test_a_class_that_stays_smaller_was_accepted_and_is_as_large_as_was_told(
    database_url, tmp_path
):
    with villages(database_url, tmp_path, 0.5, far=3) as (survey, house):
        wave = survey.wave.wave
        told = closing.sizes_now(house, wave)
        assert told
        assert max(told) < 3
        with pytest.raises(WaveState):
            closing.close(house, "test", "lan")
        closing.close(house, "test", "lan", accepted=True)
        small = Counter(size for size in classes(released(house, tmp_path)).values() if size < 3)
        assert dict(small) == told


def test_for_open_data_five_or_more_show_the_same(tmp_path):
    url = f"sqlite:///{tmp_path / 'survey.sqlite3'}"
    with villages(url, tmp_path, 0.5) as (survey, _):
        from survey_app.settings import Settings
        from tests.respondent.live_survey import KEY

        house = House(Settings(tmp_path, url, KEY, smallest_class=5), survey.database)
        closing.close(house, "test", "lan")
        assert min(classes(released(house, tmp_path)).values()) >= 5


def test_a_row_holds_nothing_else_of_its_case(database_url, tmp_path):
    with villages(database_url, tmp_path, 0.9) as (_, house):
        closing.close(house, "test", "lan")
        columns = set(released(house, tmp_path)[0])
        told = {"resp_id", "psu", *DESIGN, "language", "pace", "position"}
        questions = {"leadership", "used_service", "ways", "age", "last_visit", "waiting"}
        assert columns == told | questions
