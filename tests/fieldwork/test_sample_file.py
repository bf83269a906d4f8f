import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.problems import ProblemsFound
from survey_app.fieldwork.case import Case, Contact
from survey_app.fieldwork.lists import sample_file
from survey_app.fieldwork.sheets.cells import Source
from tests.fieldwork.lists import (
    GROUPS,
    UNITS,
    as_excel,
    csv_file,
    excel_file,
    many,
    problems_of,
    row,
)


def read(file):
    return sample_file.read(file, GROUPS, UNITS)


def faults(file):
    return problems_of(lambda: read(file))


FAULTY = [
    (row(case=""), "blank", "case"),
    (row(case="x" * 65), "too-long", "case"),
    (row(group=""), "blank", "group"),
    (row(group="citizen"), "unknown-group", "group"),
    (row(unit=""), "unit-or-sample", "unit"),
    (row(unit="SNW"), "unknown-unit", "unit"),
    (row(unit="3646"), "lost-zero", "unit"),
    (row(sample="hdnd"), "unit-or-sample", "unit"),
    (row(asked="*"), "asked", "asked"),
    (row(home_unit="SNV"), "own-unit", "home_unit"),
    (many(asked=""), "blank", "asked"),
    (many(asked="*0"), "asked", "asked"),
    (many(asked="*x"), "asked", "asked"),
    (many(asked="*4"), "asked", "asked"),
    (many(asked="SNV XXX"), "unknown-unit", "asked"),
    (many(asked="SNV SNV"), "asked", "asked"),
    (many(asked="SNV", home_unit="SNV"), "own-unit", "asked"),
    (many(sample="hội đồng"), "not-a-code", "sample"),
    (row(case="+1+1"), "starts-a-formula", "case"),
    (row(stratum="@SUM(A1)"), "starts-a-formula", "stratum"),
    (row(stratum="-"), "starts-a-formula", "stratum"),
    (row(psu="+a"), "starts-a-formula", "psu"),
    (row(psu="a;=1+1"), "starts-a-formula", "psu"),
    (row(psu="x" * 65), "too-long", "psu"),
    (row(stratum=""), "blank", "stratum"),
    (row(weight=""), "blank", "weight"),
    (row(weight="0"), "not-above-zero", "weight"),
    (row(weight="-1,5"), "not-above-zero", "weight"),
    (row(weight="1.234,5"), "ambiguous-number", "weight"),
    (row(weight="1 234"), "ambiguous-number", "weight"),
    (row(weight="một"), "not-a-number", "weight"),
    (row(weight="1e3"), "not-a-number", "weight"),
    (row(weight="nan"), "not-a-number", "weight"),
    (row(weight="1." + "3" * 60), "too-long", "weight"),
    (row(fpc1="0"), "not-a-count", "fpc1"),
    (row(fpc1="1.5"), "not-a-count", "fpc1"),
    (row(psu="b1", fpc2="x"), "not-a-count", "fpc2"),
    (row(fpc2="100"), "fpc2-without-psu", "fpc2"),
    (row(mode="zalo"), "unknown-mode", "mode"),
    (row(phone="12"), "not-a-phone", "phone"),
    (row(phone="0912345678; 0987654321"), "not-a-phone", "phone"),
    (row(email="an"), "not-an-email", "email"),
    (row(name="Lò\u200bVăn An"), "hidden-character", "name"),
    (row(name="Lò\nVăn An"), "hidden-character", "name"),
    (row(name="x" * 201), "too-long", "name"),
]


@pytest.mark.parametrize(("faulty", "slug", "column"), FAULTY)
@pytest.mark.parametrize("make", [csv_file, as_excel])
def test_a_fault_is_named_at_its_cell(make, faulty, slug, column):
    found = faults(make(faulty))
    assert [problem.slug for problem in found] == [slug]
    place = list(faulty).index(column) if column in faulty else list(row()).index(column)
    if make is as_excel:
        assert found[0].cell == f"Mẫu!{chr(ord('A') + place)}2"
    else:
        assert found[0].line == 2
        assert found[0].text.startswith((faulty["case"], '"'))


def test_every_fault_of_every_row_is_named_at_once():
    found = faults(csv_file(row(weight="x", mode="y"), row(case="A2"), row(case="A3", group="z")))
    assert [(each.line, each.slug) for each in found] == [
        (2, "not-a-number"),
        (2, "unknown-mode"),
        (4, "unknown-group"),
    ]


def test_the_caret_stands_under_the_culprit():
    (problem,) = faults(csv_file(row(weight="x12")))
    assert problem.text[problem.column - 1 :][: problem.width] == "x12"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_list_is_read_whichever_way_excel_writes_it(delimiter, encoding):
    listed = row(
        weight="12,5", name=" Lo\u0300\u00a0Văn An ", phone="+84 912 345 678", mode="PAPER"
    )
    sample = read(csv_file(listed, delimiter=delimiter, encoding=encoding))
    assert sample.rows == (Case("A1", "citizens", "SNV", "all", "12.5", unit="SNV", mode="paper"),)
    assert sample.contacts == {"A1": Contact("A1", "Lò Văn An", "0912345678")}


def test_csv_and_excel_give_the_same():
    rows = [row(case=f"A{number}", psu="b", fpc1="3", fpc2="80") for number in range(9)]
    assert read(csv_file(*rows)) == read(as_excel(*rows))


def test_numbers_of_excel_are_numbers_as_typed():
    header = ["case", "group", "unit", "stratum", "weight", "fpc1"]
    sample = read(excel_file([header, [17, "citizens", "SNV", 1, 0.1 + 0.2, 42.0]]))
    assert sample.rows == (Case("17", "citizens", "SNV", "1", "0.3", unit="SNV", fpc1=42),)


def test_a_list_of_units_may_be_written_with_commas():
    (case,) = read(csv_file(many(asked="SNV; 03646,STP"))).rows
    assert case.asked == "SNV 03646 STP"


def test_the_whole_class_may_stand_as_a_random_subset():
    assert read(csv_file(many(asked="*3"))).rows[0].asked == "*3"


def test_a_home_outside_the_class_is_no_fault():
    assert read(csv_file(many(home_unit="Xã Mường Bú"))).rows[0].home_unit == "Xã Mường Bú"


DESIGNS = [
    ([row(), row(case="A1")], "repeated-case"),
    ([row(fpc1="5"), row(case="A2", fpc1="6")], "fpc1-differs"),
    ([row(fpc1="5"), row(case="A2")], "fpc1-differs"),
    ([row(fpc1="1"), row(case="A2", fpc1="1")], "fpc1-too-small"),
    ([row(psu="b", fpc1="9"), row(case="A2", fpc1="9")], "psu-all-or-none"),
    ([row(psu="b", fpc2="9"), row(case="A2", psu="c")], "fpc2-all-or-none"),
    ([row(psu="b", fpc2="9"), row(case="A2", psu="b", fpc2="8")], "fpc2-differs"),
    ([row(psu="b", fpc2="1"), row(case="A2", psu="b", fpc2="1")], "fpc2-too-small"),
]


@pytest.mark.parametrize(("rows", "slug"), DESIGNS)
def test_rows_that_contradict_each_other_are_found(rows, slug):
    assert [problem.slug for problem in faults(csv_file(*rows))] == [slug]


def test_another_stratum_has_another_design():
    rows = [
        row(fpc1="5"),
        row(case="A2", stratum="b", fpc1="6"),
        row(case="A3", unit="STP", fpc1="7"),
    ]
    assert len(read(csv_file(*rows)).rows) == 3


HEADERS = [
    (b"case,group,stratum\nA,citizens,all\n", "missing-column"),
    (b"case,group,stratum,weight,weigth\nA,citizens,all,1,1\n", "unknown-column"),
    (b"case,group,stratum,weight,case\nA,citizens,all,1,1\n", "repeated-column"),
    (b"case,group,unit,stratum,weight\nA,citizens,SNV,all,1,5\n", "ragged-row"),
    (b'case,group,unit,stratum,weight\nA,"citizens,SNV,all,1\n', "open-quote"),
    (b"case,group,unit,stratum,weight\n", "empty-file"),
    (b"", "empty-file"),
    ("Tên\n".encode("utf-16"), "not-utf-8"),
    ("case,họ tên\n".encode("cp1258", "replace"), "not-utf-8"),
    (b"PK\x03\x04 not a workbook", "not-xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not-xlsx"),
]


@pytest.mark.parametrize(("content", "slug"), HEADERS)
def test_a_file_that_is_no_list_says_why(content, slug):
    assert slug in [problem.slug for problem in faults(Source("mau.csv", content))]


def test_a_misspelt_column_is_guessed():
    file = Source("m.csv", b"case,group,stratum,weigth\nA,citizens,all,1\n")
    assert "`weight`" in faults(file)[0].help


HEADER = ["case", "group", "unit", "stratum", "weight"]
LINE = ["A1", "citizens", "SNV", "all", 1]


def _with(cell, value):
    def change(sheet):
        sheet[cell] = value

    return change


EXCEL = [
    (_with("E2", "=1+1"), "formula", "Mẫu!E2"),
    (_with("E2", date(2026, 5, 1)), "date", "Mẫu!E2"),
    (_with("D2", True), "error", "Mẫu!D2"),
    (_with("D2", "#N/A"), "error", "Mẫu!D2"),
    (lambda sheet: sheet.merge_cells("C2:D2"), "merged-cells", "Mẫu!C2:D2"),
    (lambda sheet: setattr(sheet.row_dimensions[2], "hidden", True), "hidden-row", "Mẫu!A2"),
    (
        lambda sheet: setattr(sheet.column_dimensions["E"], "hidden", True),
        "hidden-column",
        "Mẫu!E1",
    ),
    (_with("C2", 3646), "lost-zero", "Mẫu!C2"),
]


@pytest.mark.parametrize(("change", "slug", "cell"), EXCEL)
def test_what_excel_hides_or_changes_is_found(change, slug, cell):
    found = faults(excel_file([HEADER, LINE], change))
    assert (slug, cell) in [(problem.slug, problem.cell) for problem in found]


def test_blank_rows_are_passed_over_and_later_rows_keep_their_place():
    found = faults(
        excel_file([HEADER, LINE, [], [None, ""], ["A2", "citizens", "SNV", "all", "x"]])
    )
    assert [problem.cell for problem in found] == ["Mẫu!E5"]


def test_nothing_of_a_faulty_list_is_given():
    with pytest.raises(ProblemsFound):
        read(csv_file(row(), row(case="A2", weight="")))


@pytest.mark.parametrize("make", [csv_file, as_excel])
def test_ten_thousand_rows_take_seconds(make):
    rows = [
        row(case=f"A{n}", psu=f"b{n // 10}", fpc1="5000", fpc2="90", weight="1.5", name="Lò Văn An")
        for n in range(10_000)
    ]
    file = make(*rows)
    start = time.perf_counter()
    assert len(read(file).rows) == 10_000
    assert time.perf_counter() - start < 20


words = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=30)


@settings(max_examples=150)
@given(
    st.lists(
        st.fixed_dictionaries(dict.fromkeys(sample_file.COLUMNS, words)), min_size=1, max_size=4
    )
)
def test_whatever_stands_in_the_cells_it_is_read_or_every_fault_has_a_place(rows):
    found = ()
    with suppress(AssertionError):
        found = faults(csv_file(*rows))
    assert all(problem.line or problem.slug == "empty-file" for problem in found)


@given(st.binary(max_size=300))
def test_no_file_brings_the_reader_down(content):
    for start in (b"", b"PK", b"case,group,stratum,weight\n"):
        with pytest.raises(ProblemsFound):
            read(Source("mau.csv", start + content))
