"""A public page of the largest shipped study: 75 communes, answered, scored and published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from survey_app.app import create_app
from survey_app.questionnaire import library
from survey_app.store import tables
from survey_app.store.engine.database import Database
from tests.office import scored

STUDY = "sonla/2025-commune"
ADDRESS = "/ket-qua/dot-2026"


@contextmanager
def published(study: str = STUDY) -> Iterator[Flask]:
    """The application with one public wave."""
    with TemporaryDirectory() as work:
        folder = Path(work)
        database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
        tables.metadata.create_all(database.engine)
        house = scored.house_at(database, folder)
        wave = scored.answered(house, library.study(study), few=3)
        scored.kept_scorecard(house, wave, public=True)
        yield create_app(house.settings, house=house)
        database.close()
