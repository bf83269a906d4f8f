"""The workbook as LibreOffice computes and prints it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import Workbook, load_workbook

from survey_app.office.documents import downloads, gathering
from survey_app.office.documents.reports.beside import NOTHING
from survey_app.office.page import WORDS
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House

pytestmark = pytest.mark.usefixtures("libreoffice")


def converted(folder: Path, body: bytes, kind: str) -> bytes:
    """A workbook as LibreOffice saves it."""
    folder.mkdir(parents=True)
    (folder / "before.xlsx").write_bytes(body)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    out = folder / "after"
    command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", str(out)]
    subprocess.run([*command, str(folder / "before.xlsx")], check=True, capture_output=True)
    (file,) = out.iterdir()
    return file.read_bytes()


def formulas(book: Workbook) -> list[tuple[str, str]]:
    return [
        (sheet.title, cell.coordinate)
        for sheet in book
        for row in sheet
        for cell in row
        if cell.data_type == "f"
    ]


@pytest.mark.parametrize("is_public", [False, True])
def test_libreoffice_computes_what_the_scorecard_has(
    house: House, wave: Wave, draft: Scorecard, tmp_path: Path, is_public: bool
) -> None:
    results = (gathering.public_results if is_public else gathering.results_of)(house, wave, draft)
    body = downloads.contents(results, WORDS, "vi", "xlsx", NOTHING)
    said = load_workbook(io.BytesIO(body), data_only=True)
    places = formulas(bare := load_workbook(io.BytesIO(body)))
    assert {sheet for sheet, _ in places} >= {"Giới thiệu", "Tổng hợp", "Tỷ lệ trả lời"}
    forgotten = io.BytesIO()
    bare.save(forgotten)  # without what the formulas came to
    again = converted(tmp_path / "lo", forgotten.getvalue(), "xlsx:Calc MS Excel 2007 XML")
    computed = load_workbook(io.BytesIO(again), data_only=True)
    for sheet, cell in places:
        assert computed[sheet][cell].value == pytest.approx(said[sheet][cell].value, abs=1e-9)


def test_what_is_withheld_is_in_no_cell_and_no_formula(
    house: House, wave: Wave, draft: Scorecard
) -> None:
    results = gathering.public_results(house, wave, draft)
    body = downloads.contents(results, WORDS, "vi", "xlsx", NOTHING)
    sheet = load_workbook(io.BytesIO(body))["Theo nhóm đối tượng"]
    shown = list(sheet.iter_rows(min_row=2, values_only=True))
    groups = [
        (unit.unit, line.code, group)
        for unit in results.units
        for field in unit.fields
        for line in field.criteria
        for group in line.groups
    ]
    assert any(group.withheld for *_, group in groups)
    for row, (unit, code, group) in zip(shown, groups, strict=True):
        assert (row[0], str(row[2])) == (unit, code)
        assert (row[9] == "Không công bố") == group.withheld
        if group.withheld:
            assert row[5:9] == (None, None, None, None)


def test_a_printed_sheet_is_as_wide_as_its_page_and_can_be_read(
    house: House, wave: Wave, draft: Scorecard, tmp_path: Path
) -> None:
    results = gathering.results_of(house, wave, draft)
    body = downloads.contents(results, WORDS, "vi", "xlsx", NOTHING)
    book = load_workbook(io.BytesIO(body))
    for sheet in book:
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows
    printed = pypdfium2.PdfDocument(converted(tmp_path / "lo", body, "pdf"))
    pages = [page.get_textpage() for page in printed]
    summary = next(text for text in pages if "Khoảng" in text.get_text_range())
    at, _ = summary.search("Sở Nội vụ").get_next()
    box = summary.get_charbox(at)
    assert box[3] - box[1] > 5, "points that a capital is high: of letters of 8 points and more"
