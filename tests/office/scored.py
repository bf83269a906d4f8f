"""A wave with its answers in the store, scored and merged: what the results pages are shown with.

house = house_at(database, tmp_path)
wave = answered(house, library.study(name, folder))
card = kept_scorecard(house, wave)
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from analysis import results
from analysis.dataset import reader
from analysis.index import merge
from analysis.ranking import league_table
from analysis.report import score_tables
from analysis.scoring import score
from survey_app.fieldwork.case import Case
from survey_app.questionnaire.model import Questionnaire, Study
from survey_app.release import writing
from survey_app.settings import VERSION, Settings
from survey_app.store import scorecards, waves
from survey_app.store import tables as t
from survey_app.store.answers import ballots
from survey_app.store.answers.ballots import Ballot, Rating
from survey_app.store.counts import recount
from survey_app.store.engine.database import Database
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.support import assessed
from tests.support.accounts import PASSWORD_ALONE

AT = "2026-08-05T01:00:00+00:00"
SHARED = ("council", "leaders")


def house_at(database: Database, folder: Path) -> House:
    """A house whose clock stands still."""
    settings = Settings(folder, str(database.url), "k" * 40, sign_in=PASSWORD_ALONE)
    return House(settings, database, lambda: datetime(2026, 8, 5, 1, tzinfo=UTC))


def answered(
    house: House,
    study: Study,
    *,
    each: int = 12,
    few: int = 0,
    seed: int = 1,
    year: int = 2026,
) -> Wave:
    """A closed wave; three in four replied; of the first unit only `few` citizens were asked."""

    def size(group: str, at: int) -> int:
        return few if few and group == "citizens" and not at else each

    return _answered(house, study, size, SHARED, seed, year, f"dot-{year}")


def answered_by_few(house: House, study: Study, year: int, seed: int = 1) -> Wave:
    """A closed wave in which from 1 to 14 people of each group were asked about each unit."""
    draw = random.Random(seed)
    return _answered(house, study, lambda group, at: draw.choice(FEW), (), seed, year)


FEW = (1, 2, 4, 5, 7, 9, 14)


def _answered(
    house: House,
    study: Study,
    size: Callable[[str, int], int],
    shared: tuple[str, ...],
    seed: int,
    year: int = 2026,
    name: str = "dot-2026",
) -> Wave:
    rng = random.Random(seed)
    with house.database.writing() as connection:
        wave = waves.create(connection, name, study, year, date(year, 1, 1), AT)
        units = [unit.unit for unit in waves.units(connection, wave.id)]
        quality = {unit: rng.uniform(0.25, 0.9) for unit in units}
        for group, questionnaire in study.questionnaires.items():
            if group in shared:
                count = 2 * size(group, -1)
                _sample(connection, wave, questionnaire, group, units, "", count, quality, rng)
                continue
            for at, unit in enumerate(units):
                count = size(group, at)
                _sample(connection, wave, questionnaire, group, [unit], unit, count, quality, rng)
        waves.open_(connection, wave, AT)
        assessed.keep(connection, wave, _points(study, units, rng), AT)
        connection.execute(update(t.waves).where(t.waves.c.id == wave.id).values(closed_at=AT))
        recount.settle(connection, wave.id, AT)
        return waves.find(connection, name)


def _points(study: Study, units: list[str], rng: random.Random) -> Iterator[assessed.Given]:
    leaves = [leaf for leaf in study.index.leaves if leaf.assessed == "self"]
    for unit in units:
        for leaf in leaves:
            own = leaf.points if rng.random() < 0.7 else leaf.points / 2
            yield unit, leaf.code, str(own), str(own if rng.random() < 0.8 else own / 2)


def _sample(
    connection: Any,
    wave: Wave,
    questionnaire: Questionnaire,
    group: str,
    units: list[str],
    unit: str,
    count: int,
    quality: dict[str, float],
    rng: random.Random,
) -> None:
    sample = "" if unit else group
    place = {"wave_id": wave.id, "grp": group, "sample": sample, "unit": unit, "stratum": "1"}
    connection.execute(insert(t.strata).values(**place, population=4 * count, planned=count))
    case = {**place, "asked": "*", "weight": "4", "fpc1": 4 * count, "psu": ""}
    people = [case | {"label": f"{group}-{unit or 'x'}-{number}"} for number in range(count)]
    added = insert(t.cases).returning(t.cases.c.id, sort_by_parameter_order=True)
    keys = connection.execute(added, people).scalars().all()
    links = [{"digest": f"{key:064d}", "case_id": key, "issued_on": "2026-01-05"} for key in keys]
    connection.execute(insert(t.invitations), links)
    if silent := [{"case_id": key} for key in keys[3::4]]:
        connection.execute(insert(t.unspent), silent)
    design = Case("", group, "*", "1", "4", unit, sample, fpc1=4 * count)
    came = range(count - len(silent))
    sent = [(design, _ballot(questionnaire, units, quality, rng)) for _ in came]
    ballots.cast(connection, wave.id, sent)


def _ballot(
    questionnaire: Questionnaire, units: list[str], quality: dict[str, float], rng: Any
) -> Ballot:
    ratings = tuple(
        Rating(unit, at, "1", False, json.dumps(_answers(questionnaire, quality[unit], rng)))
        for at, unit in enumerate(units, 1)
    )
    name, version = questionnaire.name, questionnaire.version
    return Ballot(f"{rng.getrandbits(128):032x}", name, version, "vi", "", "{}", ratings)


def _answers(questionnaire: Questionnaire, quality: float, rng: random.Random) -> dict[str, str]:
    given = {}
    for item in questionnaire.unit_items:
        if item.scale is None or item.kind != "choice":
            continue
        options = [option for option in item.scale.options if not option.no_opinion]
        at = min(len(options) - 1, int(abs(rng.gauss(1 - quality, 0.25)) * len(options)))
        doubtful = item.scale.has_no_opinion and rng.random() < 0.1
        given[item.name] = item.scale.options[-1].code if doubtful else options[at].code
    return given


def kept_scorecard(
    house: House, wave: Wave, *, merged: bool = True, public: bool = False
) -> Scorecard:
    """Release, score and merge in this process, and keep the scorecard."""
    with house.database.reading() as connection, tempfile.TemporaryDirectory() as work:
        made = writing.write(connection, wave, Path(work))
        folder = made.folder
        settings = score.Settings(missing="renormalise")
        rules = league_table.Rules(
            rank_method="holm-t"
        )  # as survey_app.conduct.scoring.publish has it
        score_tables.write(
            results.of(score.score(reader.read(folder), settings), rules), folder / "out"
        )
        scores = (folder / "out" / "scores.json").read_text("utf-8")
        joined = None
        if merged:
            merge.write(merge.merge_folder(folder, folder / "out"), folder / "out")
            joined = (folder / "out" / "merged.json").read_text("utf-8")
    with house.database.writing() as connection:
        card = scorecards.add(
            connection,
            wave.id,
            fingerprint=made.fingerprint,
            version=VERSION,
            at=AT,
            by="lan",
            scores=scores,
            merged=joined,
            release=f"releases/{wave.name}",
        )
        if public:
            scorecards.publish(connection, card.id, AT, "lan")
        return scorecards.find(connection, card.id)
