"""A wave serves the texts that were fixed when it opened, and no others."""

from __future__ import annotations

from survey_app.questionnaire import library
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.builders import NAME, write_study
from tests.fielded import AT, field

OLD, NEW = "Phiếu hỏi người dân", "Phiếu hỏi người dân, bản sửa"


def _house(tmp_path) -> House:
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    database = Database(url)
    migrate.upgrade(database)
    return House(Settings(tmp_path, url, "k" * 40), database)


def _title(house: House, wave_id: int) -> str:
    return house.study(wave_id, NAME).questionnaires["citizens"].title["vi"]


def test_texts_mended_before_opening_are_the_ones_that_are_served(tmp_path):
    house = _house(tmp_path)
    wave = field(house.database, tmp_path, opened=False).wave
    assert _title(house, wave.id) == OLD  # somebody looked at a link too early
    write_study(tmp_path, citizens=(OLD, NEW))
    with house.database.writing() as connection:
        waves.repin(connection, wave, library.study(NAME, tmp_path))
        waves.open_(connection, wave, AT)
    assert _title(house, wave.id) == NEW
    house.database.close()


def test_an_open_wave_keeps_its_texts_whatever_happens_to_the_files(tmp_path):
    house = _house(tmp_path)
    wave = field(house.database, tmp_path).wave
    write_study(tmp_path, citizens=(OLD, NEW))
    assert _title(house, wave.id) == OLD
    house.database.close()


def test_the_texts_of_an_open_wave_cannot_be_taken_anew(tmp_path):
    import pytest

    house = _house(tmp_path)
    wave = field(house.database, tmp_path).wave
    with pytest.raises(waves.WaveState), house.database.writing() as connection:
        waves.repin(connection, wave, library.study(NAME, tmp_path))
    house.database.close()
