"""The survey that the peers were measured with, in the field: a wave with N personal links.

20 single-choice questions in three pages, three about the person and one free text on a fourth:
questionnaires/benchmark/peer.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from sqlalchemy import insert

from survey_app.fieldwork import tokens
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Questionnaire
from survey_app.settings import HERE
from survey_app.store import waves
from survey_app.store.counts import recount
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.tables import cases, invitations, unspent
from survey_app.store.waves import NoSuchWave

WAVE, STUDY, GROUP = "peer", "benchmark/peer", "citizens"
AT = "2026-01-05T01:00:00+00:00"


def field(database: Database, number: int) -> list[str]:
    """New links to the peer survey's wave, which is made and opened when it is not there."""
    migrate.upgrade(database)
    study = library.study(STUDY, HERE / "questionnaires")
    with database.writing() as connection:
        try:
            wave = waves.find(connection, WAVE)
        except NoSuchWave:
            wave = waves.create(connection, WAVE, study, 2026, date(2026, 1, 1), AT)
        unit = waves.units(connection, wave.id)[0].unit
        row = {"wave_id": wave.id, "grp": GROUP, "unit": unit, "asked": "", "stratum": "all"}
        links = [tokens.new() for _ in range(number)]
        for token in links:
            case = {**row, "label": token[:8] + token[-8:], "weight": "1"}
            key = connection.execute(insert(cases).values(case).returning(cases.c.id)).scalar_one()
            digest = tokens.digest(token)
            issued = {"digest": digest, "case_id": key, "issued_on": "2026-01-05"}
            connection.execute(insert(invitations).values(issued))
            connection.execute(insert(unspent).values(case_id=key))
        recount.recount(connection, wave.id)
        if wave.state == "planned":
            waves.open_(connection, wave, AT)
    return links


def questionnaire() -> Questionnaire:
    """What is asked."""
    return library.study(STUDY, HERE / "questionnaires").questionnaires[GROUP]


def answers() -> list[tuple[str, dict[str, str]]]:
    """The pages in order, and an answer to each question of each."""
    return [
        (
            section.name,
            {
                item.name: item.scale.options[1].code if item.scale else "Nhân viên tận tình."
                for item in section.items
            },
        )
        for section in questionnaire().sections
    ]


def csrf(page: str) -> str:
    """The token that a form holds."""
    field = re.search(r'name="csrf_token" value="(\w+)"', page)
    assert field, page[:500]
    return field[1]


def secret_key(folder: Path) -> str:
    """The installation's key of a throw-away server."""
    return str(folder).rjust(40, "k")
