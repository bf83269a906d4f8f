"""The log as an official reads it: in words, searched, paged; as a file without respondents."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

import survey_app
from survey_app.i18n import LANGUAGES
from survey_app.office.log import said
from survey_app.office.page import WORDS
from survey_app.store.engine.database import Database
from survey_app.store.log import audit, audit_search, verification
from survey_app.store.log.audit_search import Search
from survey_app.web import House
from tests.support.stores import make_tables

LOG = "/quan-tri/nhat-ky"
SOURCES = sorted(Path(survey_app.__file__).parent.rglob("*.py"))


def note(house: House, *lines: tuple[str, str, str, str]) -> None:
    with house.database.writing() as connection:
        for who, action, detail, at in lines:
            audit.append(connection, who, action, detail, at)


def rows_of(page: str) -> list[list[str]]:
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t", row)]
        for row in body.split("</tr>")[:-1]
    ]


def test_an_action_is_said_in_words_and_so_is_its_detail(
    house: House, analyst: FlaskClient
) -> None:
    at = "2026-10-01T01:00:00+00:00"
    note(
        house, ("minh", "wave-open", "dot-2026", at), ("minh", "sample-import", "dot-2026 408", at)
    )
    newest, before, *_ = rows_of(analyst.get(LOG).text)
    assert newest == ["08:00 01/10/2026", "minh", "Đã nhập mẫu", "Đợt dot-2026: 408 trường hợp"]
    assert before[2:] == ["Đã mở đợt điều tra", "Đợt dot-2026"]
    assert rows_of(analyst.get(f"{LOG}?lang=en").text)[1][2:] == ["Opened a wave", "Wave dot-2026"]


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("dot-2026 3", "Đợt dot-2026, kết quả số 3"),
        ("dot-2026 3 reports", "Đợt dot-2026, kết quả số 3: báo cáo"),
        ("dot-2026 3 SYT explained", "Đợt dot-2026, kết quả số 3: SYT, diễn giải"),
    ],
)
def test_which_part_of_results_was_looked_at_is_said_in_words(detail: str, shown: str) -> None:
    line = audit.Line(1, "", "lan", "view", detail, "")
    assert said.detail(line, WORDS("vi")) == shown


def test_a_detail_that_is_shorter_than_its_words_is_shown_as_it_is() -> None:
    w = WORDS("vi")
    line = audit.Line(1, "", "lan", "sample-import", "dot-2026", "")
    assert said.detail(line, w) == "dot-2026"
    assert said.detail(audit.Line(1, "", "lan", "sign_in", "", ""), w) == ""
    assert said.action("an-action-of-the-future", w) == "an-action-of-the-future"


def _actions(tree: ast.Module) -> Iterator[str | None]:
    """The action of each `audit.append`; where it is handed to a function, those handed to it.

    Of an action that is put together its beginning and a star.
    """
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.append"):
                continue
            action = call.args[2]
            if isinstance(action, ast.Constant):
                yield str(action.value)
            elif isinstance(action, ast.JoinedStr) and isinstance(action.values[0], ast.Constant):
                yield f"{action.values[0].value}*"
            elif isinstance(action, ast.IfExp):
                for end in (action.body, action.orelse):
                    yield str(end.value) if isinstance(end, ast.Constant) else None
            else:
                yield from _handed(tree, function, ast.unparse(action))


def _handed(tree: ast.Module, function: ast.FunctionDef, name: str) -> Iterator[str | None]:
    places = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
    if name not in places:
        yield None
        return
    calls = [
        call
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == function.name
    ]
    for call in calls:
        by_name = {each.arg: each.value for each in call.keywords}
        at = places.index(name)
        value = by_name.get(name, call.args[at] if at < len(call.args) else None)
        yield str(value.value) if isinstance(value, ast.Constant) else None


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_action_that_the_source_notes_has_its_words(source: Path) -> None:
    for action in _actions(ast.parse(source.read_text("utf-8"))):
        assert action is not None, "an action is written out where it is noted, so it can be found"
        assert any(fnmatchcase(key, f"action_{action}") for key in WORDS), action


def test_the_walk_through_the_source_sees_the_actions() -> None:
    actions = {
        action for source in SOURCES for action in _actions(ast.parse(source.read_text("utf-8")))
    }
    assert {"wave-open", "sign_in", "view", "download", "frame-import", "log-export"} <= actions


@pytest.fixture
def filled(house: House) -> House:
    note(
        house,
        ("minh", "wave-open", "dot-2026", "2026-10-01T01:00:00+00:00"),
        ("hoa", "sample-import", "dot-2026 408", "2026-10-02T16:59:59+00:00"),
        ("minh", "score", "dot-2025 abc", "2026-10-02T17:00:00+00:00"),
    )
    return house


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("nguoi=minh", ["Đã tính điểm", "Đã mở đợt điều tra"]),
        ("viec=sample-import", ["Đã nhập mẫu"]),
        ("tu=2026-10-03", ["Đã tính điểm"]),
        ("tu=2026-10-02&den=2026-10-02", ["Đã nhập mẫu"]),
        ("den=2026-10-01&nguoi=minh", ["Đã mở đợt điều tra"]),
        ("loc=DOT-2025", ["Đã tính điểm"]),
        ("loc=mở đợt", ["Đã mở đợt điều tra"]),
        ("loc=408&nguoi=minh", []),
        ("loc=100%25", []),
        ("loc=_ot-2025", []),
    ],
)
def test_lines_are_found_by_who_what_when_and_text(
    filled: House, analyst: FlaskClient, asked: str, wanted: list[str]
) -> None:
    page = analyst.get(f"{LOG}?{asked}").text
    assert [row[2] for row in rows_of(page)] == wanted
    assert ("Không có dòng nào như vậy" in page) == (not wanted)


def test_what_is_no_day_asks_for_nothing(filled: House, analyst: FlaskClient) -> None:
    everything = len(rows_of(analyst.get(LOG).text))
    for wrong in ("hôm qua", "2026-13-01", "9999-12-31", "0001-01-01"):
        assert len(rows_of(analyst.get(LOG, query_string={"tu": wrong}).text)) == everything
        assert len(rows_of(analyst.get(LOG, query_string={"den": wrong}).text)) == everything


def test_a_long_log_has_pages_that_show_every_line_once(house: House, analyst: FlaskClient) -> None:
    at = "2026-10-01T01:00:00+00:00"
    note(house, *(("minh", "frame-import", f"dot-{n} {n}", at) for n in range(120)))
    address, seen = "?nguoi=minh", []
    while address:
        page = analyst.get(f"{LOG}{address}").text
        seen += [row[3] for row in rows_of(page)]
        link = re.search(r'rel="next" href="([^"]+)"', page)
        address = link[1].replace("&amp;", "&") if link else ""
    assert seen == [f"Đợt dot-{n}: {n} tầng" for n in reversed(range(120))]
    oldest = rows_of(analyst.get(f"{LOG}?nguoi=minh&sap-xep=thoi-diem").text)
    assert oldest[0][3] == "Đợt dot-0: 0 tầng"


def test_the_file_has_the_lines_that_were_searched_for_and_is_noted_itself(
    filled: House, analyst: FlaskClient
) -> None:
    reply = analyst.get(f"{LOG}/tai-ve/csv?nguoi=minh")
    header, *rows = csv.reader(io.StringIO(reply.get_data(as_text=True)), delimiter=";")
    assert header[1:] == ["Thời điểm", "Người thực hiện", "Việc đã làm", "Chi tiết"]
    assert [row[3] for row in rows] == ["Đã mở đợt điều tra", "Đã tính điểm"]
    with filled.database.reading() as connection:
        line = audit.last(connection)[0]
    assert (line.who, line.action, line.detail) == ("lan", "log-export", "csv 2")
    assert rows_of(analyst.get(LOG).text)[0][2:] == ["Đã tải nhật ký", "2 dòng, csv"]


def test_the_workbook_holds_texts_and_no_formula(house: House, analyst: FlaskClient) -> None:
    note(house, ("=1+1", "wave-open", "=HYPERLINK(1)", "2026-10-01T01:00:00+00:00"))
    reply = analyst.get(f"{LOG}/tai-ve/xlsx")
    sheet = load_workbook(io.BytesIO(reply.data)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=1+1" in {cell.value for cell in cells}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_shows_no_respondent_whatever_stands_in_the_log(
    house: House, analyst: FlaskClient, kind: str
) -> None:
    at = "2026-10-01T01:00:00+00:00"
    note(
        house,
        ("minh", "outcome-note", "dot-2026 case 15 Nguyễn Văn An", at),
        ("minh", "contacts-see", "dot-2026 Nguyễn Văn An 0912345678", at),
        ("minh", "case-see", "dot-2026 1517", at),
        ("minh", "report", "dot-2026 called 0912345678", at),
        ("minh", "contacts-purge", "dot-2026 408", at),
    )
    data = analyst.get(f"{LOG}/tai-ve/{kind}").data
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(data)).active
        assert sheet is not None
        text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    else:
        text = data.decode()
    assert "Nguyễn Văn An" not in text
    assert "case 15" not in text
    assert "1517" not in text
    assert "0912345678" not in text
    assert "Đợt dot-2026: 408 người" in text


def test_the_log_says_whether_it_was_altered(filled: House, analyst: FlaskClient) -> None:
    assert "Nhật ký chưa bị sửa đổi." in analyst.get(LOG).text
    with filled.database.writing() as connection:
        connection.exec_driver_sql("UPDATE audit SET detail = 'x' WHERE action = 'score'")
    assert "Nhật ký đã bị sửa đổi tại dòng số" in analyst.get(f"{LOG}?nguoi=hoa").text


def test_whoever_asks_for_it_has_all_of_a_long_log_checked_and_the_log_says_so(
    filled: House, analyst: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "SHORT", 0)
    assert "Nhật ký chưa bị sửa đổi." in analyst.get(LOG).text
    assert "toàn bộ nhật ký được kiểm tra lúc" in analyst.get(LOG).text
    with filled.database.writing() as connection:
        connection.exec_driver_sql("UPDATE audit SET detail = 'x' WHERE action = 'score'")
    assert "bị sửa đổi tại dòng số" not in analyst.get(LOG).text  # it goes by what was checked
    asked = analyst.post(LOG, follow_redirects=True).text
    assert "Nhật ký đã bị sửa đổi tại dòng số" in asked
    assert rows_of(asked)[0][2] == "Đã kiểm tra toàn bộ nhật ký và thấy có thay đổi"
    assert "Nhật ký đã bị sửa đổi tại dòng số" in analyst.get(LOG).text


def test_both_databases_find_the_same_lines(database_url: str) -> None:

    database = Database(database_url)
    make_tables(database.engine)
    with database.writing() as connection:
        for number in range(30):
            who = "minh" if number % 2 else "hoa"
            audit.append(
                connection, who, "score", f"dot-{number}%_\\ X", f"2026-10-{number + 1:02}"
            )
    wishes = {
        Search(): 30,
        Search(who="hoa"): 15,
        Search(since="2026-10-11"): 20,
        Search(until="2026-10-11"): 10,
        Search(text="x"): 30,
        Search(text="dot-7%_\\"): 1,
        Search(text="không", actions_with_text=("score",)): 30,
        Search(text="không"): 0,
    }
    with database.reading() as connection:
        assert {search: audit_search.count(connection, search) for search in wishes} == wishes
        third = audit_search.lines(connection, Search(), newest_first=False, skip=2, most=1)
        assert third[0].detail == "dot-2%_\\ X"
        assert set(audit_search.people(connection)) == {"minh", "hoa"}
        assert audit_search.actions(connection) == ("score",)
    database.close()


def test_words_of_a_detail_leave_no_more_places_than_they_number() -> None:
    for key, texts in WORDS.items():
        if key.startswith("detail_"):
            assert key.replace("detail_", "action_", 1) in WORDS
            for language in LANGUAGES:
                places = sorted(re.findall(r"{(\w+)}", texts[language]))
                assert places == [str(number) for number in range(len(places))]
