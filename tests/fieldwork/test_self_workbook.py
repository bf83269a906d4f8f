import io
import random
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from openpyxl import load_workbook

from survey_app.fieldwork.assessment import self_template, self_workbook
from survey_app.fieldwork.assessment.points import Adjustment
from survey_app.fieldwork.assessment.self_template import (
    ADJUSTMENTS,
    FACTS,
    SHEET,
    Form,
)
from survey_app.fieldwork.assessment.self_workbook import Asked
from survey_app.fieldwork.sheets.cells import Source
from survey_app.questionnaire import library
from tests.builders import write_study
from tests.fieldwork.lists import problems_of
from tests.fieldwork.raw_workbook import part, with_part
from tests.fieldwork.studies import TWO_LEAVES

UNITS = ("SNV", "STP")
OWN, APPRAISED = Asked("own"), Asked("appraised")


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    name = write_study(folder, index=[TWO_LEAVES, ("sub_criteria: 1\n", "sub_criteria: 3\n")])
    return Form("d1", 2026, library.study(name, folder))


@pytest.fixture
def filled(form):
    """filled(change): a sound workbook of SNV, after `change` was done to it."""

    def fill(change=lambda _book: None, unit="SNV", name="SNV.xlsx", form=form):
        book = load_workbook(io.BytesIO(self_template.workbook(form, unit, "Sở Nội vụ")))
        sheet = book[SHEET]
        sheet["D10"], sheet["D11"] = 6, "1,5"
        change(book)
        stream = io.BytesIO()
        book.save(stream)
        return Source(name, stream.getvalue())

    return fill


def put(cell, value, sheet=SHEET):
    def change(book):
        book[sheet][cell] = value

    return change


def shown(cell, value, number_format):
    def change(book):
        book[SHEET][cell] = value
        book[SHEET][cell].number_format = number_format

    return change


def row_of(book, line):
    return book[SHEET].row_dimensions[line]


def column_of(book, letter):
    return book[SHEET].column_dimensions[letter]


def both(*changes):
    def change(book):
        for each in changes:
            each(book)

    return change


def test_a_workbook_lists_what_the_unit_assesses_and_nothing_else(form):
    book = load_workbook(io.BytesIO(self_template.workbook(form, "SNV", "Sở Nội vụ")))
    sheet = book[SHEET]
    assert [cell.value for cell in sheet["A"][7:11]] == ["1", "1.1", "1.1.1", "1.1.2"]
    assert [cell.value for cell in sheet["C"][9:11]] == [6.5, 2]
    assert (sheet["B2"].value, sheet["B3"].value, sheet["B4"].value) == ("Sở Nội vụ", "SNV", "2026")


def test_only_the_cells_to_fill_in_are_open(form):
    book = load_workbook(io.BytesIO(self_template.workbook(form, "SNV", "Sở Nội vụ")))
    sheet = book[SHEET]
    assert sheet.protection.sheet
    assert open_cells(book) == {"D10", "F10", "D11", "F11"}
    assert open_cells(book, ADJUSTMENTS) == set()
    assert book[FACTS].sheet_state == "veryHidden"


def open_cells(book, sheet=SHEET):
    """The cells of a sheet that are not locked."""
    return {
        cell.coordinate
        for line in book[sheet].iter_rows()
        for cell in line
        if not cell.protection.locked
    }


def test_excel_itself_refuses_points_above_the_maximum(form):
    book = load_workbook(io.BytesIO(self_template.workbook(form, "SNV", "Sở Nội vụ")))
    rules = {
        str(rule.sqref): (rule.formula1, rule.formula2)
        for rule in book[SHEET].data_validations.dataValidation
    }
    assert rules["D10"] == ("0", "6.5")


def test_the_same_wave_gives_the_same_bytes(form):
    made = [self_template.workbook(form, "SNV", "Sở Nội vụ") for _ in range(2)]
    assert made[0] == made[1]


WITH_BOTH = (
    put("F10", "Kế hoạch số 12/KH-SNV"),
    put("E10", 5.25),
    put("E11", 0),
    put("A4", -0.5, ADJUSTMENTS),
    put("B4", "Công văn 99/UBND-NC", ADJUSTMENTS),
)


def test_a_units_own_points_come_back_and_nothing_else(form, filled):
    read = self_workbook.read([filled(both(*WITH_BOTH))], form, UNITS, OWN)
    first, second = read.points
    assert (first.unit, first.criterion, first.points) == ("SNV", "1.1.1", "6")
    assert (first.words, first.file, first.cell) == (
        "Kế hoạch số 12/KH-SNV",
        "SNV.xlsx",
        "Tự đánh giá!D10",
    )
    assert second.points == "1.5"
    assert read.adjustments == ()
    assert read.units == ("SNV",)
    (told,) = read.remarks
    assert (told.slug, told.severity) == ("left-alone", "note")
    assert "Tự đánh giá!E10" in told.message
    assert "Cộng, trừ!A4" in told.message


def test_appraised_points_come_back_and_nothing_else(form, filled):
    read = self_workbook.read([filled(both(*WITH_BOTH))], form, UNITS, APPRAISED)
    assert [(each.criterion, each.points, each.words) for each in read.points] == [
        ("1.1.1", "5.25", ""),
        ("1.1.2", "0", ""),
    ]
    assert all(each.is_silent for each in read.points), "it has no room for reasons"
    assert read.points[0].cell == "Tự đánh giá!E10"
    assert read.adjustments == (Adjustment("SNV", "-0.5", "Công văn 99/UBND-NC"),)
    assert read.remarks == ()


def test_appraisers_of_another_field_bring_nothing_and_are_told(form, filled):
    asked = Asked("appraised", frozenset({"2"}))
    read = self_workbook.read([filled(both(*WITH_BOTH))], form, UNITS, asked)
    assert (read.points, read.adjustments) == ((), ())
    assert [told.slug for told in read.remarks] == ["left-alone"]


def test_a_field_that_is_not_appraised_yet_is_blank_as_a_whole(form, filled):
    read = self_workbook.read([filled()], form, UNITS, APPRAISED)
    assert [each.points for each in read.points] == ["", ""]


def test_a_clerk_hands_in_the_workbook_of_no_other_unit(form, filled):
    asked = Asked("own", unit="STP")
    (found,) = problems_of(lambda: self_workbook.read([filled()], form, UNITS, asked))
    assert found.slug == "not-your-unit"


def test_what_a_formula_came_to_is_taken(form, filled):
    whole = filled(put("D10", 4.25))
    assert self_workbook.read([with_formula(whole)], form, UNITS, OWN).points[0].points == "4.25"


def with_formula(file):
    """The same workbook, with a formula in D10 that came to what stood there: as Excel saves it."""
    out = io.BytesIO()
    with zipfile.ZipFile(file.stream) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b"<v>4.25</v>" in content
                content = content.replace(b"<v>4.25</v>", b"<f>4+0.25</f><v>4.25</v>")
            new.writestr(name, content)
    return Source(file.name, out.getvalue())


POINTS = [
    (put("D10", None), "missing-self", "Tự đánh giá!D10"),
    (put("D10", 6.51), "points-out-of-range", "Tự đánh giá!D10"),
    (put("D10", -0.1), "points-out-of-range", "Tự đánh giá!D10"),
    (put("D10", "sáu"), "not-a-number", "Tự đánh giá!D10"),
    (put("D10", "1.234,5"), "ambiguous-number", "Tự đánh giá!D10"),
    (put("D10", "=1+1"), "formula", "Tự đánh giá!D10"),
    (put("D10", date(2026, 5, 1)), "date", "Tự đánh giá!D10"),
    (put("D10", True), "error", "Tự đánh giá!D10"),
    (put("D10", "#REF!"), "error", "Tự đánh giá!D10"),
    (put("A10", "9.9.9"), "unknown-criterion", "Tự đánh giá!A10"),
    (put("A10", "9.9.9"), "missing-line", "Tự đánh giá!A7"),
    (put("A10", "1.1.2"), "repeated-line", "Tự đánh giá!A11"),
    (put("C10", 9), "maximum-differs", "Tự đánh giá!C10"),
    (put("B3", "STP"), "unit-differs", "Tự đánh giá!B3"),
    (put("F10", "x" * 4001), "too-long", "Tự đánh giá!F10"),
    (lambda book: book.remove(book[SHEET]), "missing-sheet", ""),
    (lambda book: book.remove(book[ADJUSTMENTS]), "missing-sheet", ""),
    (lambda book: book.remove(book[FACTS]), "not-our-workbook", ""),
    (put("B2", "another", FACTS), "other-wave", ""),
    (put("B3", "2025", FACTS), "other-year", ""),
    (put("B4", "commune", FACTS), "other-class", ""),
    (put("B5", "demo/2025-department", FACTS), "other-study", ""),
    (put("B6", "2", FACTS), "other-version", ""),
    (put("B7", "SXD", FACTS), "unknown-unit", ""),
    (lambda book: setattr(book[SHEET], "sheet_state", "hidden"), "hidden-sheet", ""),
    (lambda book: setattr(book[ADJUSTMENTS], "sheet_state", "veryHidden"), "hidden-sheet", ""),
    (lambda book: setattr(row_of(book, 10), "hidden", True), "hidden-row", "Tự đánh giá!A10"),
    (lambda book: setattr(row_of(book, 11), "height", 0.5), "hidden-row", "Tự đánh giá!A11"),
    (lambda book: setattr(column_of(book, "D"), "hidden", True), "hidden-column", "Tự đánh giá!D1"),
    (lambda book: book[SHEET].merge_cells("D10:D11"), "merged-cells", "Tự đánh giá!D10:D11"),
    (shown("D10", 0.5, "0%"), "number-format", "Tự đánh giá!D10"),
    (shown("D10", 0.5, ";;;"), "number-format", "Tự đánh giá!D10"),
    (shown("D10", 5, '"1"0'), "number-format", "Tự đánh giá!D10"),
    (put("F10", "#REF!"), "error", "Tự đánh giá!F10"),
    (put("F10", "=A1"), "formula", "Tự đánh giá!F10"),
    (put("A3000", 1, ADJUSTMENTS), "file-too-large", ""),
]


OF_APPRAISERS = [
    (put("E10", 1), "missing-appraised", "Tự đánh giá!E11"),
    (both(put("E10", 1), put("E11", "2,1")), "points-out-of-range", "Tự đánh giá!E11"),
    (put("A4", 1, ADJUSTMENTS), "missing-basis", "Cộng, trừ!B4"),
    (put("B4", "Công văn", ADJUSTMENTS), "missing-points", "Cộng, trừ!A4"),
    (
        both(put("A4", 0, ADJUSTMENTS), put("B4", "x", ADJUSTMENTS)),
        "missing-points",
        "Cộng, trừ!A4",
    ),
    (put("A4", "một", ADJUSTMENTS), "not-a-number", "Cộng, trừ!A4"),
]


@pytest.mark.parametrize(("change", "slug", "cell"), OF_APPRAISERS)
def test_a_fault_of_appraisers_is_named_at_its_cell(form, filled, change, slug, cell):
    found = problems_of(lambda: self_workbook.read([filled(change)], form, UNITS, APPRAISED))
    assert (slug, cell) in [(problem.slug, problem.cell) for problem in found]


@pytest.mark.parametrize("value", ["NaN", "INF", "1e999", "abc"])
def test_a_value_that_is_none_is_named_at_its_cell(form, filled, value):
    found = problems_of(lambda: self_workbook.read([with_value(filled(), value)], form, UNITS, OWN))
    assert [(each.slug, each.cell) for each in found] == [("damaged-cell", "Tự đánh giá!D10")]


def with_value(file, value):
    """The same workbook, with what no program should have written in D10."""
    path = "xl/worksheets/sheet1.xml"
    content = part(file, path)
    assert b"<v>6</v>" in content
    return with_part(file, path, content.replace(b"<v>6</v>", f"<v>{value}</v>".encode()))


@pytest.mark.parametrize("written", ["Kế hoạch_x000D_", "_x000A_Kế hoạch"])
def test_evidence_comes_without_the_escapes_of_excel(form, filled, written):
    read = self_workbook.read([filled(put("F10", written))], form, UNITS, OWN)
    assert read.points[0].words == "Kế hoạch"


def test_a_sheet_that_was_added_is_told_of_and_not_read(form, filled):
    def copy(book):
        book.copy_worksheet(book[SHEET])["D10"] = 1

    read = self_workbook.read([filled(copy)], form, UNITS, OWN)
    assert read.points[0].points == "6"
    assert [remark.slug for remark in read.remarks] == ["sheet-read"]
    assert "Tự đánh giá Copy" in read.remarks[0].message


def test_a_workbook_of_a_version_before_is_read_by_the_old_name_of_its_sheet(form, filled):
    def older(book):
        book[SHEET].title = "Tự chấm"

    read = self_workbook.read([filled(older)], form, UNITS, OWN)
    assert read.points[0].points == "6"
    assert read.points[0].cell.startswith("Tự chấm!")


def test_points_in_red_without_a_minus_are_below_zero_as_they_are_held(form, filled):
    def penalty(book):
        book[ADJUSTMENTS]["A4"], book[ADJUSTMENTS]["B4"] = -0.5, "Công văn"
        book[ADJUSTMENTS]["A4"].number_format = "0.00;[Red]0.00"

    read = self_workbook.read([filled(penalty)], form, UNITS, APPRAISED)
    assert read.adjustments[0].points == "-0.5"


@pytest.mark.parametrize(("change", "slug", "cell"), POINTS)
def test_a_fault_is_named_at_its_cell(form, filled, change, slug, cell):
    found = problems_of(lambda: self_workbook.read([filled(change)], form, UNITS, OWN))
    assert (slug, cell) in [(problem.slug, problem.cell) for problem in found]
    assert {problem.file for problem in found} == {"SNV.xlsx"}


def test_the_faults_of_all_workbooks_are_named_at_once(form, filled):
    files = [
        filled(put("D10", "x")),
        filled(put("D11", "y"), unit="STP", name="STP.xlsx"),
        Source("khac.xlsx", b"PK not a workbook"),
    ]
    found = problems_of(lambda: self_workbook.read(files, form, UNITS, OWN))
    assert [problem.file for problem in found] == ["SNV.xlsx", "STP.xlsx", "khac.xlsx"]


def test_a_unit_hands_in_one_workbook(form, filled):
    files = [filled(), filled(name="SNV (1).xlsx")]
    (found,) = problems_of(lambda: self_workbook.read(files, form, UNITS, OWN))
    assert (found.slug, found.file) == ("repeated-unit", "SNV (1).xlsx")


def test_a_workbook_of_another_wave_is_not_taken(form, filled):
    other = filled(form=replace(form, wave="d2"))
    found = problems_of(lambda: self_workbook.read([other], form, UNITS, OWN))
    assert [problem.slug for problem in found] == ["other-wave"]


def test_any_points_within_the_maxima_come_back_as_they_were_typed(form, filled):
    rng = random.Random(1)
    for _ in range(10):
        a, b = rng.randrange(0, 651) / 100, f"{rng.randrange(0, 201) / 100}".replace(".", ",")
        read = self_workbook.read([filled(both(put("D10", a), put("D11", b)))], form, UNITS, OWN)
        assert [float(each.points) for each in read.points] == [a, float(b.replace(",", "."))]


def test_every_surveyed_study_of_the_library_makes_a_workbook_that_can_be_read():
    for name in library.studies():
        study = library.study(name)
        form = Form("d", 2025, study)
        book = load_workbook(io.BytesIO(self_template.workbook(form, "X", "Đơn vị X")))
        sheet = book[SHEET]
        for line in range(self_template.FIRST, sheet.max_row + 1):
            if sheet.cell(line, self_template.CODE).value in form.leaves:
                sheet.cell(line, self_template.SELF).value = 0
        stream = io.BytesIO()
        book.save(stream)
        read = self_workbook.read([Source("x.xlsx", stream.getvalue())], form, ["X"], OWN)
        assert [each.criterion for each in read.points] == list(form.leaves), name
