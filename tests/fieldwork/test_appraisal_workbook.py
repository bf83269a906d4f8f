"""The workbook of a unit's appraisers: their points, and why they differ from the unit's own."""

import io

import pytest
from openpyxl import load_workbook

from survey_app.fieldwork.assessment import self_template, self_workbook
from survey_app.fieldwork.assessment.points import Adjustment, Line
from survey_app.fieldwork.assessment.self_template import ADJUSTMENTS, SHEET, Filling, Form
from survey_app.fieldwork.sheets.cells import Source
from survey_app.questionnaire import library
from tests.builders import write_study
from tests.fieldwork.lists import problems_of
from tests.fieldwork.studies import TWO_LEAVES
from tests.fieldwork.test_self_workbook import APPRAISED, UNITS, both, open_cells, put


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    name = write_study(folder, index=[TWO_LEAVES, ("sub_criteria: 1\n", "sub_criteria: 3\n")])
    return Form("d1", 2026, library.study(name, folder))


def for_appraisers(form, fields=None):
    points = {
        "1.1.1": Line(
            unit="SNV",
            criterion="1.1.1",
            own="6",
            evidence="Số 12",
            appraised="5",
            reason="Chậm",
        )
    }
    adjusted = [Adjustment("SNV", "-0.5", "Công văn 99")]
    filling = Filling(whose="appraised", fields=fields, points=points, adjustments=adjusted)
    return load_workbook(io.BytesIO(self_template.workbook(form, "SNV", "Sở Nội vụ", filling)))


def test_appraisers_find_what_the_unit_said_and_fill_in_their_own_column(form):
    book = for_appraisers(form)
    assert open_cells(book) == {"E10", "H10", "E11", "H11"}
    shown_in = ("D10", "E10", "F10", "H7", "H10")
    said = [6, 5, "Số 12", "Lý do điều chỉnh", "Chậm"]
    assert [book[SHEET][cell].value for cell in shown_in] == said
    assert book[ADJUSTMENTS]["A4"].value == -0.5
    assert "A5" in open_cells(book, ADJUSTMENTS)


def test_appraisers_of_some_fields_fill_in_these_and_no_adjustments(form):
    book = for_appraisers(form, frozenset({"2"}))
    assert open_cells(book) == set()
    assert open_cells(book, ADJUSTMENTS) == set()
    assert open_cells(for_appraisers(form, frozenset({"1"}))) == {"E10", "H10", "E11", "H11"}


def appraised(form, *changes):
    """The workbook of appraisers, filled in."""
    book = for_appraisers(form)
    both(put("D11", 2), put("E11", 2), *changes)(book)
    stream = io.BytesIO()
    book.save(stream)
    return Source("SNV.xlsx", stream.getvalue())


def test_appraisers_say_why_they_give_other_points(form):
    file = appraised(form, put("E10", 4.5), put("H10", "Ban hành chậm"))
    read = self_workbook.read([file], form, UNITS, APPRAISED)
    assert [(each.points, each.words, each.is_silent) for each in read.points] == [
        ("4.5", "Ban hành chậm", False),
        ("2", "", False),
    ]
    mute = [appraised(form, put("H10", None))]
    found = problems_of(lambda: self_workbook.read(mute, form, UNITS, APPRAISED))
    assert [(it.slug, it.cell) for it in found] == [("missing-reason", "Tự đánh giá!H10")]
