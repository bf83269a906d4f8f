import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import update

from survey_app.office.documents.chart import _kept, chart
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.documents.paper import conversion
from survey_app.office.documents.reports.beside import NOTHING
from survey_app.office.page import WORDS
from survey_app.office.results.by_mode import mode_lines
from survey_app.office.results.method import lines
from survey_app.office.results.read import Results, read_results
from survey_app.office.results.remarks import remarks
from survey_app.office.results.withholding import for_the_public
from survey_app.questionnaire import library
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.scored import kept_scorecard

FIRST = "/quan-tri/dot/dot-2026/ket-qua/1"


@pytest.fixture
def shown(house: House, wave: Wave, draft: Scorecard) -> Results:
    with house.database.reading() as connection:
        names = {unit.unit: unit for unit in waves.units(connection, wave.id)}
        texts = waves.texts(connection, wave.id)
    return read_results(wave, draft, library.study_from_texts(wave.study, texts).index, names)


def text(reply: object) -> str:
    return str(reply.get_data(as_text=True))  # type: ignore[attr-defined]


def test_the_table_has_every_unit_with_the_numbers_of_the_analysis(shown: Results) -> None:
    merged = {row["unit"]: row for row in json.loads(shown.card.merged or "")["units"]}
    assert [unit.rank for unit in shown.units] == sorted(row["rank"] for row in merged.values())
    for unit in shown.units:
        row = merged[unit.unit]
        assert (unit.index, unit.lo, unit.hi) == (row["index"], row["lo"], row["hi"])
        assert (unit.self_points, unit.appraised) == (row["self"], row["appraised"])


def test_ranks_are_told_by_t_tests_and_the_annex_on_method_says_so(shown: Results) -> None:
    scores = json.loads(shown.card.scores)
    assert scores["settings"]["rank_method"] == "holm-t"
    assert all((row["lo"], row["hi"]) == (row["lo_t"], row["hi_t"]) for row in scores["ranks"])
    said = {lang: dict(lines(shown, WORDS, lang)) for lang in ("vi", "en")}
    assert "kiểm định t" in said["vi"]["Khoảng thứ hạng"]
    assert "t tests" in said["en"]["Rank range"]


@pytest.fixture
def on_paper(house: House, wave: Wave) -> Scorecard:
    """Citizens answered on paper, everyone else online."""
    with house.database.writing() as connection:
        for table in (t.cases, t.ballots):
            mine = (table.c.wave_id == wave.id) & (table.c.grp == "citizens")
            connection.execute(update(table).where(mine).values(mode="paper"))
    return kept_scorecard(house, wave)


def test_where_people_answered_in_several_ways_page_and_report_have_rates_by_mode(
    analyst: FlaskClient, on_paper: Scorecard
) -> None:
    page = text(analyst.get(FIRST))
    assert "Tỷ lệ trả lời theo hình thức trả lời" in page
    assert "<td>Phiếu giấy</td>" in page
    assert "<td>Trực tuyến</td>" in page
    report = Document(io.BytesIO(analyst.get(f"{FIRST}/tai-ve/docx").data))
    table = next(each for each in report.tables if each.cell(0, 1).text == "Hình thức")
    modes = {row.cells[1].text for row in table.rows[1:]}
    assert modes == {"Phiếu giấy", "Trực tuyến"}


def test_the_public_is_not_shown_rates_by_mode(
    house: House, wave: Wave, on_paper: Scorecard
) -> None:
    with house.database.reading() as connection:
        study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
    found = read_results(wave, on_paper, study.index, {})
    assert {line.mode for line in found.modes} == {"paper", "web"}
    for line in found.modes:
        assert line.invited is not None
        assert line.responded is not None
        assert 0 < line.responded < line.invited
        assert line.rate == pytest.approx(line.responded / line.invited, abs=0.1)
    assert for_the_public(found, study).modes == ()


def test_one_mode_makes_no_table_and_an_open_link_no_rate(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    assert "theo hình thức" not in text(analyst.get(FIRST))
    web = {"numerators": {"RR1": 8.0}, "denominators": {"RR1": 10.0}}
    kiosk = {"numerators": {"RR1": 5.0}, "denominators": {"RR1": None}}
    lines = mode_lines(
        [
            {"group": "citizens", "mode": "web", "invited": 10.0, "responded": 8.0} | web,
            {"group": "citizens", "mode": "kiosk", "invited": None, "responded": 5.0} | kiosk,
        ]
    )
    assert [(line.mode, line.invited, line.responded, line.rate) for line in lines] == [
        ("kiosk", None, 5, None),
        ("web", 10, 8, 0.8),
    ]


def test_a_draft_says_so_and_so_does_an_index_that_is_not_quoted(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    page = text(analyst.get(FIRST))
    assert "DỰ THẢO" in page
    assert "2 trong 2 tiêu chí" in page
    assert draft.fingerprint[:16] in page
    assert "có thể lệch 0,01" in page


def test_a_published_scorecard_bears_no_draft_mark(
    analyst: FlaskClient, published: Scorecard
) -> None:
    assert "DỰ THẢO" not in text(analyst.get(FIRST))


def test_a_survey_that_was_not_merged_says_what_is_missing(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    kept_scorecard(house, wave, merged=False)
    page = text(analyst.get(FIRST))
    assert "chưa tổng hợp điểm tự đánh giá" in page
    assert "Xếp loại" not in page


def test_the_interval_that_crosses_a_grade_is_said_in_words(shown: Results) -> None:
    unit = replace(shown.units[0], grade_lo="B", grade_hi="A", flags=("1.2.1:renormalised", "odd"))
    said = remarks(unit, shown, WORDS, "vi")
    assert "Khoảng tin cậy vượt qua ngưỡng xếp loại (Chưa tốt – Tốt)." in said
    assert any("Tiêu chí 1.2.1" in sentence for sentence in said)
    assert "odd" in said


def test_the_same_remark_about_two_groups_is_said_once(shown: Results) -> None:
    flags = ("citizens:a:zero_variance", "citizens:b:zero_variance", "council:a:zero_variance")
    (said, *_) = remarks(replace(shown.units[0], flags=flags), shown, WORDS, "en")
    assert said.endswith("Citizens, People's Council delegates.")


HOSTILE = '<script>alert(1)</script> & "x"'


@pytest.fixture
def hostile(house: House, draft: Scorecard) -> None:
    with house.database.writing() as connection:
        named = update(t.wave_units)
        connection.execute(named.where(t.wave_units.c.position == 1).values(name_vi=HOSTILE))
        formula = "=cmd|' /C calc'!A0"
        connection.execute(named.where(t.wave_units.c.position == 2).values(name_vi=formula))


@pytest.mark.usefixtures("hostile")
def test_a_name_that_looks_like_a_script_is_only_shown(
    analyst: FlaskClient, shown: Results
) -> None:
    units = [f"{FIRST}/don-vi/{unit.unit}" for unit in shown.units]
    for page in [FIRST, "/quan-tri/dot/dot-2026", *units]:
        assert "<script" not in text(analyst.get(page)), page
    assert "&lt;script&gt;" in text(analyst.get(FIRST))
    assert b"<script" not in analyst.get(f"{FIRST}/bieu-do.svg").data


@pytest.mark.usefixtures("hostile")
def test_a_name_that_looks_like_a_formula_is_never_run(analyst: FlaskClient) -> None:
    rows = csv.DictReader(io.StringIO(analyst.get(f"{FIRST}/tai-ve/csv").data.decode("utf-8-sig")))
    assert {row["name_vi"] for row in rows} == {HOSTILE, "'=cmd|' /C calc'!A0"}
    book = load_workbook(io.BytesIO(analyst.get(f"{FIRST}/tai-ve/xlsx").data))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
    assert formulas
    assert not any("cmd" in formula or "script" in formula for formula in formulas)
    assert any(cell.data_type == "s" and cell.value.startswith("=cmd") for cell in cells)


def test_csv_has_full_precision_decimal_points_and_a_mark_for_excel(
    analyst: FlaskClient, shown: Results
) -> None:
    body = analyst.get(f"{FIRST}/tai-ve/csv").data
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [float(row["index"]) for row in rows] == [unit.index for unit in shown.units]


def in_vietnam(cell: str) -> str | float:
    """What a spreadsheet with Vietnamese settings takes a cell of a CSV file for."""
    number = re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?|-?[0-9]+(,[0-9]+)?", cell)
    return float(cell.replace(".", "").replace(",", ".")) if number else cell


@pytest.mark.parametrize(
    "path", [f"{FIRST}/tai-ve/csv-excel", "/ket-qua/dot-2026/ket-qua-excel.csv"]
)
def test_the_table_for_people_is_read_by_a_vietnamese_spreadsheet_as_it_was_written(
    analyst: FlaskClient, published: Scorecard, path: str
) -> None:
    of_programs = analyst.get(path.replace("-excel", "")).data.decode("utf-8-sig")
    reply = analyst.get(path)
    assert reply.data.startswith(b"\xef\xbb\xbf")
    assert "-excel.csv" in reply.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(reply.data.decode("utf-8-sig")), delimiter=";"))
    numbers = 0
    for row, said in zip(rows, csv.reader(io.StringIO(of_programs)), strict=True):
        for cell, meant in zip(row, said, strict=True):
            is_number = re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", meant)
            numbers += bool(is_number and "." in meant)
            assert in_vietnam(cell) == (float(meant) if is_number else meant)
    assert numbers > 20


def test_the_workbook_has_a_sheet_a_thing_with_numbers_that_are_numbers(
    analyst: FlaskClient, shown: Results
) -> None:
    book = load_workbook(io.BytesIO(analyst.get(f"{FIRST}/tai-ve/xlsx").data))
    told = [row[0].value for row in book["Giới thiệu"].iter_rows(min_row=3)]
    assert book.sheetnames == ["Giới thiệu", *told[: len(book.sheetnames) - 1]]
    summary = book["Tổng hợp"]
    assert summary.freeze_panes == "C2"
    column = [cell.value for cell in summary[1]].index("Chỉ số (%)")
    index = shown.units[0].index
    assert index is not None
    assert summary.cell(2, column + 1).value == "=100*I2/J2"


def test_the_report_stands_on_the_paper_that_the_decree_asks_for(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    report = Document(io.BytesIO(analyst.get(f"{FIRST}/tai-ve/docx").data))
    for section in report.sections:
        sides = sorted((round(section.page_width.mm), round(section.page_height.mm)))
        assert sides == [210, 297]
        assert 20 <= section.top_margin.mm <= 25
        assert 20 <= section.bottom_margin.mm <= 25
        assert 30 <= section.left_margin.mm <= 35
        assert 15 <= section.right_margin.mm <= 20
    first = report.sections[0]
    assert first.different_first_page_header_footer
    assert "PAGE" in first.header._element.xml
    assert "PAGE" not in first.first_page_header._element.xml
    assert report.styles["Normal"].font.name == "Times New Roman"


def test_the_report_says_who_what_and_that_it_is_a_draft(
    analyst: FlaskClient, draft: Scorecard, shown: Results
) -> None:
    report = Document(io.BytesIO(analyst.get(f"{FIRST}/tai-ve/docx").data))
    head = "\n".join(cell.text for row in report.tables[0].rows for cell in row.cells)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head
    assert "Độc lập - Tự do - Hạnh phúc" in head
    assert "SỞ NỘI VỤ" in head
    assert "Sơn La, ngày      tháng      năm 2026" in head
    body = "\n".join(paragraph.text for paragraph in report.paragraphs)
    assert "DỰ THẢO" in report.sections[0].header._element.xml
    assert "[…]" in body
    assert "không trích nguyên văn" in body
    cells = {cell.text for table in report.tables for row in table.rows for cell in row.cells}
    assert {unit.name["vi"] for unit in shown.units} <= cells
    assert draft.fingerprint in cells


@pytest.mark.parametrize("kind", list(MIME))
def test_the_same_scorecard_gives_the_same_file_to_the_byte(
    shown: Results, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the PDF of LibreOffice, which tells the time."""
    monkeypatch.setattr(conversion, "program", lambda: None)
    files = [file_of(shown, WORDS, "vi", kind, NOTHING).get_data() for _ in range(2)]
    assert files[0] == files[1]


def test_the_chart_is_the_same_to_the_byte_and_loads_nothing_from_elsewhere(
    shown: Results,
) -> None:
    svg = chart(shown, WORDS, "vi", "svg")
    _kept.clear()
    assert chart(shown, WORDS, "vi", "svg") == svg
    assert b'xlink:href="http' not in svg


def test_the_office_sees_what_the_public_does_not(
    house: House, analyst: FlaskClient, published: Scorecard, shown: Results, tmp_path: Path
) -> None:
    small = next(
        unit.unit for unit in shown.units if any((rate.responded or 9) < 5 for rate in unit.rates)
    )
    assert "Không công bố" not in text(analyst.get(f"{FIRST}/don-vi/{small}"))
    assert "Không công bố" in text(analyst.get(f"/ket-qua/dot-2026/don-vi/{small}"))
