import csv
import io
import json
import re
import shutil
import stat
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook

from survey_app.app import create_app
from survey_app.commands.people import invitations
from survey_app.fieldwork.assessment import self_template
from survey_app.fieldwork.lists import sample_file
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.tokens import csrf
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from tests.commands.conftest import command

HEADER = "case,group,unit,asked,sample,stratum,weight,fpc1,name,phone"
SOUND = "\n".join(
    [
        HEADER,
        *(f"C{n},council,,*,hdnd,all,1,65,Đại biểu {n},091234567{n}" for n in range(6)),
        "D1,citizens,STC25,,,all,2.5,90,=Lò Văn An,",
    ]
)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    file = tmp_path / "mau.csv"
    file.write_text(SOUND, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def with_cases(planned, tmp_path_factory) -> Path:
    """The data folder of an installation whose wave has a sample."""
    folder = tmp_path_factory.mktemp("sampled")
    shutil.copytree(planned, folder / "data")
    (folder / "mau.csv").write_text(SOUND, encoding="utf-8")
    command(folder / "data")("sample", "import", "d25", folder / "mau.csv")
    return folder / "data"


@pytest.fixture
def sampled(with_cases, tmp_path) -> str:
    shutil.copytree(with_cases, tmp_path / "data")
    return "d25"


def cells_of(cchc, wave):
    return json.loads(cchc("wave", "show", wave, "--json").stdout)["cells"]


def test_what_a_column_is_may_be_said_by_hand(cchc, wave, tmp_path):
    file = tmp_path / "mau.csv"
    lines = ["Ký hiệu,Nhóm,Nơi bị chấm,Tầng,Quyền số,Chủ hộ", "A1,Người dân,STC25,all,2.5,Lò Văn A"]
    file.write_text("\n".join(lines), encoding="utf-8")
    said = ("--column", "ký hiệu=case", "--column", "Nơi bị chấm=unit")
    assert "missing-column" in cchc("sample", "import", wave, file, ok=False).stderr
    strange = ("--column", "Tuổi=name")
    assert (
        "no column is headed `Tuổi`"
        in cchc("sample", "import", wave, file, *said, *strange, ok=False).stderr
    )
    shown = cchc("sample", "import", wave, file, *said, "--column", "Chủ hộ=", "--yes")
    assert "column Nơi bị chấm -> unit" in shown.stderr
    assert "column Chủ hộ -> not read" in shown.stderr
    assert "1 cases" in shown.stderr
    for wrong, told in (("Chủ hộ=ten", "no column is `ten`"), ("Chủ hộ", "write HEADING=COLUMN")):
        assert told in cchc("sample", "import", wave, file, "--column", wrong, ok=False).stderr


def test_a_faulty_list_is_refused_whole_with_all_its_faults(cchc, wave, tmp_path):
    file = tmp_path / "mau.csv"
    file.write_text(
        SOUND.replace("D1,citizens", "D1,citizen").replace(",2.5,", ",0,"), encoding="utf-8"
    )
    refused = cchc("sample", "import", wave, file, ok=False)
    assert refused.stdout == ""
    assert "unknown-group" in refused.stderr
    assert "not-above-zero" in refused.stderr
    assert "mau.csv:8" in refused.stderr
    assert "2 problems found" in refused.stderr
    assert cells_of(cchc, wave) == []


def test_an_import_says_how_many_and_warns_of_whom_a_ballot_would_betray(cchc, wave, listed):
    done = cchc("sample", "import", wave, listed)
    assert "7 cases" in done.stderr
    assert "if 50% of the invited answer, 7 cases share their design" in done.stderr
    assert "1 of them with nobody" in done.stderr
    assert done.stdout == ""
    assert sum(cell["cases"] for cell in cells_of(cchc, wave)) == 7


def test_a_list_is_imported_once(cchc, sampled, listed):
    assert "case-known" in cchc("sample", "import", sampled, listed, ok=False).stderr


@pytest.mark.parametrize("noun", ["sample", "frame"])
def test_an_empty_list_to_fill_in_names_the_columns_and_the_waves_codes(cchc, wave, tmp_path, noun):
    file = tmp_path / "mau.xlsx"
    assert cchc(noun, "template", wave, file).stdout.strip() == str(file)
    book = load_workbook(file)
    header = [cell.value for cell in book.worksheets[0][1]]
    assert header[0] == ("Số hiệu" if noun == "sample" else "Nhóm đối tượng")
    known = book["Danh mục"]
    assert "Sở Tài chính" in [cell.value for cell in known["D"]]
    assert "STC25" in [cell.value for cell in known["E"]]
    assert book.worksheets[0].data_validations.dataValidation
    assert "exists" in cchc(noun, "template", wave, file, ok=False).stderr


def test_what_is_typed_into_the_template_is_read(cchc, wave, tmp_path):
    file = tmp_path / "mau.xlsx"
    cchc("sample", "template", wave, file)
    book = load_workbook(file)
    sheet = book.worksheets[0]
    typed = {"case": "D1", "group": "citizens", "unit": "STC25", "stratum": "all", "weight": "12,5"}
    for name, text in typed.items():
        sheet.cell(2, sample_file.COLUMNS.index(name) + 1).value = text
    book.save(file)
    asked = cchc("sample", "import", wave, file, ok=False)
    assert "Is that right?" in asked.stderr
    assert "column Số hiệu -> case" in asked.stderr
    assert cells_of(cchc, wave) == []
    cchc("sample", "import", wave, file, "--yes")
    assert [cell["unit"] for cell in cells_of(cchc, wave)] == ["STC25"]


def test_faults_are_counted_by_kind_and_all_of_them_marked_in_a_copy(cchc, wave, tmp_path):
    file, copy = tmp_path / "mau.csv", tmp_path / "loi.xlsx"
    rows = [f"A{n},citizens,STC25,all,1,x" for n in range(60)] + ["A1,citizens,XX,all,1,0912345678"]
    file.write_text("\n".join(["case,group,unit,stratum,weight,phone", *rows]), encoding="utf-8")
    said = cchc("sample", "import", wave, file, "--faults-out", copy, ok=False).stderr
    assert "60 phone: not-a-phone (2, 3, 4, 5, 6, 7 ...)" in said
    assert said.count("error[not-a-phone]") == 1
    assert "62 problems found" in said
    assert "more" not in said.split("problems found")[0].split("The first of each kind")[0]
    sheet = load_workbook(copy).worksheets[0]
    assert sum(bool(cell.comment) for line in sheet.iter_rows() for cell in line) == 62
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_links_go_into_one_file_that_only_its_owner_reads(cchc, sampled, tmp_path):
    out = tmp_path / "links.csv"
    cchc("invitations", "issue", sampled, "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_text(encoding="utf-8")
    assert text.startswith("\ufeffcase,group,unit,name,phone,email,link")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row["case"] for row in rows] == [*(f"C{n}" for n in range(6)), "D1"]
    assert len({row["link"] for row in rows}) == 7
    assert all(row["link"].startswith("https://khaosat.vn/p/") for row in rows)
    assert rows[-1]["name"] == "'=Lò Văn An"


def test_links_for_a_spreadsheet_keep_the_zeros_of_phone_numbers(cchc, sampled, tmp_path):
    out = tmp_path / "links.xlsx"
    cchc("invitations", "issue", sampled, "--out", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    header, *rows = load_workbook(out).active.iter_rows()
    assert [cell.value for cell in header] == list(invitations.COLUMNS)
    assert [row[4].value for row in rows[:6]] == [f"091234567{n}" for n in range(6)]
    assert {row[6].value.rpartition("/")[0] for row in rows} == {"https://khaosat.vn/p"}
    assert rows[-1][3].value == "=Lò Văn An"
    for row in rows:
        assert {(cell.data_type, cell.number_format) for cell in row if cell.value} == {("s", "@")}


def test_no_link_can_be_found_in_the_data_folder(cchc, sampled, tmp_path):
    out = tmp_path / "links.csv"
    cchc("invitations", "issue", sampled, "--out", out)
    tokens = [
        line.rsplit("/", 1)[1]
        for line in out.read_text(encoding="utf-8").split()[1:]
        if "/p/" in line
    ]
    assert len(tokens) == 7
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            kept = file.read_bytes()
            assert not any(token.encode() in kept for token in tokens), file


def test_a_file_of_links_is_never_written_over(cchc, sampled, tmp_path):
    out = tmp_path / "links.csv"
    cchc("invitations", "issue", sampled, "--out", out)
    before = out.read_bytes()
    assert "exists" in cchc("invitations", "issue", sampled, "--out", out, ok=False).stderr
    assert out.read_bytes() == before


def test_a_revoked_link_can_be_issued_anew(cchc, sampled, tmp_path):
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    cchc("invitations", "issue", sampled, "--out", first)
    cchc("invitations", "revoke", sampled, "C3")
    cchc("invitations", "issue", sampled, "--out", second)
    assert [line.split(",")[0] for line in second.read_text().splitlines()[1:]] == ["C3"]


def test_letters_are_printed_with_whom_to_call(cchc, sampled, tmp_path):
    out, letters = tmp_path / "links.csv", tmp_path / "thu.pdf"
    missing = cchc("invitations", "issue", sampled, "--out", out, "--letters", letters, ok=False)
    assert "--contact" in missing.stderr
    assert not out.exists()
    contact = "Bà Hà, 0212 3850 000"
    cchc("invitations", "issue", sampled, "--out", out, "--letters", letters, "--contact", contact)
    pages = pypdfium2.PdfDocument(letters)
    assert len(pages) == 7
    assert all(contact in page.get_textpage().get_text_bounded() for page in pages)
    assert stat.S_IMODE(letters.stat().st_mode) == 0o600


def test_letters_are_a_pdf_and_nothing_else(cchc, sampled, tmp_path):
    out, letters = tmp_path / "links.csv", tmp_path / "thu.html"
    refused = cchc("invitations", "issue", sampled, "--out", out, "--letters", letters, ok=False)
    assert ".pdf" in refused.stderr
    assert not out.exists()


def test_links_are_issued_anew_to_a_selection(cchc, sampled, tmp_path):
    files = [tmp_path / f"{number}.csv" for number in range(3)]
    cchc("invitations", "issue", sampled, "--out", files[0])
    everyone = cchc("invitations", "issue", sampled, "--out", files[1], "--again", ok=False)
    assert "--again needs" in everyone.stderr
    cchc("invitations", "issue", sampled, "--out", files[2], "--again", "--case", "C3")
    assert [line.split(",")[0] for line in files[2].read_text().splitlines()[1:]] == ["C3"]


def test_what_the_office_learns_is_noted(cchc, sampled):
    assert "Refused" in cchc("event", "add", sampled, "C1", "refused").stderr
    assert "no-such-case" in cchc("event", "add", sampled, "X", "refused", ok=False).stderr
    assert "Invalid value" in cchc("event", "add", sampled, "C1", "vanished", ok=False).stderr
    assert {"kind": "refused", "code": "2.111"}.items() <= next(
        each
        for each in json.loads(cchc("event", "kinds", "--json").stdout)
        if each["kind"] == "refused"
    ).items()


def test_contacts_are_purged_when_the_wave_is_closed(cchc, sampled):
    assert "closed" in cchc("contacts", "purge", sampled, "--yes", ok=False).stderr
    cchc("wave", "open", sampled)
    cchc("wave", "close", sampled)
    cchc("contacts", "purge", sampled, answer="n\n", ok=False)
    assert "7 contacts" in cchc("contacts", "purge", sampled, "--yes").stderr


def begin(folder: Path, tokens: list[str]) -> None:
    """Begin the forms of these links."""
    url = f"sqlite:///{folder / 'cchc.sqlite3'}"
    with closing(Database(url)) as database:
        phone = create_app(Settings(folder, url, "k" * 40), database).test_client()
        for token in tokens:
            sent = {"csrf_token": csrf(token, "k" * 40), "go": "begin"}
            assert phone.post(f"/p/{token}", data=sent).status_code == 200


def test_closing_says_how_many_forms_are_begun_and_not_sent(cchc, sampled, tmp_path):
    out = tmp_path / "links.csv"
    cchc("invitations", "issue", sampled, "--out", out)
    cchc("wave", "open", sampled)
    begin(tmp_path / "data", re.findall(r"/p/(\w+)", out.read_text(encoding="utf-8"))[:3])
    assert "begun and not sent: 3" in cchc("wave", "close", sampled).stderr


def test_an_unknown_wave_is_said(cchc):
    assert "there is no wave `x`" in cchc("invitations", "revoke", "x", "C1", ok=False).stderr


def test_the_log_knows_what_was_done_and_stays_whole(cchc, sampled):
    cchc("wave", "open", sampled)
    assert "whole" in cchc("audit", "verify").stderr


def changed(file: Path) -> Path:
    """The same workbook with other points in its first line."""
    book = load_workbook(file)
    sheet = book[self_template.SHEET]
    line = next(
        line
        for line in range(self_template.FIRST, sheet.max_row)
        if sheet.cell(line, self_template.FIELD).value
    )
    sheet.cell(line, self_template.SELF).value = 0
    book.save(file)
    return file


def filled(file: Path, column: int = self_template.SELF) -> None:
    book = load_workbook(file)
    sheet = book[self_template.SHEET]
    for line in range(self_template.FIRST, sheet.max_row):
        if sheet.cell(line, self_template.FIELD).value:
            sheet.cell(line, column).value = sheet.cell(line, self_template.MAXIMUM).value
    book.save(file)


def test_workbooks_go_out_and_come_back(cchc, wave, tmp_path):
    folder = tmp_path / "tu-cham"
    assert cchc("self", "template", wave, "--out", folder).stdout.strip() == str(folder)
    files = sorted(folder.glob("*.xlsx"))
    assert len(files) == 15
    assert "STC25-so-tai-chinh.xlsx" in [file.name for file in files]
    empty = cchc("self", "import", wave, files[0], ok=False)
    assert "missing-self" in empty.stderr
    filled(files[0])
    assert "1 units; 14 of the wave" in cchc("self", "import", wave, files[0]).stderr
    refused = cchc("self", "import", wave, changed(files[0]), ok=False)
    assert re.search(r"[A-Z0-9]+ 1\.1\.1: 0\.5 -> 0\n", refused.stderr)
    assert "1 replace others" in cchc("self", "import", wave, files[0], "--yes").stderr
    assert "0 points are new, 0 replace" in cchc("self", "import", wave, files[0]).stderr


def test_appraisers_get_what_units_handed_in_and_their_own_import(cchc, wave, tmp_path):
    cchc("self", "template", wave, "--out", tmp_path / "own")
    own = min((tmp_path / "own").glob("*.xlsx"))
    filled(own)
    cchc("self", "import", wave, own)
    cchc("self", "template", wave, "--out", tmp_path / "appraisal", "--appraisal")
    file = tmp_path / "appraisal" / own.name
    filled(file, self_template.APPRAISED)
    said = cchc("self", "import-appraised", wave, file).stderr
    assert "0 replace others" in said
    assert "1 units" in said


def test_a_workbook_that_may_be_filled_in_is_not_written_over(cchc, wave, tmp_path):
    folder = tmp_path / "tu-cham"
    cchc("self", "template", wave, "--out", folder)
    file = min(folder.glob("*.xlsx"))
    filled(file)
    before = Source.of(file)
    assert (
        "0 workbooks made, 15 were there" in cchc("self", "template", wave, "--out", folder).stderr
    )
    assert Source.of(file) == before


def test_the_same_is_noted_of_many_cases_or_of_none(cchc, sampled):
    assert "2 cases" in cchc("event", "many", sampled, "away", "C1", "C2", "C1").stderr
    assert "no-such-case" in cchc("event", "many", sampled, "away", "C1", "X", ok=False).stderr


def test_links_are_given_an_end(cchc, sampled, tmp_path):
    cchc("invitations", "issue", sampled, "--out", tmp_path / "links.csv")
    assert "1 link" in cchc("invitations", "expire", sampled, "C1", "--on", "2026-12-31").stderr
    assert "7 link" in cchc("invitations", "expire", sampled).stderr


def test_reminders_are_planned_drawn_up_and_listed(cchc, sampled, tmp_path):
    out = tmp_path / "nhac.csv"
    assert (
        "3 days apart"
        in cchc("remind", "plan", sampled, "2020-01-01", "2020-01-02", ok=False).stderr
    )
    cchc("remind", "plan", sampled, "2020-01-01", "2020-01-10")
    assert "open" in cchc("remind", "draw", sampled, ok=False).stderr
    cchc("invitations", "issue", sampled, "--out", tmp_path / "links.csv")
    cchc("wave", "open", sampled)
    assert "round 1" in cchc("remind", "draw", sampled).stderr
    listed = cchc("remind", "list", sampled, "--out", out).stderr
    assert "0 to be reminded" in listed
    assert "7 cases are in samples that are not told apart" in listed
    cchc("remind", "list", sampled, "--whole", "--out", tmp_path / "ca-nhom.csv")
    assert len((tmp_path / "ca-nhom.csv").read_text(encoding="utf-8").splitlines()) == 8
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
