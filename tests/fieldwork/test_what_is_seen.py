"""What is seen on a sheet is what is imported: sheets, rows, columns, formats, escapes.

The files of cases/ failed once, one of each kind; what follows makes others of the same kinds.
"""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from survey_app.fieldwork import csv_out
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets.cells import Source, letters
from survey_app.fieldwork.values import tidy
from tests.fieldwork.lists import GROUPS, UNITS, problems_of
from tests.fieldwork.raw_workbook import Raw, Sheet, packed, part, with_part

CASES = Path(__file__).with_name("cases")
HEADER = ["case", "group", "unit", "stratum", "psu", "weight"]
SHEET = "xl/worksheets/sheet1.xml"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(file: Source) -> sample_file.Sample:
    return sample_file.read(file, (*GROUPS, "citizens"), (*UNITS, "SYT"))


def faults(file: Source) -> list[tuple[str, str]]:
    return [(problem.slug, problem.cell) for problem in problems_of(lambda: read(file))]


def rows(*psus: object, weight: object = 5) -> list[list[object]]:
    listed = [[f"A{n}", "citizens", "SNV", "all", psu, weight] for n, psu in enumerate(psus, 1)]
    return [HEADER, *listed]


SHOWN = [
    ("i1_thousands.csv", ["ambiguous-number"]),
    ("i2_blank_header.csv", ["unnamed-column"]),
    ("i2_blank_header.xlsx", ["unnamed-column"]),
    ("i4_nan.xlsx", ["damaged-cell"]),
    ("i4_inf.xlsx", ["damaged-cell"]),
    ("i4_lost_string.xlsx", ["damaged-cell"]),
    ("i6_prefixed_hidden_row.xlsx", ["hidden-row"]),
    ("i6_prefixed_merged.xlsx", ["merged-cells"]),
]


@pytest.mark.parametrize(("name", "slugs"), SHOWN)
def test_a_file_that_failed_once_is_refused_for_what_is_wrong_with_it(name, slugs):
    found = problems_of(lambda: read(Source.of(CASES / name)))
    assert [problem.slug for problem in found] == slugs
    assert all(problem.cell or problem.line for problem in found)


def test_the_sheet_that_is_seen_is_read_and_not_the_hidden_one_before_it():
    sample = read(Source.of(CASES / "i3_hidden_first_sheet.xlsx"))
    assert {case.label[:3] for case in sample.rows} == {"MOI"}
    assert "`mau`" in sample.remarks[0].message
    assert "`nam truoc` (hidden)" in sample.remarks[0].message


def test_cases_shown_as_00001_are_stored_so():
    sample = read(Source.of(CASES / "i5_number_formats.xlsx"))
    assert [case.label for case in sample.rows] == [f"0000{n}" for n in range(1, 7)]
    assert {case.psu for case in sample.rows} == {"01", "02", "03"}


def test_an_escaped_carriage_return_makes_no_other_village():
    sample = read(Source.of(CASES / "i7_x000d.xlsx"))
    assert {case.psu for case in sample.rows} == {"Ban Mon"}


# Columns without a name


def with_column(listed: list[list[object]], place: int) -> list[list[object]]:
    """The same rows with a blank column more."""
    wide = [[*row, *[None] * (place - 1 - len(row))] for row in listed]
    return [[*row[: place - 1], None, *row[place - 1 :]] for row in wide]


@given(
    place=st.integers(1, 12),
    line=st.integers(2, 5),
    held=st.sampled_from(["Bản Mòn", 7, 0, Raw("#N/A", t="e"), Raw("x", t="zz"), Raw("1", f="1")]),
    heading=st.sampled_from([None, "", " ", "\u00a0", Raw("")]),
)
def test_a_cell_under_no_name_is_refused_with_the_letter_of_its_column(place, line, held, heading):
    listed = with_column(rows("b1", "b2", "b3", "b4"), place)
    listed[0][place - 1] = heading
    listed[line - 1][place - 1] = held
    found = problems_of(lambda: read(packed(Sheet(listed))))
    assert ("unnamed-column", f"mau!{letters(place)}{line}") in [(p.slug, p.cell) for p in found]
    assert any(f"column {letters(place)} " in problem.message for problem in found)


@given(place=st.integers(1, 12))
def test_a_column_that_is_wholly_blank_may_stay(place):
    listed = with_column(rows("b1", "b2"), place)
    listed[1][place - 1] = " "
    assert [case.psu for case in read(packed(Sheet(listed))).rows] == ["b1", "b2"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("place", range(6))
def test_in_csv_too_a_cell_under_no_name_is_refused_and_a_blank_column_is_not(delimiter, place):
    listed = [["case", "group", "unit", "stratum", "weight"], ["A1", "citizens", "SNV", "all", "1"]]
    blank = [[*each[:place], "", *each[place:]] for each in listed]
    text = "\n".join(delimiter.join(each) for each in blank)
    assert len(read(Source("mau.csv", text.encode())).rows) == 1
    blank[1][place] = "thôn 1"
    text = "\n".join(delimiter.join(each) for each in blank)
    found = problems_of(lambda: read(Source("mau.csv", text.encode())))
    assert [(p.slug, p.line) for p in found] == [("unnamed-column", 2)]
    assert f"column {letters(place + 1)} " in found[0].message
    assert found[0].text[found[0].column - 1 :].startswith("thôn 1")


# Sheets


STATES = ["", "visible", "hidden", "veryHidden"]


@given(
    before=st.lists(st.sampled_from(STATES[2:]), max_size=3),
    after=st.lists(st.sampled_from(STATES), max_size=3),
)
def test_a_hidden_sheet_is_never_read_and_others_are_told_of(before, after):
    old = rows("cũ")
    sheets = [Sheet(old, f"trước {n}", state) for n, state in enumerate(before)]
    sheets += [Sheet(rows("mới"))]
    sheets += [Sheet([["ghi chú"]], f"sau {n}", state) for n, state in enumerate(after)]
    sample = read(packed(*sheets))
    assert [case.psu for case in sample.rows] == ["mới"]
    told = [remark.message for remark in sample.remarks]
    assert bool(told) == (len(sheets) > 1)
    assert all(f"`{sheet.name}`" in told[0] for sheet in sheets if len(sheets) > 1)


@pytest.mark.parametrize("reader", [sample_file.read, frame_file.read])
def test_of_two_lists_that_are_seen_one_is_asked_for_and_the_only_one_is_read_wherever(reader):
    listed = [[*HEADER, "population"], ["A1", "citizens", "SNV", "all", "b", 1, 9]]
    if reader is frame_file.read:
        listed = [["group", "unit", "stratum", "population"], ["citizens", "SNV", "all", 9]]
    else:
        listed = [row[:6] for row in listed]
    notes = Sheet([["hướng dẫn"]], "bìa")

    def slugs(*sheets: Sheet) -> list[str]:
        return [p.slug for p in problems_of(lambda: reader(packed(*sheets), GROUPS, UNITS))]

    assert slugs(Sheet(listed, "a"), Sheet(listed, "b")) == ["several-sheets"]
    assert slugs(notes, Sheet([*listed, [*listed[1][:-1], "x"]], "b")) != []
    (remark,) = reader(packed(notes, Sheet(listed, "b")), GROUPS, UNITS).remarks
    assert (remark.slug, remark.values["sheet"]) == ("sheet-read", "`b`")
    both = packed(Sheet(listed, "a"), Sheet([*listed, []], "b"))
    assert reader(both, GROUPS, UNITS, "b").understanding.sheet == "b"
    assert [p.slug for p in problems_of(lambda: reader(both, GROUPS, UNITS, "c"))] == [
        "no-such-sheet"
    ]
    assert slugs(Sheet(listed, "a", "hidden"), Sheet(listed, "b", "veryHidden")) == [
        "no-visible-sheet"
    ]
    assert len(reader(packed(Sheet(listed, "a"), notes), GROUPS, UNITS).rows) == 1


# Number formats


@given(
    number=st.integers(0, 10**6),
    zeros=st.integers(1, 8),
    prefix=st.text(st.characters(categories=["L"], exclude_characters='\\"'), max_size=4),
    quoted=st.booleans(),
)
def test_a_code_is_what_is_shown_of_it(number, zeros, prefix, quoted):
    literal = f'"{prefix}"' if quoted else "".join(f"\\{letter}" for letter in prefix)
    file = packed(Sheet(rows(Raw(str(number), s="1"))), formats=[literal + "0" * zeros])
    shown = tidy(f"{prefix}{number:0{zeros}d}")
    assert [case.psu for case in read(file).rows] == [shown]


FORMATS = [
    # the number, its format; as a code (None: refused), and whether it may be a weight
    ("912345678", "0000000000", "0912345678", True),
    ("912345678", "0000 000 000", "0912 345 678", True),
    ("912345678", '"0"000000000', "0912345678", False),
    ("5551234", "[<=9999999]###-####;(###) ###-####", "555-1234", False),
    ("9125551234", "[<=9999999]###-####;(###) ###-####", "(912) 555-1234", False),
    ("1", '"A-"0', "A-1", True),
    ("1", "\\A\\-0", "A-1", True),
    ("12", '0"."0', "1.2", False),
    ("7", '0"00"', "700", False),
    ("0.125", "0.0%", None, False),
    ("0.125", "0%", None, False),
    ("1250", "#,##0", None, True),
    ("1250", "# ##0", "1 250", True),
    ("1250000", "#,##0,", None, False),
    ("1250", '#,##0"đ"', None, True),
    ("1.1", "0.00", None, True),
    ("1.5", "0.0", "1.5", True),
    ("1.5", "0", None, True),
    ("5", ";;;", None, False),
    ("5", '"ẩn"', None, False),
    ("5", "0;-0;;@", "5", True),
    ("5", "-0", "-5", False),
    ("5", "General", "5", True),
    ("5", 'General" người"', "5 người", True),
    ("5", "@", "5", True),
    ("0.5", "# ?/?", None, True),
    ("1234", "0.00E+00", None, True),
    ("1234", '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)', None, True),
    ("1234567890123460", "0", None, True),
]  # fmt: skip


@pytest.mark.parametrize(("number", "code", "label", "is_weight"), FORMATS)
def test_a_format_that_shows_another_thing_is_seen(number, code, label, is_weight):
    as_label = packed(Sheet(rows(Raw(number, s="1"))), formats=[code])
    if label is None:
        assert faults(as_label) == [("number-format", "mau!E2")]
    else:
        assert [case.psu for case in read(as_label).rows] == [label]
    as_weight = packed(Sheet(rows("b", weight=Raw(number, s="1"))), formats=[code])
    if is_weight:
        assert [case.weight for case in read(as_weight).rows] == [number]
    else:
        assert faults(as_weight) == [("number-format", "mau!F2")]


@pytest.mark.parametrize("code", ["dd/mm/yyyy", "[h]:mm", "mmm-yy", "h:mm AM/PM", "[$-42A]d/m/yy"])
@pytest.mark.parametrize("value", ["45000", "0.5", "-3", "99999999"])
def test_a_number_shown_as_a_day_or_an_hour_is_refused_even_where_there_is_no_such_day(code, value):
    file = packed(Sheet(rows(Raw(value, s="1"), weight=Raw(value, s="1"))), formats=[code])
    assert [slug for slug, _ in faults(file)] == ["date", "date"]


def test_a_text_with_letters_that_only_its_format_adds_is_what_is_shown():
    file = packed(Sheet(rows(Raw("01", t="inlineStr", s="1"))), formats=['"Bản "@'])
    assert read(file).rows[0].psu == "Bản 01"
    file = packed(Sheet(rows(Raw("01", t="inlineStr", s="1"))), formats=[";;;"])
    assert faults(file) == [("number-format", "mau!E2")]


# Hidden, merged, flattened: however the tags are written


def prefixed(xml: bytes) -> bytes:
    text = xml.decode()
    for name in ("worksheet", "sheetData", "sheetFormatPr", "cols", "col", "row", "c", "v", "is",
                 "t", "mergeCells", "mergeCell"):  # fmt: skip
        text = text.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
        text = text.replace(f"</{name}>", f"</x:{name}>")
    return text.replace("xmlns=", "xmlns:x=").encode()


WRITTEN = [
    lambda xml: xml,
    prefixed,
    lambda xml: xml.replace(b'"', b"'"),
    lambda xml: b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- <row hidden="0"> -->' + xml,
    lambda xml: ('<?xml version="1.0" encoding="UTF-16"?>' + xml.decode()).encode("utf-16"),
    lambda xml: xml.replace(b"<row ", b"<row\n\t").replace(b"=", b" = "),
    lambda xml: xml.replace(b'hidden="1"', b'hidden="&#49;"'),
    lambda xml: b"\xef\xbb\xbf" + xml,
    lambda xml: xml.replace(MAIN, b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
]  # fmt: skip

CONCEALED = [
    (Sheet(rows("a", "b"), row_attributes={3: 'hidden="1"'}), ("hidden-row", "mau!A3")),
    (Sheet(rows("a", "b"), row_attributes={3: 'outlineLevel="1" hidden="true"'}),
     ("hidden-row", "mau!A3")),
    (Sheet(rows("a", "b"), row_attributes={2: 'ht="0" customHeight="1"'}),
     ("hidden-row", "mau!A2")),
    (Sheet(rows("a", "b"), row_attributes={2: 'ht="0.75"'}), ("hidden-row", "mau!A2")),
    (Sheet(rows("a"), row_attributes={1: 'ht="15"'},
           before='<sheetFormatPr defaultRowHeight="0"/>'),
     ("hidden-row", "mau!A2")),
    (Sheet(rows("a"), before='<cols><col min="5" max="5" width="9" hidden="1"/></cols>'),
     ("hidden-column", "mau!E1")),
    (Sheet(rows("a"), before='<cols><col min="2" max="4" width="0"/></cols>'),
     ("hidden-column", "mau!C1")),
    (Sheet(rows("a"), before='<sheetFormatPr defaultColWidth="0"/>'
           '<cols><col min="1" max="5" width="9"/></cols>'),
     ("hidden-column", "mau!F1")),
    (Sheet(rows("a", "b"), after='<mergeCells count="1"><mergeCell ref="D2:D3"/></mergeCells>'),
     ("merged-cells", "mau!D2:D3")),
]  # fmt: skip


@pytest.mark.parametrize("write", WRITTEN)
@pytest.mark.parametrize(("sheet", "fault"), CONCEALED)
def test_what_is_not_seen_is_refused_however_the_tags_are_written(sheet, fault, write):
    file = packed(sheet)
    assert fault in faults(with_part(file, SHEET, write(part(file, SHEET))))


def test_what_is_hidden_and_blank_harms_nobody():
    sheet = Sheet(
        [*rows("a"), []],
        row_attributes={3: 'hidden="1"'},
        before='<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>'
        '<cols><col min="7" max="16384" width="9" hidden="1"/></cols>',
    )
    assert len(read(packed(sheet)).rows) == 1


# Escapes


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=12))
@settings(max_examples=200)
def test_any_text_comes_back_from_its_escapes_shared_or_in_its_cell(text):
    written = "".join(
        f"_x{ord(letter):04X}_" if letter < " " or letter == "_" else letter
        for letter in text.replace("\ufffe", "").replace("\uffff", "")
    )
    wanted = tidy(text.replace("\ufffe", "").replace("\uffff", ""))
    assume(wanted and wanted.isprintable() and "\ufffd" not in wanted)
    assume(not wanted.startswith("#") and not csv_out.runs(wanted))  # errors, formulas: refused
    shared = packed(Sheet(rows(Raw("0", t="s"))), texts=[written])
    inline = packed(Sheet(rows(Raw(written, t="inlineStr"))))
    for file in (shared, inline):
        assert [case.psu for case in read(file).rows] == [wanted]


@pytest.mark.parametrize(("written", "read_as"), [
    ("Ban Mon_x000D_", "Ban Mon"), ("_x000a_Ban Mon", "Ban Mon"), ("_x005F_x000D_", "_x000D_"),
    ("a_x005F_b", "a_b"), ("_x0110_ông", "Đông"), ("a_x00ZZ_", "a_x00ZZ_"),
    ("_xD83D__xDE00_", "😀"),
    ("_X000D_", "_X000D_"), ("a_x000D", "a_x000D"), ("_x005F__x005F_", "__"),
])  # fmt: skip
def test_an_escape_is_the_character_that_it_stands_for(written, read_as):
    for file in (packed(Sheet(rows(Raw("0", t="s"))), texts=[written]),
                 packed(Sheet(rows(Raw(written, t="inlineStr"))))):  # fmt: skip
        assert [case.psu for case in read(file).rows] == [read_as]


@pytest.mark.parametrize(
    "written", ["Ban_x000D_Mon", "Ban_x0000_Mon", "Ban_x200B_Mon", "a_xD83D_b"]
)
def test_an_escape_that_hides_within_a_name_is_seen(written):
    found = faults(packed(Sheet(rows(Raw("0", t="s"))), texts=[written]))
    assert found == [("hidden-character", "mau!E2")]


def test_the_same_texts_come_from_libraries_that_write_workbooks():
    rng = random.Random(7)
    names = [tidy("".join(rng.choices("aăâđêôơư _xX05FD\u00a0", k=9))) or "b" for _ in range(60)]
    listed = [[f"A{n}", "citizens", "SNV", "all", name, 1] for n, name in enumerate(names)]
    stream = io.BytesIO()
    with Workbook(stream) as book:  # it escapes texts, as Excel does; openpyxl does not
        sheet = book.add_worksheet("mau")
        for line, cells in enumerate([HEADER, *listed]):
            sheet.write_row(line, 0, cells)
    psus = [case.psu for case in read(Source("mau.xlsx", stream.getvalue())).rows]
    assert psus == names
