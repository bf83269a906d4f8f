"""Whatever is wrong inside a workbook is told with its place, in time in proportion to its size."""

from __future__ import annotations

import io
import random
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.problems import Problem
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets.cells import Source
from tests.fieldwork.lists import GROUPS, UNITS, csv_file, problems_of, told_by
from tests.fieldwork.lists import row as sound_row
from tests.fieldwork.raw_workbook import Raw, Sheet, packed, part, with_part

HEADER = ["case", "group", "unit", "stratum", "psu", "weight", "name"]
SHEET = "xl/worksheets/sheet1.xml"
SECONDS = 5


def rows(psu: object = "b", weight: object = 5, name: object = "An") -> list[list[object]]:
    return [HEADER, ["A1", "citizens", "SNV", "all", psu, weight, name]]


def found(file: Source) -> tuple[Problem, ...]:
    return problems_of(lambda: sample_file.read(file, GROUPS, UNITS))


VALUES = [
    (Raw("NaN"), "damaged-cell"), (Raw("INF"), "damaged-cell"), (Raw("-Infinity"), "damaged-cell"),
    (Raw("1e999"), "damaged-cell"), (Raw("1_000"), "damaged-cell"), (Raw("5,5"), "damaged-cell"),
    (Raw("0x1F"), "damaged-cell"), (Raw("٣"), "damaged-cell"), (Raw("abc"), "damaged-cell"),
    (Raw("7", t="s"), "damaged-cell"), (Raw("-1", t="s"), "damaged-cell"),
    (Raw("1.5", t="s"), "damaged-cell"), (Raw("x", t="s"), "damaged-cell"),
    (Raw("9" * 30, t="s"), "damaged-cell"), (Raw("2", t="b"), "damaged-cell"),
    (Raw("1", t="?"), "damaged-cell"),
    (Raw("1", t="b"), "error"), (Raw("#REF!", t="e"), "error"),
    (Raw("#N/A", t="inlineStr"), "error"), (Raw("#DIV/0!", t="str"), "error"),
    (Raw("#VALUE!", t="str", f="A1"), "error"),
    (Raw("2026-05-01T00:00:00", t="d"), "date"), (Raw("2026-99-99", t="d"), "date"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "slug"), VALUES)
def test_a_cell_that_holds_no_value_is_named_in_every_column(value, slug):
    assert [(p.slug, p.cell) for p in found(packed(Sheet(rows(psu=value))))] == [(slug, "mau!E2")]
    assert [(p.slug, p.cell) for p in found(packed(Sheet(rows(weight=value))))] == [
        (slug, "mau!F2")
    ]
    assert [(p.slug, p.cell) for p in found(packed(Sheet(rows(name=value))))] == [(slug, "mau!G2")]


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?"])
def test_an_error_that_excel_wrote_into_csv_is_no_village(error):
    problems = found(csv_file(sound_row(psu=error)))
    assert [(p.slug, p.line) for p in problems] == [("error", 2)]


@given(st.text(max_size=8), st.sampled_from(["", "n", "s", "str", "inlineStr", "b", "e", "d", "x"]))
@settings(max_examples=300)
def test_any_value_of_any_type_is_read_or_is_a_fault_of_its_cell(text, kind):
    plain = "".join(letter for letter in text if letter >= " " and letter not in "\ufffe\uffff")
    file = packed(Sheet(rows(weight=Raw(plain, t=kind))))
    problems = told_by(lambda: sample_file.read(file, GROUPS, UNITS))
    assert {problem.cell for problem in problems} <= {"mau!F2"}


BROKEN: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda xml: xml[: xml.index(b"A1</t>") + 20], "mau!A2"),
    (lambda xml: xml.replace(b"<v>5</v>", b"<v>5</w>"), "mau!E2"),
    (lambda xml: xml.replace(b"<v>5</v>", b"<v>&nbsp;</v>"), "mau!E2"),
    (lambda xml: xml.replace(b"<v>5</v>", b"<v>\xff\xfe</v>"), "mau!E2"),
    (lambda xml: xml.replace(b"<v>5</v>", b"<v>5</v><v>0</v>"), "mau!E2"),
    (lambda xml: xml.replace(b'r="F2"', b'r="A2"'), "mau!E2"),
    (lambda xml: xml.replace(b'r="F2"', b'r="E2"'), "mau!E2"),
    (lambda xml: xml.replace(b'r="F2"', b'r="F9"'), "mau!E2"),
    (lambda xml: xml.replace(b'r="F2"', b'r="ZZZ2"'), "mau!E2"),
    (lambda xml: xml.replace(b'r="F2"', b'r="?"'), "mau!E2"),
    (lambda xml: xml.replace(b'<row r="2"', b'<row r="1"'), "mau!G1"),
    (lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999"'), "mau!G1"),
    (lambda xml: xml.replace(b'<row r="2"', b'<row r="hai"'), "mau!G1"),
    (lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml, "mau!A1"),
    (lambda xml: xml.replace(b"<sheetData>", b"<sheetData><x><row><c/></row></x>"), "mau!A1"),
    (lambda _: b"", "mau!A1"),
    (lambda _: b"<html/>", "mau!A1"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "cell"), BROKEN)
def test_a_sheet_that_cannot_be_read_on_says_after_which_cell(change, cell):
    file = packed(Sheet(rows()))
    problems = found(with_part(file, SHEET, change(part(file, SHEET))))
    assert [(p.slug, p.cell) for p in problems] == [("damaged-sheet", cell)]


@pytest.mark.parametrize(
    "path", ["xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "_rels/.rels"]
)
@pytest.mark.parametrize("content", [b"", b"<a>", b"<a/>", b"\x00\xff", b"<!DOCTYPE a><a/>"])
def test_a_workbook_whose_other_parts_are_broken_is_refused(path, content):
    file = packed(Sheet(rows(psu=Raw("0", t="s", s="1"))), texts=["Bản Mòn"], formats=["@"])
    assert found(with_part(file, path, content))[0].slug in {
        "not-xlsx", "no-visible-sheet", "damaged-cell", "damaged-sheet",
    }  # fmt: skip


@given(st.integers(0, 2**32), st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_no_workbook_with_bytes_changed_or_cut_off_brings_the_readers_down(seed, changes):
    rng = random.Random(seed)
    whole = packed(Sheet(rows(psu=Raw("0", t="s"))), texts=["Bản Mòn"], formats=["00000"])
    content = bytearray(whole.content)
    for _ in range(changes):
        content[rng.randrange(len(content))] = rng.randrange(256)
    cut = bytes(content[: rng.randrange(4, len(content) + 1)])
    xml = bytearray(part(whole, SHEET))
    for _ in range(changes):
        xml[rng.randrange(len(xml))] = rng.choice(b"<>\"'&=/ rcv019\xff")
    for file in (Source("a.xlsx", bytes(content)), Source("a.xlsx", cut),
                 with_part(whole, SHEET, bytes(xml))):  # fmt: skip
        for read in (sample_file.read, frame_file.read):
            problems = told_by(lambda file=file, read=read: read(file, GROUPS, UNITS))
            assert all(str(problem) for problem in problems)


def zip_of(**options: object) -> Source:
    """A workbook whose zip is unusual: encrypted as it claims, packed as none of ours."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as out:
        out.writestr("_rels/.rels", "<Relationships/>")
    content = bytearray(stream.getvalue())
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= int(bool(options.get("encrypted")))
    for at in (content.find(b"PK\x03\x04") + 8, content.find(b"PK\x01\x02") + 10):
        content[at] = 97 if options.get("unknown") else content[at]
    return Source("a.xlsx", bytes(content))


@pytest.mark.parametrize("option", ["encrypted", "unknown", "plain"])
def test_a_zip_that_cannot_be_unpacked_is_no_workbook(option):
    assert [p.slug for p in found(zip_of(**{option: True}))] == ["not-xlsx"]


# Time in proportion to size


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fails what takes more processor time, however busy the machine is."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"this took more than {seconds} seconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def sheet_with(before: bytes = b"", inside: bytes = b"", after: bytes = b"") -> Source:
    file = packed(Sheet(rows()))
    xml = part(file, SHEET)
    xml = xml.replace(b"<sheetData>", before + b"<sheetData>" + inside)
    return with_part(file, SHEET, xml.replace(b"</worksheet>", after + b"</worksheet>"))


COSTLY = {
    "a comment full of rows": lambda: sheet_with(
        before=b"<!-- " + b"<row <row " * 500_000 + b"-->"
    ),
    "a comment that never ends": lambda: sheet_with(before=b"<!-- " + b"<row " * 2_000_000),
    "columns that hide": lambda: sheet_with(before=b"<cols>" + b"<col <col " * 500_000),
    "many columns": lambda: sheet_with(
        before=b"<cols>" + b'<col min="1" max="16384" hidden="1"/>' * 200_000 + b"</cols>"
    ),
    "cells that are merged": lambda: sheet_with(
        after=b"<mergeCells>" + b'<mergeCell ref="A1:B2"/>' * 300_000 + b"</mergeCells>"
    ),
    "an attribute without end": lambda: sheet_with(inside=b'<row r="' + b"1" * 20_000_000),
    "elements in elements": lambda: sheet_with(before=b"<a>" * 3_000_000),
    "a text without end": lambda: sheet_with(
        inside=b'<row r="1"><c r="A1" t="str"><v>' + b"x" * 20_000_000
    ),
    "entities in entities": lambda: with_part(
        packed(Sheet(rows())),
        SHEET,
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in range(98, 110))
        + b"]><a>&m;</a>",
    ),
    "escapes": lambda: packed(Sheet(rows(psu=Raw("0", t="s"))), texts=["_x005F" * 200_000]),
    "a format without end": lambda: packed(
        Sheet(rows(psu=Raw("1", s="1"))), formats=["[$" * 90_000]
    ),
    "digits": lambda: csv_file(sound_row(weight="1" * 900_000, fpc1="9" * 900_000)),
    "a unit without end": lambda: csv_file(sound_row(unit="SNV" * 300_000)),
    "units that are not there": lambda: csv_file(
        *(sound_row(case=f"A{n}", unit=f"KHONG-{n}") for n in range(20_000))
    ),
    "units asked about": lambda: csv_file(
        *(
            sound_row(case=f"A{n}", unit="", sample="s", asked=" ".join(UNITS) + " SNV" * 200_000)
            for n in range(4)
        )
    ),
    "rows that are hidden": lambda: packed(
        Sheet(
            [HEADER, *[rows()[1]] * 5000],
            row_attributes=dict.fromkeys(range(5002), 'hidden="1"'),
        )
    ),
    "quotes in CSV": lambda: Source("a.csv", b"case,group,stratum,weight\n" + b'"",' * 1_000_000),
    "numbers of two readings": lambda: csv_file(
        *(sound_row(case=f"A{n}", weight=f"{n % 900 + 1}.{n % 1000:03d}") for n in range(10_000))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COSTLY)
def test_a_file_made_to_cost_time_is_read_or_refused_within_seconds(name):
    file = COSTLY[name]()
    with within(SECONDS):
        units = tuple(f"U{n}" for n in range(300)) + UNITS
        problems = told_by(lambda: sample_file.read(file, GROUPS, units))
        assert all(str(problem) for problem in problems)


def test_a_row_far_to_the_right_takes_no_more_memory_than_it_has_cells():
    far = "".join(
        f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(3, 20_000)
    ).encode()
    file = packed(Sheet(rows()))
    xml = part(file, SHEET).replace(b"</sheetData>", far + b"</sheetData>")
    with within(SECONDS):
        problems = found(with_part(file, SHEET, xml))
    assert [(p.slug, p.cell) for p in problems] == [("unnamed-column", "mau!XFD3")]
