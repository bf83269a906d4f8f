"""Names of a wave that differ only in spelling are told, in every column, and never joined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey_app.fieldwork.case import Case, Stratum
from survey_app.fieldwork.lists import sample_file, spellings
from survey_app.fieldwork.sheets.cells import Source
from tests.fieldwork.test_what_is_seen import CASES

HOA = ("Thôn Hoà Bình", "Thôn Hòa Bình")
CASE = Case("A1", "citizens", "SNV", "all", "1", unit="SNV")
UNITS = {"SNV": "Sở Nội vụ", "STP": "Sở Tư pháp"}


def told(*cases: Case, frame: tuple[Stratum, ...] = (), units=UNITS) -> list[tuple[str, str]]:
    remarks = spellings.remarks("mau.csv", cases, frame, units)
    assert all(remark.severity == "warning" for remark in remarks)
    return [(remark.values.get("named", ""), remark.message) for remark in remarks]


@pytest.mark.parametrize("column", ["label", "stratum", "psu", "home_unit"])
def test_two_spellings_in_a_column_are_told_with_the_number_of_each(column):
    first, second = (replace(CASE, **{"label": f"A{n}", column: HOA[n]}) for n in (0, 1))
    ((named, message),) = told(first, second, second if column != "label" else replace(CASE))
    assert named == {"label": "case"}.get(column, column)
    assert "`Thôn Hoà Bình` (1)" in message
    assert "`Thôn Hòa Bình`" in message
    assert "the place of the tone mark" in message


def test_four_spellings_of_a_village_are_four_psus_and_one_warning():
    read = sample_file.read(Source.of(CASES / "i8_psu_spellings.csv"), ["citizens"], ["SYT"])
    assert len({case.psu for case in read.rows}) == 5
    ((named, message),) = told(*read.rows)
    assert named == "psu"
    assert "4 names" in message
    assert "Thuỷ Tạ" not in message


def test_a_village_of_the_same_name_in_another_stratum_or_sample_is_another_village():
    one = replace(CASE, psu=HOA[0])
    assert told(one, replace(one, label="A2", psu=HOA[1], stratum="b")) == []
    assert told(one, replace(one, label="A2", psu=HOA[1], unit="STP")) == []
    both = told(one, replace(one, label="A2", psu=HOA[1], stratum="ALL"))
    assert [named for named, _ in both] == ["stratum", "psu"]


def test_a_stratum_of_the_frame_is_compared_with_those_of_the_list():
    frame = (Stratum("citizens", "", "SNV", "Nông  thôn", 100, None),)
    ((named, message),) = told(replace(CASE, stratum="Nông thôn"), frame=frame)
    assert (named, "blanks" in message) == ("stratum", True)


def test_a_home_unit_spelled_otherwise_than_a_unit_of_the_wave_is_told():
    ((named, message),) = told(replace(CASE, home_unit="STР"))  # the last letter is Cyrillic
    assert named == "home_unit"
    assert "letters of other scripts" in message
    assert told(replace(CASE, home_unit="STP"), replace(CASE, label="B", home_unit="Xã Mai")) == []


def test_names_of_units_are_compared():
    ((named, _),) = told(CASE, units={"X1": "Xã Hoà Bình", "X2": "Xã Hòa Bình"})
    assert named == "unit"


def test_samples_are_compared():
    one = replace(CASE, unit="", sample="hdnd")
    ((named, _),) = told(one, replace(one, label="A2", sample="HDND"))
    assert named == "sample"


def test_very_many_sets_are_told_in_few_lines():
    cases = [replace(CASE, label=f"{letter}{n}") for n in range(300) for letter in "aA"]
    assert len(told(*cases)[:-1]) == 50


def test_blank_names_are_nobodys():
    assert told(CASE, replace(CASE, label="A2")) == []
