"""Files made to keep a reader busy, and readers that behave as such files make them."""

from __future__ import annotations

import io
import os
import time
import zipfile
from pathlib import Path

from survey_app.fieldwork import table_template

GROUPS, UNITS = ["citizens", "council"], ["SNV", "STP"]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(sheet: bytes | None = None, **parts: bytes) -> bytes:
    """A sound workbook of ours, its first sheet or other parts replaced."""
    ours = table_template.frame(dict.fromkeys(GROUPS, "Nhóm"), dict.fromkeys(UNITS, "Sở"))
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(ours)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as after,
    ):
        for name in before.namelist():
            content = sheet if sheet is not None and name == SHEET else before.read(name)
            after.writestr(name, content)
        for name, content in parts.items():
            after.writestr(name, content)
    return out.getvalue()


HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns='
    b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
FEET = b"</sheetData></worksheet>"


def rows_in_a_comment(times: int = 60_000) -> bytes:
    """A small workbook on which a search for hidden rows takes time by the square of its length."""
    return workbook(HEAD + b"<!-- " + b"<row " * times + b"-->" + FEET)


def unpacks_to(size: int) -> bytes:
    """A workbook that is small until it is unpacked."""
    return workbook(HEAD + b" " * size + FEET)


def many_cells(rows: int, columns: int = 50) -> bytes:
    """A workbook of nothing but numbers."""
    row = b"<row>" + b"<c><v>1</v></c>" * columns + b"</row>"
    return workbook(HEAD + row * rows + FEET)


BROKEN_SHEETS = {
    "not closed": HEAD + b"<row>",
    "no XML": b"\x00\x01\x02",
    "nothing": b"",
    "an entity": b'<!DOCTYPE x [<!ENTITY a "b">]>' + HEAD + b"<row><c><v>&a;</v></c></row>" + FEET,
    "a number that is none": HEAD + b'<row r="x"><c r="1A"><v>1</v></c></row>' + FEET,
    "a shared text that is not there": HEAD + b'<row><c t="s"><v>999999</v></c></row>' + FEET,
    "another encoding": HEAD.replace(b"UTF-8", b"UTF-16") + FEET,
    "deep": HEAD + b"<row>" * 100_000 + FEET,
}


def truncated() -> bytes:
    """A workbook whose end was cut off."""
    return workbook()[:-200]


def lying_about_its_size() -> bytes:
    """A workbook whose directory says that a part is smaller than it is."""
    content = bytearray(unpacks_to(5_000_000))
    packed = zipfile.ZipFile(io.BytesIO(bytes(content)))
    size = packed.getinfo(SHEET).file_size.to_bytes(4, "little")
    return bytes(content.replace(size, (1000).to_bytes(4, "little")))


# Readers, as a file would make them behave.


def hungry(files, *_):
    """Take more memory than there is."""
    return len(bytearray(3_000_000_000))


def busy(files, *_):
    """Work without end."""
    while True:
        pass


def asleep(files, *_):
    """Wait without end."""
    time.sleep(600)


def broken(files, *_):
    """Fail as no reader of ours should."""
    raise ValueError("a parser let this through")


def gone(files, *_):
    """End at once."""
    os._exit(3)


def writing(files, path):
    """Write a file."""
    Path(path).write_bytes(b"x" * 100_000)


def environment(files, *_):
    """Tell what it knows."""
    return tuple(os.environ)


class Acts:
    """Something that does as it likes when it is unpacked."""

    def __reduce__(self):
        return os.mkdir, ("should-not-be-here",)


def acting(files, *_):
    """Hand over something that acts."""
    return Acts()


def niceness(files, *_):
    """How it gives way, and to whom."""
    return os.nice(0), len(os.sched_getaffinity(0))
