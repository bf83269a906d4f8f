import csv
import io

import pytest

from survey_app.fieldwork import csv_out


def test_a_table_opens_in_excel_with_its_vietnamese_letters():
    assert (
        csv_out.table(["tên"], [["Lò Văn An"]]).encode().startswith(b"\xef\xbb\xbft\xc3\xaan\r\n")
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x"])
def test_a_text_that_a_spreadsheet_would_run_is_shown_instead(text):
    assert csv_out.guarded(text) == f"'{text}"


def test_numbers_below_zero_stay_numbers():
    assert csv_out.table(["a"], [[-1.5], [None]]) == '\ufeffa\r\n-1.5\r\n""\r\n'


def test_commas_quotes_and_line_breaks_survive():
    text = 'a "b", c\nd'
    table = csv_out.table(["x"], [[text]]).removeprefix(csv_out.BOM)
    assert list(csv.reader(io.StringIO(table, newline="")))[1] == [text]
