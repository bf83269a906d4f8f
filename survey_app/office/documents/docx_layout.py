"""Paper in the administrative layout of Nghị định 30/2020/NĐ-CP: sizes, margins, head and foot.

It knows how a page looks, never what it says. The same calls give the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt, RGBColor

from survey_app.fieldwork.xlsx_out import MADE

FONT = "Times New Roman"
BODY, TABLE, NUMBER = 13, 11, 13
"""Sizes in points: 13 to 14 for the body and the page number; tables may be smaller."""

_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_SPACE_UNDER_HEAD = 6
_LINE = "―――――――"


class Paper:
    """A document that is written from top to bottom."""

    def __init__(self, title: str, mark: str = "") -> None:
        self._document: Any = Document()
        self._mark = mark
        self._look()
        core = self._document.core_properties
        core.title, core.author, core.language = title, "", "vi-VN"
        core.created = core.modified = MADE
        core.last_modified_by, core.revision, core.comments = "", 1, ""
        self._page(self._document.sections[0], first=True)

    def letterhead(
        self,
        left: Sequence[str],
        right: Sequence[str],
        under: Sequence[str],
        widths: Sequence[float],
    ) -> None:
        """Agency on the left, national title on the right, number and place-date below."""
        table = self._grid(2, 2, widths)
        for column, (lines, sizes) in enumerate(((left, (12, 12)), (right, (12, 13)))):
            cell = table.cell(0, column)
            for at, line in enumerate(lines):
                bold = at == 1 or column == 1
                self._into(cell, at, line, _CENTRE, bold=bold, size=sizes[min(at, 1)])
            self._into(cell, len(lines), _LINE, _CENTRE, size=8)
        self._into(table.cell(1, 0), 0, under[0], _CENTRE, size=BODY)
        self._into(table.cell(1, 1), 0, under[1], _CENTRE, italic=True, size=BODY)

    def title(self, kind: str, about: str) -> None:
        """The kind of document and what it is about."""
        self.text(kind, align=_CENTRE, bold=True, size=14, indent=False, before=12)
        self.text(about, align=_CENTRE, bold=True, size=14, indent=False)
        self.text(_LINE, align=_CENTRE, size=8, indent=False)

    def heading(self, words: str) -> None:
        """A part of the document."""
        paragraph = self.text(words, bold=True, indent=False, before=8)
        paragraph.style = self._document.styles["Heading 1"]

    def text(
        self,
        words: str,
        *,
        align: Any = WD_ALIGN_PARAGRAPH.JUSTIFY,
        bold: bool = False,
        italic: bool = False,
        size: int = BODY,
        indent: bool = True,
        before: int = 0,
    ) -> Any:
        """A paragraph."""
        paragraph = self._document.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_before = Pt(before)
        if indent:
            paragraph.paragraph_format.first_line_indent = Cm(1.0)
        _run(paragraph, words, bold=bold, italic=italic, size=size)
        return paragraph

    def boxed(self, words: str, *, bold: bool = False) -> None:
        """A paragraph that nobody can miss."""
        paragraph = self.text(words, bold=bold, italic=not bold, indent=False, before=6)
        borders = OxmlElement("w:pBdr")
        for side in ("top", "left", "bottom", "right"):
            edge = OxmlElement(f"w:{side}")
            for name, value in (
                ("val", "single"),
                ("sz", "6"),
                ("space", "4"),
                ("color", "000000"),
            ):
                edge.set(qn(f"w:{name}"), value)
            borders.append(edge)
        paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001  # python-docx has no borders

    def table(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """A ruled table whose head is repeated on every page; widths in centimetres."""
        body = list(rows)
        table = self._grid(len(body) + 1, len(head), widths, ruled=True)
        numeric = [all(_is_number(row[at]) for row in body) for at in range(len(head))]
        for line, row in enumerate([head, *body]):
            for at, cell in enumerate(table.rows[line].cells):
                align = _CENTRE if not line else _RIGHT if numeric[at] else WD_ALIGN_PARAGRAPH.LEFT
                self._into(cell, 0, row[at], align, bold=not line, size=TABLE)
            _keep_whole(table.rows[line], head=not line)
        self._document.add_paragraph().paragraph_format.space_after = Pt(0)

    def picture(self, png: bytes, width: float, alt: str) -> None:
        """A chart, and what it shows for those who cannot see it."""
        shape = self._document.add_picture(BytesIO(png), width=Cm(width))
        shape._inline.docPr.set("descr", alt)  # noqa: SLF001  # python-docx has no alternative text
        self._document.paragraphs[-1].alignment = _CENTRE

    def signature(self, left: Sequence[str], right: Sequence[str], widths: Sequence[float]) -> None:
        """Who gets it, and who signs."""
        table = self._grid(1, 2, widths)
        for at, line in enumerate(left):
            self._into(
                table.cell(0, 0), at, line, WD_ALIGN_PARAGRAPH.LEFT,
                bold=not at, italic=not at, size=11 if at else 12,
            )  # fmt: skip
        for at, line in enumerate(right):
            self._into(table.cell(0, 1), at, line, _CENTRE, bold=True, size=BODY)

    def turn(self, *, wide: bool) -> None:
        """A new page, lying or standing."""
        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        short, long = Mm(210), Mm(297)
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (long, short) if wide else (short, long)
        self._page(section, first=False)

    def bytes(self) -> bytes:
        """The file; no clock is in it."""
        written, plain = BytesIO(), BytesIO()
        self._document.save(written)
        with zipfile.ZipFile(written) as source, zipfile.ZipFile(plain, "w") as target:
            for name in source.namelist():
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(entry, source.read(name))
        return plain.getvalue()

    def _look(self) -> None:
        for name in ("Normal", "Heading 1"):
            style = self._document.styles[name]
            style.font.name, style.font.size = FONT, Pt(BODY)
            style.font.color.rgb = RGBColor(0, 0, 0)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for script in ("ascii", "hAnsi", "cs", "eastAsia"):
                fonts.set(qn(f"w:{script}"), FONT)
            for theme in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            style.paragraph_format.space_after = Pt(_SPACE_UNDER_HEAD)
            style.paragraph_format.space_before = Pt(0)
            style.paragraph_format.line_spacing = 1.1

    def _page(self, section: Any, *, first: bool) -> None:
        """A4 with the decree's margins; the number centred on top, but not on the first page."""
        if first:
            section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin = section.bottom_margin = Mm(21)
        section.left_margin, section.right_margin = Mm(31), Mm(16)
        section.header_distance = Mm(10)
        section.different_first_page_header_footer = first
        header = section.header
        header.is_linked_to_previous = not first
        if not first:
            return
        number = header.paragraphs[0]
        number.alignment = _CENTRE
        _page_number(number)
        for place in (header, section.first_page_header):
            if self._mark:
                line = place.paragraphs[0] if place is not header else place.add_paragraph()
                line.alignment = _CENTRE
                _run(line, self._mark, bold=True, size=11)

    def _grid(
        self, rows: int, columns: int, widths: Sequence[float], *, ruled: bool = False
    ) -> Any:
        table = self._document.add_table(rows, columns)
        if ruled:
            table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Cm(width)
        return table

    @staticmethod
    def _into(cell: Any, at: int, words: str, align: Any, **look: Any) -> None:
        paragraph = cell.paragraphs[0] if not at else cell.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = 1.0
        _run(paragraph, words, **look)


def _run(
    paragraph: Any, words: str, *, bold: bool = False, italic: bool = False, size: int = BODY
) -> None:
    run = paragraph.add_run(words)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)


def _page_number(paragraph: Any) -> None:
    run = paragraph.add_run()
    run.font.size = Pt(NUMBER)
    for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = words
        run._r.append(part)  # noqa: SLF001  # python-docx has no fields


def _keep_whole(row: Any, *, head: bool) -> None:
    rules = row._tr.get_or_add_trPr()  # noqa: SLF001  # python-docx has no row rules
    for name in ("w:cantSplit", *(("w:tblHeader",) if head else ())):
        rules.append(OxmlElement(name))


def _is_number(words: str) -> bool:
    return not words or words[-1].isdigit() or words[-1] in "%–)"
