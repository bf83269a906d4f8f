"""Both kinds of table, opened by LibreOffice on a Vietnamese machine: each value is what it was.

A number is a number of the same size, in the file for Excel by double-click (the machine's own
settings), in the file for programs by an import that names them. A text is that text and nothing
else, but for the apostrophe that keeps a spreadsheet from taking it for a number, a day or a
formula.
"""

from __future__ import annotations

import subprocess
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from survey_app.fieldwork import csv_out

pytestmark = pytest.mark.usefixtures("libreoffice")

NUMBERS = [71.125, 8.5, -1.5, 1e-7, 1000, 0, -3, Decimal("27.00"), 123456.789, 99.99999999999999]
TEXTS = [
    "Lò Văn Ăn", "Sở Nội vụ; phòng 1", "0912345678", "03646", "1-2", "1/2", "71.125", "1,5", "1E5",
    "12:30", "5%", "(5)", "3 Mar", "Mar 3", "thg 5", "TRUE", "=1+1", "+84", "-x", "@a",
    "1234567890123456",
    "0912 345 678", '"trích"', "dòng 1\ndòng 2", "1.234.567", "5 CH", "12 ₫", "Đúng", "SAI",
    "1 1/2", "2026-11-28",
]  # fmt: skip
_OFFICE, _TABLE, _TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text")
)
_VIETNAMESE, _ENGLISH, _UTF8 = 1066, 1033, 76


def opened(source, separator, language, folder):
    """The cells of a CSV file as a spreadsheet holds them: numbers, or texts."""
    how = f"CSV:{ord(separator)},34,{_UTF8},1,,{language},false,true,false,false"
    home = f"-env:UserInstallation=file://{folder}/home"
    command = ["soffice", home, "--headless", f"--infilter={how}", "--convert-to", "fods"]
    subprocess.run(
        [*command, "--outdir", folder, source], check=True, capture_output=True, timeout=120
    )
    for row in ET.parse(source.with_suffix(".fods")).iter(f"{_TABLE}table-row"):
        for cell in row.iter(f"{_TABLE}table-cell"):
            assert f"{_TABLE}formula" not in cell.attrib
            kind, value = cell.get(f"{_OFFICE}value-type"), cell.get(f"{_OFFICE}value")
            lines = ["".join(line.itertext()) for line in cell.iter(f"{_TEXT}p")]
            times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            if kind:
                yield from [float(value) if kind == "float" else (kind, "\n".join(lines))] * times


def meant(text):
    return text.removeprefix("'") if text.startswith("'") else text


def test_a_double_click_on_a_vietnamese_machine_shows_every_value(tmp_path):
    file = tmp_path / "excel.csv"
    rows = [[number] for number in NUMBERS] + [[text] for text in TEXTS]
    file.write_bytes(csv_out.for_people(["Tên"], rows).encode())
    header, *cells = opened(file, ";", _VIETNAMESE, tmp_path)
    assert header == ("string", "Tên")
    assert cells[: len(NUMBERS)] == [pytest.approx(float(number), rel=1e-15) for number in NUMBERS]
    assert [(kind, meant(text)) for kind, text in cells[len(NUMBERS) :]] == [
        ("string", text) for text in TEXTS
    ]


def test_the_table_for_programs_has_the_same_numbers_with_points(tmp_path):
    file = tmp_path / "plain.csv"
    file.write_bytes(csv_out.table(["Tên"], [[number] for number in NUMBERS]).encode())
    header, *cells = opened(file, ",", _ENGLISH, tmp_path)
    assert header == ("string", "Tên")
    assert cells == [pytest.approx(float(number), rel=1e-15) for number in NUMBERS]


def test_the_table_for_programs_would_be_misread_by_double_click(tmp_path):
    """Why there are two: with Vietnamese settings 71.125 is no seventy-one and an eighth."""
    file = tmp_path / "misread.csv"
    file.write_bytes(csv_out.table(["a"], [[71.125]]).encode())
    _, cell = opened(file, ",", _VIETNAMESE, tmp_path)
    assert cell != 71.125
