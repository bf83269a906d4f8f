"""A wave that is open in a site's folder, with a ballot that is sealed to its key."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import update

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.installation import settings_file
from survey_app.settings import Settings
from survey_app.store import tables, waves
from survey_app.store.answers import ballot_box
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.installation.conftest import run

AT = "2026-03-01T01:00:00+00:00"


def open_wave(site: Path, name: str = "c25") -> None:
    """Open a wave of communes in which somebody has answered: what matters here is its key."""
    run("--site", site, "wave", "create", name, "--study", "sonla/2025-commune", "--year", 2025)
    settings = Settings.from_environment(settings_file.read(site / settings_file.NAME))
    with closing(Database(settings.database_url)) as database:
        house = House(settings, database)
        with database.writing() as connection:
            connection.execute(update(tables.waves).values(opened_at=AT))
            wave = waves.find(connection, name)
        house.mixer.epochs.begin(wave.id)
        with database.writing() as connection:
            epoch, public = ballot_box.current(connection, wave.id)
            body = ballot_sealing.seal(public, epoch, b"{}", 100)
            case = dict.fromkeys(("sample", "home_unit", "stratum", "psu", "weight"), "")
            told = {"grp": "citizens", "unit": "", "asked": "", "mode": "phone", "body": body}
            counted = {"wave_id": wave.id, "epoch_id": epoch, "fpc1": None, "fpc2": None}
            ballot_box.put(connection, {**case, **told, **counted})
