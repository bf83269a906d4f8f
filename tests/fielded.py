"""A wave in the field, for tests of what happens once answers are in.

wave = field(database, tmp_path, council=2, citizens=3)
wave.tokens["council"]      # the tokens of the two delegates, who rate every unit
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from survey_app.fieldwork import tokens
from survey_app.questionnaire import library
from survey_app.store import waves
from survey_app.store.counts import recount
from survey_app.store.engine.database import Database
from survey_app.store.tables import cases, invitations, strata, unspent
from survey_app.store.waves import Wave
from tests.builders import write_study

AT = "2026-01-05T01:00:00+00:00"


@dataclass
class Fielded:
    """An open wave and the tokens of its cases, by group."""

    wave: Wave
    tokens: dict[str, list[str]] = _field(default_factory=dict)


def field(
    database: Database,
    folder: Path,
    *,
    council: int = 1,
    citizens: int = 2,
    asked: str = "*",
    opened: bool = True,
    study: Mapping[str, Any] | None = None,
) -> Fielded:
    """A migrated store with one wave of the tiny study; citizens rate the first unit."""
    name = write_study(folder, **(study or {}))
    with database.writing() as connection:
        wave = waves.create(
            connection, "test", library.study(name, folder), 2026, date(2026, 1, 1), AT
        )
        units = waves.units(connection, wave.id)
        made = Fielded(wave)
        connection.execute(
            insert(strata),
            [
                {
                    "wave_id": wave.id,
                    "grp": "council",
                    "sample": "council",
                    "unit": "",
                    "stratum": "all",
                    "population": council + 5,
                    "planned": council,
                },
                {
                    "wave_id": wave.id,
                    "grp": "citizens",
                    "sample": "",
                    "unit": units[0].unit,
                    "stratum": "all",
                    "population": citizens + 50,
                    "planned": citizens,
                },
            ],
        )
        shared = {"wave_id": wave.id, "stratum": "all", "weight": "2.5", "mode": "web"}
        delegates = {
            "grp": "council",
            "sample": "council",
            "unit": "",
            "asked": asked,
            "fpc1": council + 5,
        }
        people = {
            "grp": "citizens",
            "sample": "",
            "unit": units[0].unit,
            "asked": "",
            "fpc1": citizens + 50,
        }
        for count, group in ((council, delegates), (citizens, people)):
            made.tokens[group["grp"]] = [
                _case(connection, {**shared, **group, "label": f"{group['grp']}-{number}"})
                for number in range(count)
            ]
        recount.recount(connection, wave.id)
        if opened:
            waves.open_(connection, wave, AT)
        made.wave = waves.find(connection, "test")
    return made


def _case(connection: Any, row: dict[str, Any]) -> str:
    case_id = connection.execute(insert(cases).values(**row).returning(cases.c.id)).scalar_one()
    token = tokens.new()
    connection.execute(
        insert(invitations).values(
            digest=tokens.digest(token), case_id=case_id, issued_on="2026-01-05"
        )
    )
    connection.execute(insert(unspent).values(case_id=case_id))
    return token
