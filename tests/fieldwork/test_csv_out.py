import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from survey_app.fieldwork import csv_out

CASES = Path(__file__).with_name("cases")


def test_a_table_opens_in_excel_with_its_vietnamese_letters():
    assert (
        csv_out.table(["tên"], [["Lò Văn An"]]).encode().startswith(b"\xef\xbb\xbft\xc3\xaan\r\n")
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x"])
def test_a_text_that_a_spreadsheet_would_run_is_shown_instead(text):
    assert csv_out.guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a,@x", "a,'@x"),
        ("a\t-x", "a\t'-x"),
        ("a\n=1", "a\n'=1"),
        ("＝1+1", "'＝1+1"),
        ("a-b+c=d@e", "a-b+c=d@e"),
        ("2; 3, -", "2; 3, -"),
    ],
)
def test_nor_is_it_run_where_a_spreadsheet_takes_another_mark_for_the_end_of_a_cell(text, shown):
    assert csv_out.guarded(text) == shown


@pytest.mark.parametrize("number", ["-1", "+5", "-2.5", "-2,5", "-1e-7", "0912"])
def test_numbers_in_a_file_for_programs_stay_as_they_are(number):
    assert csv_out.data(["a"], [[number]]) == f"a\n{number}\n".replace("-2,5", '"-2,5"')


def test_numbers_below_zero_stay_numbers():
    assert csv_out.table(["a"], [[-1.5], [None]]) == '\ufeffa\r\n-1.5\r\n""\r\n'


def test_commas_quotes_and_line_breaks_survive():
    text = 'a "b", c\nd'
    table = csv_out.table(["x"], [[text]]).removeprefix(csv_out.BOM)
    assert list(csv.reader(io.StringIO(table, newline="")))[1] == [text]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (71.125, "71,125"),
        (8.5, "8,5"),
        (65.4321, "65,4321"),
        (-1.5, "-1,5"),
        (1e-7, "0,0000001"),
        (Decimal("71.125"), "71,125"),
        (1000, "1000"),
        ("0912345678", "'0912345678"),
        ("03646", "'03646"),
        ("1234567890123456", "'1234567890123456"),
        ("=1+1", "'=1+1"),
        ("SNV; phòng 1", '"SNV; phòng 1"'),
        (None, ""),
        ("1-2", "'1-2"),
        ("1/2", "'1/2"),
        ("71.125", "'71.125"),
        ("1,5", "'1,5"),
        ("1E5", "'1E5"),
        ("12:30", "'12:30"),
        ("5%", "'5%"),
        ("(5)", "'(5)"),
        ("3 Mar", "'3 Mar"),
        ("Thg 5 2026", "'Thg 5 2026"),
        ("TRUE", "'TRUE"),
        ("Đúng", "'Đúng"),
        ("Sai tên", "Sai tên"),
        ("123456789012", "'123456789012"),
        ("12", "12"),
        ("0912 345 678", "0912 345 678"),
        ("Sở 1-2", "Sở 1-2"),
        ("Nhắc vào tháng 9", "Nhắc vào tháng 9"),
    ],
)
def test_a_table_for_people_keeps_every_number_in_a_vietnamese_spreadsheet(cell, shown):
    assert csv_out.for_people(["a", "b"], [["x", cell]]) == f"\ufeffa;b\r\nx;{shown}\r\n"


def test_a_table_that_was_read_comes_back_for_people_with_every_number():
    with (CASES / "e2_sample.csv").open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    listed = [[unit, Decimal(score), phone] for unit, score, phone in rows]
    people = csv_out.for_people(header, listed).removeprefix(csv_out.BOM)
    assert people.splitlines()[1] == "U1;71,125;'0912345678"
    again = [line.split(";") for line in people.splitlines()[1:]]
    assert [[u, s.replace(",", "."), p.removeprefix("'")] for u, s, p in again] == rows
