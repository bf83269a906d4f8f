from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from survey_app.office.pieces import tables
from survey_app.office.pieces.tables import Table


@dataclass(frozen=True)
class Unit:
    name: str
    rate: float | None
    group: str = "a"


UNITS = (
    Unit("Sở Nông nghiệp", 0.4, "b"),
    Unit("Sở Nội vụ", None),
    Unit("Sở Đất đai", 0.9),
    Unit("Sở Dân tộc", 0.1, "b"),
)
TABLE: Table[Unit] = Table(
    columns={"don-vi": lambda unit: unit.name, "ty-le": lambda unit: unit.rate},
    first="don-vi",
    searched=lambda unit: unit.name,
    filters={"nhom": lambda unit: unit.group},
)


def names(**asked: str) -> list[str]:
    args = {name.replace("_", "-"): value for name, value in asked.items()}
    return [unit.name.removeprefix("Sở ") for unit in TABLE.page(UNITS, args).rows]


def test_names_are_sorted_as_a_vietnamese_dictionary_does() -> None:
    assert names() == ["Dân tộc", "Đất đai", "Nội vụ", "Nông nghiệp"]
    assert names(sap_xep="-don-vi") == ["Nông nghiệp", "Nội vụ", "Đất đai", "Dân tộc"]


def test_what_has_no_number_comes_last_whichever_way() -> None:
    assert names(sap_xep="ty-le") == ["Dân tộc", "Nông nghiệp", "Đất đai", "Nội vụ"]
    assert names(sap_xep="-ty-le") == ["Đất đai", "Nông nghiệp", "Dân tộc", "Nội vụ"]


def test_a_search_finds_without_capitals_and_a_filter_keeps_its_value() -> None:
    assert names(loc="NỘI") == ["Nội vụ"]
    assert names(loc="không có") == []
    assert names(nhom="b") == ["Dân tộc", "Nông nghiệp"]
    assert names(nhom="b", loc="nông") == ["Nông nghiệp"]


def test_what_an_address_asks_for_and_there_is_not_is_as_if_it_asked_for_nothing() -> None:
    for wrong in ("", "-", "--don-vi", "mat-khau", "don-vi; DROP", "x" * 9999):
        assert names(sap_xep=wrong) == names()
    for wrong in ("0", "-1", "abc", "٣", "9" * 50, "2"):
        assert names(trang=wrong) == names()


def test_links_of_the_heads_turn_the_order_and_keep_what_was_filtered() -> None:
    shown = TABLE.page(UNITS, {"nhom": "b", "trang": "1", "lang": "en"})
    assert (shown.direction("don-vi"), shown.direction("ty-le")) == ("ascending", "none")
    assert shown.sorted_by("don-vi") == "?nhom=b&lang=en&sap-xep=-don-vi"
    assert shown.sorted_by("ty-le") == "?nhom=b&lang=en&sap-xep=ty-le"
    turned = TABLE.page(UNITS, {"sap-xep": "-don-vi"})
    assert turned.direction("don-vi") == "descending"
    assert turned.sorted_by("don-vi") == "?sap-xep=don-vi"


def test_pages_follow_one_another_and_show_every_row_once() -> None:
    table = Table[Unit](columns=TABLE.columns, first="don-vi", length=3)
    first = table.page(UNITS, {})
    assert (first.first, first.last, first.total, first.before) == (1, 3, 4, "")
    last = table.page(UNITS, {"trang": first.after.removeprefix("?trang=")})
    assert (last.first, last.last, last.after) == (4, 4, "")
    assert sorted((*first.rows, *last.rows), key=str) == sorted(UNITS, key=str)


def test_a_file_of_what_is_shown_has_every_page_in_the_order_that_was_asked_for() -> None:
    table = Table[Unit](columns=TABLE.columns, first="don-vi", length=3)
    shown = table.page(UNITS, {"sap-xep": "-don-vi", "trang": "2"})
    assert shown.download == "?sap-xep=-don-vi&tai=csv"
    in_file = table.page(UNITS, {"sap-xep": "-don-vi", "tai": "csv"})
    assert [unit.name for unit in in_file.rows] == [
        "Sở Nông nghiệp", "Sở Nội vụ", "Sở Đất đai", "Sở Dân tộc",
    ]  # fmt: skip


def test_a_file_of_what_is_shown_can_start_no_formula() -> None:
    with Flask(__name__).test_request_context():
        reply = tables.as_csv("bang", ["Đơn vị"], [["=1+1"], ["@SUM"], ["Sở Nội vụ"]])
    lines = reply.get_data(as_text=True).splitlines()
    assert lines[1:] == ["'=1+1", "'@SUM", "Sở Nội vụ"]
    assert "bang.csv" in reply.headers["Content-Disposition"]


def test_the_same_table_can_be_taken_for_excel_and_for_programs() -> None:
    rows = [["Sở Nội vụ", 71.125], ["1-2", -1.5]]
    with Flask(__name__).test_request_context():
        replies = {asked: tables.as_csv("bang", ["a", "b"], rows, asked) for asked in tables.KINDS}
    assert {asked: reply.data.decode("utf-8-sig") for asked, reply in replies.items()} == {
        "csv": "a;b\r\nSở Nội vụ;71,125\r\n'1-2;-1,5\r\n",
        "csv-plain": "a,b\r\nSở Nội vụ,71.125\r\n1-2,-1.5\r\n",
    }
    names = [reply.headers["Content-Disposition"].partition('"')[2] for reply in replies.values()]
    assert names == ['bang.csv"', 'bang-plain.csv"']
