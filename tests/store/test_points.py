from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from survey_app.fieldwork.assessment.points import Adjustment, Assessed
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import tables, waves
from survey_app.store.assessment import points, submissions
from survey_app.store.engine.database import Database
from survey_app.store.waves import Wave
from tests.builders import write_study
from tests.support import assessed
from tests.support.stores import make_tables

AT, LATER = "2026-01-05T01:00:00+00:00", "2026-01-06T01:00:00+00:00"
SNV, STP = ("SNV", "1.1", "8.25", "8"), ("STP", "1.1", "0", "")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return library.study(write_study(tmp_path), tmp_path)


@pytest.fixture
def store(database_url: str, study: Study) -> Iterator[Connection]:
    database = Database(database_url)
    make_tables(database.engine)
    with database.writing() as connection:
        waves.create(connection, "d1", study, 2026, date(2026, 1, 1), AT)
        waves.create(connection, "d2", study, 2027, date(2027, 1, 1), AT)
        yield connection
    database.close()


@pytest.fixture
def wave(store: Connection) -> Wave:
    return waves.find(store, "d1")


def released(store: Connection, wave: Wave, study: Study) -> list[tuple[str, ...]]:
    return list(points.for_release(store, wave.id, study))


def test_points_come_out_as_a_release_wants_them(store, wave, study):
    assessed.keep(store, wave, [STP, SNV], AT)
    assert released(store, wave, study) == [
        ("SNV", "1.1", "8.5", "8.25", "8"),
        ("STP", "1.1", "8.5", "0", ""),
    ]


def test_who_entered_them_from_which_cell_is_kept(store, wave):
    row = Assessed("SNV", "1.1", "8.25", "Kế hoạch 12", "SNV.xlsx", "Tự đánh giá!D9")
    submissions.hold(store, wave, ["SNV"])
    points.keep(store, wave, "own", [row], "lan", AT)
    kept = store.execute(select(tables.self_assessments)).mappings().one()
    wanted = ("SNV.xlsx", "Tự đánh giá!D9", "lan", AT)
    assert (kept["file"], kept["cell"], kept["entered_by"], kept["entered_at"]) == wanted
    (version,) = points.history(store, wave.id, "SNV")["1.1"]
    assert (version.file, version.cell, version.entered_by, version.entered_at) == wanted
    assert (version.points, version.words, version.version) == ("8.25", "Kế hoạch 12", 1)


def test_one_side_changes_and_the_other_stays(store, wave, study):
    assessed.keep(store, wave, [SNV], AT)
    points.keep(store, wave, "own", [Assessed("SNV", "1.1", "7", "mới")], "minh", LATER)
    assert released(store, wave, study) == [("SNV", "1.1", "8.5", "7", "8")]
    points.keep(store, wave, "appraised", [Assessed("SNV", "1.1", "6", "thiếu")], "hoa", LATER)
    line = points.kept(store, wave.id, "SNV")["SNV", "1.1"]
    assert (line.own, line.evidence, line.own_version) == ("7", "mới", 2)
    assert (line.appraised, line.reason, line.appraised_version) == ("6", "thiếu", 2)


def test_every_point_that_ever_was_stays_in_the_history(store, wave):
    for number, given in enumerate(("1", "2", "2", "", "3")):
        at = f"2026-01-0{number + 1}T00:00:00+00:00"
        points.keep(store, wave, "own", [Assessed("SNV", "1.1", given)], "lan", at)
    versions = points.history(store, wave.id, "SNV")["1.1"]
    assert [version.points for version in versions] == ["3", "", "2", "1"]


def test_of_two_who_saw_the_same_the_second_overwrites_nothing(store, wave):
    seen = Assessed("SNV", "1.1", "5", "của Lan", version=0)
    points.keep(store, wave, "own", [seen], "lan", AT)
    with pytest.raises(points.Overtaken) as overtaken:
        points.keep(store, wave, "own", [Assessed("SNV", "1.1", "6", version=0)], "minh", LATER)
    (line,) = overtaken.value.lines
    assert (line.own, line.evidence, line.own_version) == ("5", "của Lan", 1)
    assert points.kept(store, wave.id)["SNV", "1.1"].own == "5"


def test_who_wants_what_is_kept_already_is_in_nobodys_way(store, wave):
    row = Assessed("SNV", "1.1", "5", "như nhau", version=0)
    assert points.keep(store, wave, "own", [row], "lan", AT) == 1
    assert points.keep(store, wave, "own", [row], "minh", LATER) == 0


def test_what_a_unit_has_not_submitted_is_in_no_release(store, wave, study):
    submissions.hold(store, wave, ["SNV"])
    points.keep(store, wave, "own", [Assessed("SNV", "1.1", "5")], "lan", AT)
    assert released(store, wave, study) == []
    submissions.submit(store, wave, "SNV", "lan", AT, receipt="A")
    assert released(store, wave, study) == [("SNV", "1.1", "8.5", "5", "")]


def test_a_unit_that_was_appraised_without_submitting_keeps_its_draft_to_itself(store, wave, study):
    submissions.hold(store, wave, ["SNV"])
    points.keep(store, wave, "own", [Assessed("SNV", "1.1", "5")], "lan", AT)
    points.keep(store, wave, "appraised", [Assessed("SNV", "1.1", "4")], "hoa", AT)
    assert released(store, wave, study) == [("SNV", "1.1", "8.5", "", "4")]


def test_adjustments_keep_their_order_and_their_basis(store, wave):
    points.adjust(store, wave, "STP", [Adjustment("STP", "1", "b")], "lan", AT)
    lines = [Adjustment("SNV", "-0.5", "z"), Adjustment("SNV", "2", "a")]
    points.adjust(store, wave, "SNV", lines, "lan", AT)
    assert list(points.adjustments_for_release(store, wave.id)) == [
        ("SNV", "-0.5", "z"),
        ("SNV", "2", "a"),
        ("STP", "1", "b"),
    ]
    points.adjust(store, wave, "SNV", [], "lan", AT)
    assert list(points.adjusted(store, wave.id)) == ["STP"]


def test_another_wave_is_not_touched(store, wave, study):
    other = waves.find(store, "d2")
    assessed.keep(store, wave, [SNV], AT)
    assessed.keep(store, other, [("SNV", "1.1", "1", "")], AT)
    assert released(store, wave, study) == [("SNV", "1.1", "8.5", "8.25", "8")]
    assert points.history(store, other.id, "SNV")["1.1"][0].points == "1"
