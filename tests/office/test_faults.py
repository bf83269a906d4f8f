import re

import pytest

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets.cells import Source
from survey_app.office.pieces import faults
from survey_app.office.pieces.faults import CATALOGUE, FACTS
from survey_app.store.waves import WaveState
from tests.fieldwork import slugs
from tests.fieldwork.lists import GROUPS, UNITS, csv_file, row


def test_every_fault_and_every_refusal_has_words_and_a_remedy_and_no_words_are_left_over() -> None:
    known = slugs.of_files() | slugs.of_letters() | slugs.of_refusals()
    others = {f"fact.{name}" for name in FACTS} | {"place.row", "place.cell"}
    assert set(CATALOGUE) == known | {f"{slug}.help" for slug in known} | others


def test_vietnamese_and_english_words_differ_and_both_are_sentences() -> None:
    for key, said in CATALOGUE.items():
        assert said["vi"] != said["en"], key
        if not key.startswith(("fact.", "place.")):
            assert all(re.search(r"\.$", words) for words in said.values()), key


def test_every_value_that_a_fault_carries_has_a_name_and_no_name_is_left_over() -> None:
    assert slugs.values() - set(FACTS) == set()
    files = [*slugs.HOUSE.rglob("*.py"), slugs.HOUSE.parent / "analysis" / "problems.py"]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in FACTS if not re.search(rf'\b{name}=|"{name}": ', source)] == []


def found(file: Source) -> list[Problem]:
    with pytest.raises(ProblemsFound) as refused:
        sample_file.read(file, GROUPS, UNITS)
    return list(refused.value.problems)


def test_a_fault_is_told_with_its_row_what_was_written_and_what_may_have_been_meant() -> None:
    told = faults.of_file(found(csv_file(row(unit="SNW")))[0], "vi")
    assert told.place == "mau.csv, dòng 2"
    assert told.what == "Đợt điều tra không có đơn vị nào mang mã hoặc tên này."
    assert ("Đã ghi", "SNW") in told.facts
    assert ("Có thể là", "SNV") in told.facts
    assert told.detail == "mau.csv:2:13: there is no unit `SNW`"


def test_a_cell_of_a_workbook_is_named_by_its_sheet() -> None:
    problem = Problem("formula", "a formula", "a.xlsx", cell="Tự đánh giá!D9")
    assert faults.of_file(problem, "vi").place == "a.xlsx, trang tính Tự đánh giá, ô D9"
    assert faults.of_file(problem, "en").place == "a.xlsx, sheet Tự đánh giá, cell D9"


def test_a_maximum_is_written_as_the_language_writes_it() -> None:
    problem = Problem("points-out-of-range", "", "a.xlsx", values={"most": "1.5"})
    assert ("Tối đa", "1,5") in faults.of_file(problem, "vi").facts
    assert ("At most", "1.5") in faults.of_file(problem, "en").facts


def test_a_refusal_names_the_wave_and_its_state() -> None:
    refused = WaveState("not-open", "wave `x` is planned", wave="x", state="planned")
    told = faults.of_refusal(refused, "vi")
    assert told.facts == (("Đợt điều tra", "x"), ("Tình trạng", "Chưa mở"))
    assert told.detail == "wave `x` is planned"


def test_a_fault_without_words_is_still_told() -> None:
    told = faults.of_file(Problem("new-kind", "something else", "a.csv", help="do this"), "vi")
    assert (told.what, told.help) == ("something else", "do this")


def test_a_frame_that_contradicts_itself_says_which_rows_disagree() -> None:
    text = "group,unit,stratum,population\ncitizens,SNV,all,5\ncitizens,SNV,all,6\n"
    with pytest.raises(ProblemsFound) as refused:
        frame_file.read(Source("khung.csv", text.encode()), GROUPS, UNITS)
    assert ("Dòng liên quan", "2") in faults.of_file(refused.value.problems[0], "vi").facts
