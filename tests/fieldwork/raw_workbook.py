"""Workbooks written by hand, tag by tag: as programs write them that are not Excel.

packed(Sheet([["case"], [Raw(v="1", s="1")]]), formats=["00000"])  a workbook of one sheet
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from survey_app.fieldwork.sheets.cells import Source, letters

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True)
class Raw:
    """A cell as it is written: its type, its style, its value; `f` is a formula."""

    v: str
    t: str = ""
    s: str = ""
    f: str = ""


@dataclass
class Sheet:
    """Rows of texts, numbers, `Raw` cells and None; attributes of rows; what stands around them."""

    rows: Sequence[Sequence[object]]
    name: str = "mau"
    state: str = ""
    row_attributes: dict[int, str] = field(default_factory=dict)
    before: str = ""
    after: str = ""

    def xml(self) -> str:
        """The part of this sheet."""
        rows = "".join(self._row(line, cells) for line, cells in enumerate(self.rows, 1))
        body = f"{self.before}<sheetData>{rows}</sheetData>{self.after}"
        return f'<worksheet xmlns="{_MAIN}">{body}</worksheet>'

    def _row(self, line: int, cells: Sequence[object]) -> str:
        more = self.row_attributes.get(line, "")
        inside = "".join(
            _cell(f"{letters(place)}{line}", value)
            for place, value in enumerate(cells, 1)
            if value is not None
        )
        return f'<row r="{line}" {more}>{inside}</row>'


def _cell(reference: str, value: object) -> str:
    match value:
        case Raw():
            kind = f' t="{value.t}"' if value.t else ""
            style = f' s="{value.s}"' if value.s else ""
            formula = f"<f>{escape(value.f)}</f>" if value.f else ""
            inside = (
                f"<is><t>{escape(value.v)}</t></is>"
                if value.t == "inlineStr"
                else f"<v>{escape(value.v)}</v>"
            )
            return f'<c r="{reference}"{kind}{style}>{formula}{inside}</c>'
        case int() | float():
            return f'<c r="{reference}"><v>{value}</v></c>'
    text = f'<t xml:space="preserve">{escape(str(value))}</t>'
    return f'<c r="{reference}" t="inlineStr"><is>{text}</is></c>'


def packed(
    *sheets: Sheet,
    formats: Sequence[str] = (),
    texts: Sequence[str] = (),
    parts: dict[str, bytes] | None = None,
    name: str = "mau.xlsx",
) -> Source:
    """A workbook. Style k + 1 has the format k; `parts` replace those that are made here."""
    made: dict[str, str | bytes] = {
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            [
                *(
                    (f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml")
                    for n in range(1, len(sheets) + 1)
                ),
                ("rIdS", "styles", "styles.xml"),
                ("rIdT", "sharedStrings", "sharedStrings.xml"),
            ]
        ),
        "xl/styles.xml": _styles(formats),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">'
        + "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
        + "</sst>",
        **{f"xl/worksheets/sheet{n}.xml": sheet.xml() for n, sheet in enumerate(sheets, 1)},
        **(parts or {}),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        for path, content in made.items():
            out.writestr(path, content)
    return Source(name, stream.getvalue())


def part(file: Source, path: str) -> bytes:
    """A part of a workbook, to be changed and handed to `packed` again."""
    with zipfile.ZipFile(file.stream) as opened:
        return opened.read(path)


def with_part(file: Source, path: str, content: bytes) -> Source:
    """The same workbook with another part."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(file.stream) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for each in old.namelist():
            new.writestr(each, content if each == path else old.read(each))
    return Source(file.name, stream.getvalue())


def _book(sheets: Sequence[Sheet]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{n}" r:id="rId{n}"'
        + (f' state="{sheet.state}"' if sheet.state else "")
        + "/>"
        for n, sheet in enumerate(sheets, 1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'


def _relations(relations: Sequence[tuple[str, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in relations
    )
    return f'<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>'


def _styles(formats: Sequence[str]) -> str:
    codes = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(code)}/>'
        for n, code in enumerate(formats)
    )
    cells = "".join(f'<xf numFmtId="{164 + n}"/>' for n in range(len(formats)))
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{codes}</numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f"<cellXfs><xf/>{cells}</cellXfs></styleSheet>"
    )
