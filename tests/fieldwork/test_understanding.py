"""Lists as offices have them: what is read as what, what is told of it, and what is not guessed."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from analysis.problems import ProblemsFound
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.understanding.understood import Understanding
from survey_app.fieldwork.understanding.words import bare, vocabulary
from survey_app.sampling import population_file
from tests.fieldwork.lists import excel_file, problems_of
from tests.fieldwork.raw_workbook import Raw, Sheet, packed

GROUPS = {"citizens": ("Người dân", "Citizens"), "council": ("Đại biểu HĐND tỉnh", "Deputies")}
UNITS = {
    "SNV": ("Sở Nội vụ", "Department of Home Affairs"),
    "STP": ("Sở Tư pháp", "Department of Justice"),
    "03646": ("Xã Mường Bú", "Mường Bú commune"),
}
HEADINGS = [
    "STT", "Số hiệu", "Nhóm đối tượng", "Đơn vị", "Tầng", "Quyền số", "Họ và tên", "Số điện thoại",
]  # fmt: skip
ROW = [1, "A1", "Người dân", "Sở Nội vụ", "all", 12.5, "Lò Văn An", 912345678]


def read(file: Source, sheet: str = "") -> sample_file.Sample:
    return sample_file.read(file, GROUPS, UNITS, sheet)


def told(it: Understanding) -> dict[tuple[str, str], tuple[str, str, int]]:
    return {(each.column, each.kind): (each.before, each.after, each.count) for each in it.changes}


def left_out(it: Understanding) -> dict[str, int]:
    return {each.why: each.count for each in it.left_out}


def slugs(file: Source) -> list[str]:
    return [problem.slug for problem in problems_of(lambda: read(file))]


# Words


def test_no_name_of_a_column_stands_for_two():
    words = vocabulary()
    names = [
        (name, heading.column)
        for heading in words.headings.values()
        for name in {*heading.also, *heading.instead, bare(heading.column)}
    ]
    assert len({name for name, _ in names}) == len(names)
    assert not {name for name, _ in names} & words.left_out
    known = {*sample_file.COLUMNS, *frame_file.COLUMNS, *population_file.COLUMNS}
    assert set(words.headings) == known


ANY_CASE = [str.lower, str.upper, str.title, lambda text: unicodedata.normalize("NFD", text)]


@pytest.mark.parametrize("write", [*ANY_CASE, bare, lambda text: f" {text} (nếu có) *"])
def test_every_heading_is_known_in_capitals_without_marks_decomposed_and_with_remarks(write):
    for heading in vocabulary().headings.values():
        for text in (heading.vi, heading.en):
            assert vocabulary().columns(write(text))[0] == heading.column, text


# The whole of it


def test_a_list_with_titles_vietnamese_headings_names_and_numbers_is_read_and_all_is_told():
    rows = [
        ["ỦY BAN NHÂN DÂN TỈNH"], ["DANH SÁCH MẪU NĂM 2025"], [], HEADINGS,
        [f"({n})" for n in range(1, 9)], ROW,
        [2, "A2", "nguoi dan", "SNV", "all", "12,5", "Vì Thị Bình", "84912345678"],
        [3], [4, "A3", "citizens", "STP", "all", 1, "Cà Văn Cường", "0912 345 678"],
        ["Tổng cộng", None, None, None, None, 26],
    ]  # fmt: skip
    sample = read(excel_file(rows))
    assert [(c.label, c.group, c.unit, c.weight) for c in sample.rows] == [
        ("A1", "citizens", "SNV", "12.5"),
        ("A2", "citizens", "SNV", "12.5"),
        ("A3", "citizens", "STP", "1"),
    ]
    assert {contact.phone for contact in sample.contacts.values()} == {"0912345678"}
    it = sample.understanding
    assert (it.header, it.rows, it.sheet) == (4, 3, "Mẫu")
    assert it.read_columns == (
        "case", "group", "unit", "stratum", "weight", "name", "phone",
    )  # fmt: skip
    assert [each.heading for each in it.columns if not each.means] == ["STT"]
    assert left_out(it) == {"above": 2, "numbering": 1, "no-data": 1, "total": 1}
    changes = [(each.column, each.kind, each.before, each.after) for each in it.changes]
    assert changes == [
        ("group", "name", "Người dân", "citizens"),
        ("unit", "name", "Sở Nội vụ", "SNV"),
        ("phone", "zero", "912345678", "0912345678"),
        ("group", "name", "nguoi dan", "citizens"),
        ("phone", "country", "84912345678", "0912345678"),
        ("phone", "phone", "0912 345 678", "0912345678"),
    ]
    assert it.first[0] == ("A1", "citizens", "SNV", "all", "12.5", "Lò Văn An", "0912345678")


def test_a_list_in_our_own_codes_differs_in_nothing():
    rows = [["case", "group", "unit", "stratum", "weight"], ["A1", "citizens", "SNV", "all", 1]]
    assert not read(excel_file(rows)).understanding.differs


@given(
    names=st.lists(
        st.sampled_from(["Người dân", "citizens", "Đại biểu HĐND tỉnh", "council"]),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_what_is_counted_as_different_is_every_cell_that_is(names):
    rows = [[n, f"A{n}", name, "SNV", "all", 1, "", ""] for n, name in enumerate(names)]
    it = read(excel_file([HEADINGS, *rows])).understanding
    differing = sum(name not in GROUPS for name in names)
    assert sum(each.count for each in it.changes) == differing


# The header


def test_a_header_of_merged_cells_over_two_rows_is_read_by_its_lowest_names():
    rows = [
        ["DANH SÁCH"] + [None] * 6,
        ["Số hiệu", "Nhóm", "Đơn vị", "Tầng", "Quyền số", "Thông tin liên hệ", None],
        [None, None, None, None, None, "Họ tên", "SĐT"],
        ["A1", "Người dân", "SNV", "all", 1, "Lò Văn An", "0912345678"],
    ]

    def merge(sheet):
        for cells in ("A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3", "F2:G2"):
            sheet.merge_cells(cells)

    sample = read(excel_file(rows, merge))
    assert sample.understanding.header == 3
    assert sample.contacts["A1"].name == "Lò Văn An"
    again = [*rows, ["A2", *rows[-1][1:]]]
    assert "merged-cells" in slugs(excel_file(again, lambda s: (merge(s), s.merge_cells("D4:D5"))))


def test_the_name_of_a_unit_beside_its_code_is_not_read_and_that_is_told():
    rows = [
        ["Số hiệu", "Nhóm", "Mã đơn vị", "Tên đơn vị", "Tầng", "Quyền số"],
        ["A1", "Người dân", "SNV", "Sở Nội vụ", "all", 1],
    ]
    it = read(excel_file(rows)).understanding
    (unread,) = [each for each in it.columns if not each.means]
    assert (unread.heading, unread.because) == ("Tên đơn vị", "unit")


def test_a_heading_that_nobody_knows_is_left_out_and_told_and_one_that_is_mistyped_is_a_fault():
    rows = [[*HEADINGS, "Ngày sinh"], [*ROW, "1980"]]
    assert [each.heading for each in read(excel_file(rows)).understanding.columns][
        -1
    ] == "Ngày sinh"
    rows[0][-1] = "Thư điện tửu"
    (problem,) = problems_of(lambda: read(excel_file(rows)))
    assert (problem.slug, problem.values["near"]) == ("unknown-column", "email")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_in_csv_too_titles_may_stand_above_whatever_parts_the_cells(delimiter):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    title = "Danh sách, năm 2025, tỉnh Sơn La, theo Quyết định, phụ lục, một, hai, ba, bốn"
    writer.writerows([[title], [], HEADINGS, [*ROW[:5], "12,5", *ROW[6:]]])
    sample = read(Source("mau.csv", out.getvalue().encode("utf-8-sig")))
    assert sample.rows[0].weight == "12.5"
    assert sample.understanding.header >= 3


# Values


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        (912345678, "0912345678"), ("912345678", "0912345678"), (84912345678, "0912345678"),
        ("+84 912 345 678", "0912345678"), ("0912.345.678", "0912345678"),
        (2123852456, "02123852456"), ("0912345678", "0912345678"),
    ],
)  # fmt: skip
def test_a_telephone_number_is_kept_as_it_is_dialled(typed, dialled):
    sample = read(excel_file([HEADINGS, [*ROW[:-1], typed]]))
    assert sample.contacts["A1"].phone == dialled
    phones = [each for each in sample.understanding.changes if each.column == "phone"]
    assert [each.after for each in phones] == ([dialled] if str(typed) != dialled else [])


@pytest.mark.parametrize("typed", [12, "112345678", "0912345678; 0987654321", 9123456789012])
def test_what_is_no_telephone_number_is_not_made_one(typed):
    assert slugs(excel_file([HEADINGS, [*ROW[:-1], typed]])) in (["not-a-phone"], ["lost-zero"])


def test_another_mark_makes_another_unit_and_a_name_of_two_units_is_no_unit():
    twins = {
        **UNITS,
        "X1": ("Xã Chiềng La",),
        "X2": ("Xã Chiềng Lạ",),
        "Y1": ("Xã A",),
        "Y2": ("Xã A",),
    }

    def unit(name: str) -> str:
        rows = [HEADINGS, [*ROW[:3], name, *ROW[4:]]]
        return sample_file.read(excel_file(rows), GROUPS, {**UNITS, **twins}).rows[0].unit

    assert unit("Xã Chiềng Lạ") == "X2"
    assert unit("xa muong bu") == "03646"
    for name in ("Xa Chieng La", "Xã Chiềng Lả", "Xã A"):
        with pytest.raises(ProblemsFound) as refused:
            unit(name)
        assert [each.slug for each in refused.value.problems] == ["unknown-unit"]


def test_units_to_rate_may_be_named_and_all_of_them_by_a_word():
    headings = [
        "Số hiệu",
        "Nhóm đối tượng",
        "Mẫu chung",
        "Đánh giá những đơn vị nào",
        "Tầng",
        "Quyền số",
    ]

    def asked(text: str) -> str:
        return read(excel_file([headings, ["A1", "council", "hdnd", text, "all", 1]])).rows[0].asked

    assert asked("Tất cả") == "*"
    assert asked("Sở Nội vụ; Sở Tư pháp") == "SNV STP"
    assert asked("SNV, STP") == "SNV STP"
    assert asked("*2") == "*2"


def test_ways_of_answering_are_known_by_the_words_of_our_templates():
    rows = [[*HEADINGS, "Cách trả lời"], *([*ROW[:1], f"A{n}", *ROW[2:], text] for n, text in
            enumerate(["Trên mạng", "phiếu giấy", "Phỏng vấn", None]))]  # fmt: skip
    assert [case.mode for case in read(excel_file(rows)).rows] == [
        "web", "paper", "interview", "web",
    ]  # fmt: skip


def test_what_a_formula_came_to_is_taken_and_told_and_one_never_calculated_is_a_fault():
    rows = [HEADINGS, [*ROW[:5], Raw("2.5", f="100/40"), *ROW[6:]]]
    sample = read(packed(Sheet(rows)))
    assert sample.rows[0].weight == "2.5"
    assert told(sample.understanding)["weight", "formula"] == ("", "2.5", 1)
    assert slugs(packed(Sheet([HEADINGS, [*ROW[:5], Raw("", f="100/40"), *ROW[6:]]]))) == [
        "formula"
    ]


def test_letters_that_are_composed_otherwise_are_composed_and_told():
    rows = [HEADINGS, [unicodedata.normalize("NFD", each) if isinstance(each, str) else each
                       for each in ROW]]  # fmt: skip
    sample = read(excel_file(rows))
    assert sample.contacts["A1"].name == unicodedata.normalize("NFC", ROW[6])
    assert ("name", "letters") in told(sample.understanding)


def test_the_numbers_of_a_column_alone_are_no_row_of_a_list():
    rows = [HEADINGS, *([n, *[None] * 7] for n in range(1, 4)), ROW]
    sample = read(excel_file(rows))
    assert len(sample.rows) == 1
    assert left_out(sample.understanding) == {"no-data": 3}


def test_a_frame_and_a_population_list_are_understood_alike():
    frame = excel_file([
        ["BIỂU TỔNG HỢP"],
        ["STT", "Nhóm đối tượng", "Đơn vị", "Khu vực", "Tổng số", "Chỉ tiêu"],
        [1, "Người dân", "Sở Nội vụ", "Nông thôn", 1200, 40],
        ["Cộng", None, None, None, 1200, 40],
    ])  # fmt: skip
    read_frame = frame_file.read(frame, GROUPS, UNITS)
    (stratum,) = read_frame.rows
    assert (stratum.unit, stratum.population, stratum.planned) == ("SNV", 1200, 40)
    assert left_out(read_frame.understanding) == {"above": 1, "total": 1}
    people = excel_file([
        ["TT", "Họ tên", "Đối tượng", "Sở ban ngành", "Điện thoại"],
        [1, "Lò Văn An", "Người dân", "Sở Nội vụ", 912345678],
    ])  # fmt: skip
    (person,) = population_file.read(people, GROUPS, UNITS).people
    assert (person.case.unit, person.contact.phone) == ("SNV", "0912345678")


# Round trips

_words = st.text(
    st.characters(categories=["Lu", "Ll"], max_codepoint=0x1EFF), min_size=1, max_size=9
)
_person = st.fixed_dictionaries(
    {
        "Số hiệu": st.integers(1, 10**9).map("A{}".format),
        "Nhóm đối tượng": st.sampled_from(["Người dân", "citizens"]),
        "Đơn vị được đánh giá": st.sampled_from(["Sở Nội vụ", "SNV", "Xã Mường Bú", "03646"]),
        "Tầng": _words.map(lambda word: unicodedata.normalize("NFC", f"t {word}")),
        "Quyền số": st.integers(1, 5000),
        "Họ và tên": _words.map(lambda word: unicodedata.normalize("NFC", f"n {word}")),
        "Số điện thoại": st.integers(300_000_000, 999_999_999)
        .map("0{}".format)
        .filter(lambda text: text[1] in "35789"),
    }
)


@given(
    people=st.lists(_person, min_size=1, max_size=8, unique_by=lambda each: each["Số hiệu"]),
    titles=st.integers(0, 4),
    is_decomposed=st.booleans(),
    is_number=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_however_a_list_is_dressed_the_same_people_come_out(
    people, titles, is_decomposed, is_number, order
):
    columns = list(people[0])
    order.shuffle(columns)
    book = Workbook()
    for n in range(titles):
        book.active.cell(n + 1, 1, f"Tiêu đề {n}")
    for line, row in enumerate([dict(zip(columns, columns, strict=True)), *people], titles + 1):
        for place, column in enumerate(columns, 1):
            book.active.cell(line, place, _dressed(row[column], column, is_decomposed, is_number))
    out = io.BytesIO()
    book.save(out)
    sample = read(Source("mau.xlsx", out.getvalue()))
    assert [_undressed(sample, case) for case in sample.rows] == [_plain(each) for each in people]


def _dressed(value: object, column: str, is_decomposed: bool, is_number: bool) -> object:
    if column == "Số điện thoại" and is_number and str(value).isdigit():
        return int(str(value))
    if isinstance(value, str) and is_decomposed:
        return unicodedata.normalize("NFD", value)
    return value


def _plain(person: Mapping[str, object]) -> tuple[object, ...]:
    codes = {"Sở Nội vụ": "SNV", "Xã Mường Bú": "03646"}
    unit = str(person["Đơn vị được đánh giá"])
    return (
        person["Số hiệu"], "citizens", codes.get(unit, unit), person["Tầng"],
        str(person["Quyền số"]), person["Họ và tên"], person["Số điện thoại"],
    )  # fmt: skip


def _undressed(sample: sample_file.Sample, case) -> tuple[object, ...]:
    contact = sample.contacts[case.label]
    return (
        case.label, case.group, case.unit, case.stratum, case.weight, contact.name, contact.phone,
    )  # fmt: skip
