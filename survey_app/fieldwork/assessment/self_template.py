"""The workbook that a unit fills in, and that of its appraisers: alike, but for what is open.

Everything is locked but the cells to fill in; a hidden sheet says for which wave and unit the
workbook was made, so that it is recognised when it comes back. A unit fills in its own points, and
its appraisers beside them theirs, in the fields that they appraise.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from survey_app.fieldwork.assessment.points import Adjustment, Whose
from survey_app.fieldwork.assessment.points import Line as Points
from survey_app.fieldwork.values import plain
from survey_app.fieldwork.xlsx_out import MADE
from survey_app.questionnaire.model import Leaf, Study

SHEET, ADJUSTMENTS, FACTS = "Tự đánh giá", "Cộng, trừ", "_cchc"
SHEET_BEFORE = "Tự chấm"
"""What the first sheet is called in workbooks of versions before this one, which still come in."""

HEADER, FIRST = 7, 8
"""Rows of the sheet, from 1: of the column names, and of the first line."""

CODE, NAME, MAXIMUM, SELF, APPRAISED, EVIDENCE, FIELD, REASON = range(1, 9)
"""Columns, from 1. FIELD is hidden: totals find their lines by it. REASON is the appraisers'."""

REASON_HEADING = "Lý do điều chỉnh"
"""What stands above the reasons; a workbook without it has none to give."""

UNIT_CODE = (3, 2)
"""Row and column in which people see the unit's code."""

ADJUSTMENTS_FIRST, ADJUSTMENTS_LINES = 4, 30
POINTS, BASIS = 1, 2

_FORMAT = "2"
_HEADINGS = (
    "Mã",
    "Nội dung",
    "Điểm tối đa",
    "Điểm tự đánh giá",
    "Điểm thẩm định",
    "Tài liệu kiểm chứng, giải trình",
)
_WIDTHS = (9, 62, 10, 11, 12, 44)
_REASON_WIDTH = 40
_HOW_TO = (
    "Chỉ nhập vào các ô màu vàng. Điểm từ 0 đến điểm tối đa, dùng dấu phẩy hoặc dấu chấm thập phân "
    "như trên máy của Ông/Bà. Không thêm, xóa hoặc chép đè dòng."
)


@dataclass(frozen=True)
class Form:
    """What the workbooks of a wave have in common."""

    wave: str
    year: int
    study: Study

    def facts(self, unit: str) -> Mapping[str, str]:
        """What the hidden sheet says of the workbook of a unit."""
        index = self.study.index
        return {
            "format": _FORMAT,
            "wave": self.wave,
            "year": str(self.year),
            "class": index.unit_class,
            "study": self.study.name,
            "version": str(index.version),
            "unit": unit,
        }

    @property
    def leaves(self) -> Mapping[str, Leaf]:
        """The lines to fill in, by code, in order."""
        return {leaf.code: leaf for leaf in self.study.index.leaves if leaf.assessed == "self"}

    @property
    def headings(self) -> frozenset[str]:
        """Codes of the lines that are not filled in: fields, and criteria with parts."""
        return frozenset(line.code for line in self.lines() if line.leaf is None)

    def lines(self) -> Iterator[Line]:
        """Every line of the sheet: fields and criteria as headings, leaves to fill in."""
        for part in self.study.index.fields:
            if not any(leaf.assessed == "self" for leaf in part.leaves):
                continue
            yield Line(part.code, part.name["vi"], part.code, is_field=True)
            for criterion in part.criteria:
                leaves = [leaf for leaf in criterion.leaves if leaf.assessed == "self"]
                if leaves and not criterion.is_leaf:
                    yield Line(criterion.code, criterion.name["vi"], part.code)
                for leaf in leaves:
                    yield Line(leaf.code, leaf.name["vi"], part.code, leaf)


@dataclass(frozen=True)
class Line:
    """A line of the sheet; `leaf` where there is something to fill in."""

    code: str
    name: str
    field: str
    leaf: Leaf | None = None
    is_field: bool = False


@dataclass(frozen=True, kw_only=True)
class Filling:
    """Whose cells are open, in which fields (None: all), and what stands in the sheets already."""

    whose: Whose = "own"
    fields: frozenset[str] | None = None
    points: Mapping[str, Points] = field(default_factory=dict)
    """Criterion -> what is kept of the unit."""
    adjustments: Sequence[Adjustment] = ()

    def is_open(self, column: int, field_: str) -> bool:
        """Whether a cell of points, or of evidence, is one to fill in."""
        if self.whose == "own":
            return column in {SELF, EVIDENCE}
        is_theirs = self.fields is None or field_ in self.fields
        return column in {APPRAISED, REASON} and is_theirs

    @property
    def has_adjustments(self) -> bool:
        """Whether bonus and penalty are whoever fills it in to give."""
        return self.whose == "appraised" and self.fields is None


_TO_UNITS = Filling()


def workbook(form: Form, unit: str, name: str, filling: Filling = _TO_UNITS) -> bytes:
    """The workbook of one unit, ready to be sent to it or to its appraisers."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    book = Workbook(stream, {"in_memory": True})
    # a fixed day, so that the same wave gives the same bytes
    book.set_properties({"title": f"{form.wave} - {name}", "created": MADE})
    style = _styles(book)
    _points_sheet(book.add_worksheet(SHEET), style, form, (unit, name), filling)
    _adjustments_sheet(book.add_worksheet(ADJUSTMENTS), style, filling)
    facts = book.add_worksheet(FACTS)
    for row, (key, value) in enumerate(form.facts(unit).items()):
        facts.write_string(row, 0, key)
        facts.write_string(row, 1, value)
    facts.protect()
    facts.very_hidden()
    book.close()
    return stream.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    line = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "border": 1}
    points = {**line, "num_format": "0.00##", "align": "right"}
    yellow = {"bg_color": "#FFF9DB", "locked": False}
    return {
        name: book.add_format(look)
        for name, look in {
            "title": {"font_name": "Times New Roman", "font_size": 14, "bold": True},
            "plain": {"font_name": "Times New Roman", "font_size": 11},
            "how_to": {"font_name": "Times New Roman", "font_size": 11, "italic": True},
            "head": {**line, "bold": True, "align": "center", "bg_color": "#E8ECF1"},
            "text": {**line, "text_wrap": True, "num_format": "@"},
            "points": points,
            "field": {
                **line,
                "bold": True,
                "text_wrap": True,
                "num_format": "@",
                "bg_color": "#E8ECF1",
            },
            "field_points": {**points, "bold": True, "bg_color": "#E8ECF1"},
            "criterion": {**line, "bold": True, "text_wrap": True, "num_format": "@"},
            "give": {**points, **yellow},
            "say": {**line, **yellow, "text_wrap": True, "num_format": "@"},
        }.items()
    }


def _points_sheet(
    sheet: Any, style: dict[str, Any], form: Form, whose: tuple[str, str], filling: Filling
) -> None:
    unit, name = whose
    sheet.write_string(0, 0, form.study.index.title["vi"], style["title"])
    about = (("Đơn vị", name), ("Mã đơn vị", unit), ("Năm", str(form.year)))
    for row, (what, value) in enumerate(about, 1):
        sheet.write_string(row, 0, what, style["plain"])
        sheet.write_string(row, 1, value, style["plain"])
    sheet.write_string(4, 0, _HOW_TO, style["how_to"])
    for column, (heading, width) in enumerate(zip(_HEADINGS, _WIDTHS, strict=True)):
        sheet.write_string(HEADER - 1, column, heading, style["head"])
        sheet.set_column(column, column, width)
    if filling.whose == "appraised":
        sheet.write_string(HEADER - 1, REASON - 1, REASON_HEADING, style["head"])
        sheet.set_column(REASON - 1, REASON - 1, _REASON_WIDTH)
    lines = list(form.lines())
    last = FIRST + len(lines) - 1
    for row, line in enumerate(lines, FIRST):
        if line.leaf is None:
            _heading(sheet, style, row, line, last)
        else:
            _leaf(sheet, style, row, line, filling)
    _total(sheet, style, last)
    sheet.set_column(FIELD - 1, FIELD - 1, 4, None, {"hidden": True})
    _set_up(sheet, last + 1, REASON if filling.whose == "appraised" else EVIDENCE)


def _heading(sheet: Any, style: dict[str, Any], row: int, line: Line, last: int) -> None:
    """A heading. A field's sums are formulas over its leaves; a criterion's heading has none."""
    look = "field" if line.is_field else "criterion"
    sheet.write_string(row - 1, CODE - 1, line.code, style[look])
    sheet.write_string(row - 1, NAME - 1, line.name, style[look])
    for column in (MAXIMUM, SELF, APPRAISED):
        if line.is_field:
            formula = f'=SUMIF($G${FIRST}:$G${last},"{line.code}",{_range(column, last)})'
            sheet.write_formula(row - 1, column - 1, formula, style["field_points"])
        else:
            sheet.write_blank(row - 1, column - 1, None, style["criterion"])
    sheet.write_blank(row - 1, EVIDENCE - 1, None, style[look])


def _leaf(sheet: Any, style: dict[str, Any], row: int, line: Line, filling: Filling) -> None:
    """A line to fill in, with what is kept of it."""
    leaf = line.leaf
    assert leaf is not None
    sheet.write_string(row - 1, CODE - 1, line.code, style["text"])
    sheet.write_string(row - 1, NAME - 1, line.name, style["text"])
    sheet.write_number(row - 1, MAXIMUM - 1, float(leaf.points), style["points"])
    kept = filling.points.get(line.code)
    for column, whose in _WHOSE.items():
        is_open = filling.is_open(column, line.field)
        look, points = style["give" if is_open else "points"], kept.points(whose) if kept else ""
        if points:
            sheet.write_number(row - 1, column - 1, float(points), look)
        else:
            sheet.write_blank(row - 1, column - 1, None, look)
        if is_open:
            sheet.data_validation(row - 1, column - 1, row - 1, column - 1, _between(leaf))
    words = {EVIDENCE: kept.evidence if kept else ""}
    if filling.whose == "appraised":
        words[REASON] = kept.reason if kept else ""
    for column, text in words.items():
        say = style["say" if filling.is_open(column, line.field) else "text"]
        if text:
            sheet.write_string(row - 1, column - 1, text, say)
        else:
            sheet.write_blank(row - 1, column - 1, None, say)
    sheet.write_string(row - 1, FIELD - 1, line.field)


_WHOSE: Mapping[int, Whose] = {SELF: "own", APPRAISED: "appraised"}


def _between(leaf: Leaf) -> dict[str, object]:
    most = plain(leaf.points).replace(".", ",")
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": float(leaf.points),
        "input_title": f"Tiêu chí {leaf.code}"[:32],
        "input_message": f"Nhập điểm từ 0 đến {most}.",
        "error_title": "Điểm ngoài khoảng cho phép",
        "error_message": f"Điểm của tiêu chí {leaf.code} phải từ 0 đến {most}.",
    }


def _total(sheet: Any, style: dict[str, Any], last: int) -> None:
    sheet.write_blank(last, CODE - 1, None, style["field"])
    sheet.write_string(last, NAME - 1, "Tổng cộng", style["field"])
    for column in (MAXIMUM, SELF, APPRAISED):
        formula = f'=SUMIF($G${FIRST}:$G${last},"?*",{_range(column, last)})'
        sheet.write_formula(last, column - 1, formula, style["field_points"])
    sheet.write_blank(last, EVIDENCE - 1, None, style["field"])


def _range(column: int, last: int) -> str:
    letter = "ABCDEFG"[column - 1]
    return f"{letter}${FIRST}:{letter}${last}"


def _set_up(sheet: Any, last: int, last_column: int) -> None:
    sheet.freeze_panes(HEADER, 2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.8, right=0.6, top=0.8, bottom=0.8)
    sheet.repeat_rows(HEADER - 1)
    sheet.print_area(0, 0, last - 1, last_column - 1)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&CTrang &P/&N")
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _adjustments_sheet(sheet: Any, style: dict[str, Any], filling: Filling) -> None:
    sheet.write_string(0, 0, "Điểm cộng, điểm trừ", style["title"])
    how_to = "Điểm cộng ghi số dương, điểm trừ ghi số âm; dòng nào cũng phải ghi căn cứ."
    sheet.write_string(1, 0, how_to, style["how_to"])
    for column, heading in ((POINTS, "Số điểm"), (BASIS, "Căn cứ (văn bản, ngày, nội dung)")):
        sheet.write_string(ADJUSTMENTS_FIRST - 2, column - 1, heading, style["head"])
    points, basis = ("give", "say") if filling.has_adjustments else ("points", "text")
    for line in range(ADJUSTMENTS_LINES):
        row = ADJUSTMENTS_FIRST - 1 + line
        if line < len(filling.adjustments):
            kept = filling.adjustments[line]
            sheet.write_number(row, POINTS - 1, float(kept.points), style[points])
            sheet.write_string(row, BASIS - 1, kept.basis, style[basis])
        else:
            sheet.write_blank(row, POINTS - 1, None, style[points])
            sheet.write_blank(row, BASIS - 1, None, style[basis])
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 110)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(ADJUSTMENTS_FIRST - 1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})
