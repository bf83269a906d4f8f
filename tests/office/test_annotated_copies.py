"""The copy of a workbook with its faults is the very file: its formulas, looks and other sheets."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill

from survey_app import quarantine
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.understanding import annotated, annotated_file
from survey_app.fieldwork.understanding.annotated import FAULTS, Mark, Said

SAID = Said(cell="Ô", what="Lỗi", remedy="Cách sửa", values_only="Chỉ có giá trị")
MARK = Mark(line=4, place=2, text="=sai", help="sửa")


def officials() -> bytes:
    """A list with a title over merged cells, a formula, coloured headings and a second sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Mẫu"
    sheet["A1"] = "DANH SÁCH"
    sheet.merge_cells("A1:C1")
    for row in (["Số hiệu", "SĐT", "Quyền số"], ["A1", "0912345678", "=5/2"], ["A2", "x", 2.5]):
        sheet.append(row)
    sheet["A2"].font, sheet["A2"].fill = Font(bold=True), PatternFill("solid", fgColor="FF00FF00")
    sheet.column_dimensions["B"].width = 31
    sheet.row_dimensions[3].height = 42
    book.create_sheet("Ghi chép")["A1"] = "giữ"
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def copied(content: bytes, *marks: Mark) -> Any:
    source = Source("mau.xlsx", content)
    made = quarantine.read(annotated.annotated, source, "Mẫu", marks, SAID)  # as the site does
    return load_workbook(io.BytesIO(made))


def test_formulas_looks_and_other_sheets_stay() -> None:
    book = copied(officials(), MARK)
    sheet = book["Mẫu"]
    assert book.sheetnames == ["Mẫu", "Ghi chép", FAULTS]
    assert sheet["C3"].value == "=5/2"
    assert sheet["A2"].font.bold
    assert sheet["A2"].fill.fgColor.rgb == "FF00FF00"
    assert sheet.column_dimensions["B"].width == 31
    assert sheet.row_dimensions[3].height == 42
    assert [str(area) for area in sheet.merged_cells.ranges] == ["A1:C1"]
    assert sheet["B4"].comment.text == "=sai sửa"
    told = [cell for row in book[FAULTS].iter_rows(min_row=2) for cell in row]
    assert [cell.value for cell in told] == ["B4", "=sai", "sửa"]
    assert all(cell.data_type == "s" for cell in told), "what a fault quotes is never calculated"


def test_the_marks_of_an_earlier_copy_go() -> None:
    first = copied(officials(), MARK, Mark(line=3, place=1, text="a", help=""))
    first["Mẫu"]["B4"] = "0912345679"
    second = copied(saved(first), Mark(line=1, place=2, text="gộp ô", help=""))
    marked = [cell.coordinate for row in second["Mẫu"].iter_rows() for cell in row if cell.comment]
    assert marked == ["A1"], "of merged cells the one that is seen"
    assert second["Mẫu"]["B4"].fill.fgColor.rgb != "FFFFD9A8"
    assert second.sheetnames.count(FAULTS) == 1
    assert second[FAULTS].max_row == 2


def test_of_a_file_that_is_too_large_the_values_are_copied_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(annotated_file, "MOST_BYTES", 1000)
    source = Source("mau.xlsx", officials())
    book = load_workbook(io.BytesIO(annotated.annotated(source, "Mẫu", (MARK,), SAID)))
    assert book.sheetnames == ["Mẫu", FAULTS]
    assert book["Mẫu"]["B4"].comment
    assert "Chỉ có giá trị" in [cell.value for cell in book[FAULTS]["B"]]
