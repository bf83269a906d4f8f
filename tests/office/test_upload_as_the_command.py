"""The upload in the browser and the command say the same of a file, and take the same of it."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.commands.cli import main
from survey_app.office.pieces.faults import CATALOGUE
from survey_app.questionnaire import library
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.fieldwork.raw_workbook import Sheet, packed
from tests.fieldwork.test_what_is_seen import CASES
from tests.office.conftest import AT, begin
from tests.office.copies import Copy, copied
from tests.office.handing_in import hand_in

STUDY = "sonla/2025-department"
CREATE = ["wave", "create", "w", "--year", "2025"]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Copy]:
    with copied(_planned, tmp_path) as copy:
        yield copy


def _planned(database: Database, folder: Path) -> None:
    begin(database, folder, "")
    with database.writing() as connection:
        waves.create(connection, "w", library.study(STUDY), 2025, date(2025, 7, 1), AT)


@pytest.fixture
def planned(begun: Copy) -> str:
    """A planned wave in the office's store."""
    return "w"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command has to work on: such a wave of its own making."""
    folder = tmp_path_factory.mktemp("command") / "data"
    made = CliRunner(env=environment(folder)).invoke(main, [*CREATE, "--study", STUDY])
    assert made.exit_code == 0, made.output
    return folder


def uploaded(client: FlaskClient, kind: str, name: str, content: bytes) -> tuple[int, str]:
    reply = hand_in(client, kind, content, name, "w")
    return reply.status_code, html.unescape(reply.get_data(as_text=True))


def environment(data: Path) -> dict[str, str]:
    return {"CCHC_DATA": str(data), "CCHC_DATABASE": "", "CCHC_SECRET_KEY": ""}


def commanded(data: Path, folder: Path, kind: str, file: Path) -> tuple[int, str]:
    """What `cchc KIND import` says of a file, in a wave of the same study."""
    shutil.copytree(data, folder / "data")
    runner = CliRunner(env=environment(folder / "data"))
    done = runner.invoke(main, [kind, "import", "w", str(file), "--yes"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def kept(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        rows = connection.execute(select(t.cases.c.label, t.cases.c.psu, t.cases.c.weight))
        return sorted(tuple(row) for row in rows)


REFUSED = {
    "i1_thousands.csv": ("ambiguous-number", "2:21"),
    "i2_blank_header.csv": ("unnamed-column", "2:21"),
    "i2_blank_header.xlsx": ("unnamed-column", "E2"),
    "i4_nan.xlsx": ("damaged-cell", "F3"),
    "i4_inf.xlsx": ("damaged-cell", "F3"),
    "i4_lost_string.xlsx": ("damaged-cell", "F3"),
    "i6_prefixed_hidden_row.xlsx": ("hidden-row", "A3"),
    "i6_prefixed_merged.xlsx": ("merged-cells", "D2:D5"),
}
TAKEN = {
    "i3_hidden_first_sheet.xlsx": "sheet-read",
    "i5_number_formats.xlsx": "",
    "i7_x000d.xlsx": "",
    "i8_psu_spellings.csv": "alike-labels",
}
NO_SAMPLES = {"e2_sample.csv"}
"""What goes out, not in: tests/fieldwork/test_csv_out.py."""


def test_no_case_is_forgotten() -> None:
    assert {*REFUSED, *TAKEN} | NO_SAMPLES == {path.name for path in CASES.iterdir()}


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse_a_file_for_one_reason_at_one_place(
    name: str, analyst: FlaskClient, planned: str, house: House, data: Path, tmp_path: Path
) -> None:
    slug, place = REFUSED[name]
    status, page = uploaded(analyst, "sample", name, (CASES / name).read_bytes())
    code, said = commanded(data, tmp_path, "sample", CASES / name)
    assert (status, code) == (422, 1)
    assert CATALOGUE("vi")[slug] in page
    assert f"error[{slug}]" in said
    assert "1 problem found" in said
    assert place in page
    assert place in said
    message = said.split(f"error[{slug}]: ")[1].split("\n")[0]
    assert message in page
    assert kept(house.database) == []


@pytest.mark.parametrize("name", TAKEN)
def test_both_take_a_file_and_say_what_to_look_at(
    name: str, analyst: FlaskClient, planned: str, house: House, data: Path, tmp_path: Path
) -> None:
    status, page = uploaded(analyst, "sample", name, (CASES / name).read_bytes())
    code, said = commanded(data, tmp_path, "sample", CASES / name)
    slug = TAKEN[name]
    assert code == 0
    assert status == (200 if slug == "alike-labels" else 302)
    if status == 302:
        page = html.unescape(analyst.get("/quan-tri/dot/w").get_data(as_text=True))
    assert ("[alike-labels]" in said) == (slug == "alike-labels")
    assert ("note[sheet-read]" in said) == (slug == "sheet-read")
    told = ("sheet-read", "alike-labels", "read-as-decimal")
    assert [each for each in told if CATALOGUE("vi")[each] in page] == ([slug] if slug else [])
    database = Database(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")
    assert kept(house.database) == kept(database) != []
    database.close()


def test_the_names_of_a_warning_stand_on_the_page(analyst: FlaskClient, planned: str) -> None:
    content = (CASES / "i8_psu_spellings.csv").read_bytes()
    _, page = uploaded(analyst, "sample", "i8.csv", content)
    assert "`Thôn Hoà Bình` (2)" in page
    assert "Có 1 điều cần xem lại" in page
    assert "12 trường hợp" in page


@pytest.mark.parametrize("kind", ["frame", "sample"])
def test_a_frame_says_which_sheet_was_read_too(
    kind: str, analyst: FlaskClient, planned: str, data: Path, tmp_path: Path
) -> None:
    listed = {
        "frame": [["group", "unit", "stratum", "population"], ["citizens", "SYT", "all", 9]],
        "sample": [["case", "group", "unit", "stratum", "weight"],
                   ["A1", "citizens", "SYT", "all", 1]],
    }[kind]  # fmt: skip
    old = Sheet([*listed, listed[1]], "năm trước", "veryHidden")
    file = packed(old, Sheet(listed, "năm nay"), Sheet([["x"]], "ghi chú"))
    (tmp_path / "a.xlsx").write_bytes(file.content)
    status, _ = uploaded(analyst, kind, "a.xlsx", file.content)
    code, said = commanded(data, tmp_path, kind, tmp_path / "a.xlsx")
    assert (status, code) == (302, 0)
    page = html.unescape(analyst.get("/quan-tri/dot/w").get_data(as_text=True))
    assert "`năm trước` (hidden), `ghi chú`" in said
    assert "Các trang tính khác: `ghi chú`. Trang tính bị ẩn: `năm trước`." in page
    assert "`năm nay`" in page
    assert "`năm nay`" in said


def test_a_second_list_is_compared_with_the_first_and_with_the_frame(
    analyst: FlaskClient, planned: str
) -> None:
    frame = "group,unit,stratum,population\ncitizens,SYT,Nông thôn,90\n"
    assert uploaded(analyst, "frame", "khung.csv", frame.encode())[0] == 302
    header = "case,group,unit,stratum,psu,weight\n"
    first = f"{header}A1,citizens,SYT,Nông thôn,Bản Hoà,90\n"
    assert uploaded(analyst, "sample", "a.csv", first.encode())[0] == 302
    second = f"{header}A2,citizens,SYT,nông thôn,Bản Hòa,1\n"
    status, page = uploaded(analyst, "sample", "b.csv", second.encode())
    assert status == 200
    assert "`Nông thôn` (2), `nông thôn` (1)" in page
    assert "`Bản Hoà` (1), `Bản Hòa` (1)" in page


def test_weights_that_do_not_add_up_to_the_frame_are_told_with_both_numbers(
    analyst: FlaskClient, planned: str, house: House
) -> None:
    frame = "group,unit,stratum,population\ncitizens,SYT,all,70\n"
    assert uploaded(analyst, "frame", "khung.csv", frame.encode())[0] == 302
    rows = "".join(f"D{n},citizens,SYT,all,2.3333\n" for n in range(12))
    sample = f"case,group,unit,stratum,weight\n{rows}"
    status, page = uploaded(analyst, "sample", "mau.csv", sample.encode())
    assert status == 200
    assert CATALOGUE("vi")["weights-off"] in page
    assert "12 × 2,3333 = 28" in page
    assert "<dt>Tổng thể:</dt> <dd>70</dd>" in page
    assert len(kept(house.database)) == 12
    opening = html.unescape(analyst.get("/quan-tri/dot/w/open").get_data(as_text=True))
    assert "1 tầng có tổng quyền số khác tổng thể" in opening
