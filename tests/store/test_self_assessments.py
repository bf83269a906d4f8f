from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from survey_app.fieldwork.assessment.points import Adjustment, Assessed
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import self_assessments, tables, waves
from survey_app.store.engine.database import Database
from survey_app.store.waves import Wave
from tests.builders import write_study

AT = "2026-01-05T01:00:00+00:00"
SNV = Assessed("SNV", "1.1", "8.25", "8", "Kế hoạch số 12", "SNV.xlsx", "Tự đánh giá!D9")
STP = Assessed("STP", "1.1", "0", "", file="STP.xlsx", cell="Tự đánh giá!D9")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return library.study(write_study(tmp_path), tmp_path)


@pytest.fixture
def store(database_url: str, study: Study) -> Iterator[Connection]:
    database = Database(database_url)
    tables.metadata.create_all(database.engine)
    with database.writing() as connection:
        waves.create(connection, "d1", study, 2026, date(2026, 1, 1), AT)
        waves.create(connection, "d2", study, 2027, date(2027, 1, 1), AT)
        yield connection
    database.close()


@pytest.fixture
def wave(store: Connection) -> Wave:
    return waves.find(store, "d1")


def test_points_come_out_as_a_release_wants_them(store, wave, study):
    assert self_assessments.save(store, wave, [STP, SNV], [], "lan", AT) == 2
    assert list(self_assessments.for_release(store, wave.id, study)) == [
        ("SNV", "1.1", "8.5", "8.25", "8"),
        ("STP", "1.1", "8.5", "0", ""),
    ]


def test_who_entered_them_from_which_cell_is_kept(store, wave):
    self_assessments.save(store, wave, [SNV], [], "lan", AT)
    kept = store.execute(select(tables.self_assessments)).mappings().one()
    assert (kept["file"], kept["cell"], kept["entered_by"], kept["entered_at"]) == (
        "SNV.xlsx",
        "Tự đánh giá!D9",
        "lan",
        AT,
    )


def test_a_second_workbook_of_a_unit_takes_the_place_of_its_first(store, wave, study):
    fine = Adjustment("SNV", "-0.5", "Công văn 99")
    self_assessments.save(store, wave, [SNV, STP], [fine, fine], "lan", AT)
    self_assessments.save(store, wave, [Assessed("SNV", "1.1", "7", "")], [], "minh", AT)
    assert list(self_assessments.for_release(store, wave.id, study)) == [
        ("SNV", "1.1", "8.5", "7", ""),
        ("STP", "1.1", "8.5", "0", ""),
    ]
    assert list(self_assessments.adjustments_for_release(store, wave.id)) == []


def test_adjustments_keep_their_order_and_their_basis(store, wave):
    lines = [
        Adjustment("STP", "1", "b"),
        Adjustment("SNV", "-0.5", "z"),
        Adjustment("SNV", "2", "a"),
    ]
    self_assessments.save(store, wave, [SNV, STP], lines, "lan", AT)
    assert list(self_assessments.adjustments_for_release(store, wave.id)) == [
        ("SNV", "-0.5", "z"),
        ("SNV", "2", "a"),
        ("STP", "1", "b"),
    ]


def test_another_wave_is_not_touched(store, wave, study):
    other = waves.find(store, "d2")
    self_assessments.save(store, wave, [SNV], [], "lan", AT)
    self_assessments.save(store, other, [Assessed("SNV", "1.1", "1", "")], [], "lan", AT)
    assert list(self_assessments.for_release(store, wave.id, study)) == [
        ("SNV", "1.1", "8.5", "8.25", "8")
    ]
