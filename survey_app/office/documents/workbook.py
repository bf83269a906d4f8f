"""The scorecard as an Excel workbook: numbers are numbers; the same scorecard, the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from survey_app.fieldwork.xlsx_out import MADE
from survey_app.i18n import Words
from survey_app.office.results import method
from survey_app.office.results.read import GroupLine, Results
from survey_app.office.results.remarks import grade_labels, remarks
from survey_app.questionnaire.model import Text

Cell = str | float | int | None
Row = Sequence[Cell]

_WIDEST = 60


def workbook(results: Results, words: Words, language: str) -> bytes:
    """Five sheets: summary, by field, by criterion, response rates, method."""
    w = words(language)
    out = BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, plain)
    book.set_properties(
        {"created": MADE, "title": w["results_title"].format(year=results.wave.year)}
    )
    sheets = _Sheets(book, w["draft_mark"] if results.is_draft else "")
    sheets.add(w["sheet_summary"], _summary(results, words, language))
    sheets.add(w["sheet_fields"], _fields(results, words, language))
    sheets.add(w["sheet_criteria"], _criteria(results, words, language))
    sheets.add(w["sheet_rates"], _rates(results, words, language))
    sheets.add(w["sheet_method"], [("", ""), *method.lines(results, words, language)])
    book.close()
    return out.getvalue()


class _Sheets:
    """Sheets of one look: a bold head that stays in view, numbers with two decimals."""

    def __init__(self, book: Any, mark: str) -> None:
        self._book, self._mark = book, mark
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#E8ECF0"}
        )
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._points = book.add_format({"num_format": "0.00", "valign": "top"})
        self._count = book.add_format({"num_format": "#,##0", "valign": "top"})

    def add(self, name: str, rows: Iterable[Row]) -> None:
        """A sheet whose first row is its head."""
        sheet = self._book.add_worksheet(name)
        widths: dict[int, int] = {}
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                self._write(sheet, at, column, cell)
                widths[column] = min(
                    _WIDEST, max(widths.get(column, 8), len(str(cell or "")) // (1 + (at == 0)))
                )
        for column, width in widths.items():
            sheet.set_column(column, column, width + 2)
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer(f"&L{self._mark}&R&P/&N")

    def _write(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, str):
            sheet.write_string(row, column, cell, self._text if row else self._head)
        else:
            sheet.write_number(
                row, column, cell, self._count if isinstance(cell, int) else self._points
            )


def _summary(results: Results, words: Words, language: str) -> Iterable[Row]:
    w, labels = words(language), grade_labels(results, language)
    index = "index_percent" if results.is_merged else "survey_percent"
    yield [
        w[key]
        for key in (
            "code", "unit", "rank", "self_points", "appraised", "survey", "bonus", "penalty",
            "total", "maximum", index, "interval_low", "interval_high", "rank_low", "rank_high",
            "band", "grade", "notes",
        )
    ]  # fmt: skip
    for unit in results.units:
        yield [
            unit.unit, unit.name[language], unit.rank, unit.self_points, unit.appraised,
            unit.survey, unit.bonus, unit.penalty, unit.total, unit.maximum, unit.index, unit.lo,
            unit.hi, unit.rank_lo, unit.rank_hi, unit.band, labels.get(unit.grade, unit.grade),
            " ".join(remarks(unit, results, words, language)),
        ]  # fmt: skip


def _fields(results: Results, words: Words, language: str) -> Iterable[Row]:
    w = words(language)
    yield [
        w[key]
        for key in (
            "code", "unit", "code", "field", "self_points", "appraised", "self_maximum", "survey",
            "survey_maximum", "provenance",
        )
    ]  # fmt: skip
    for unit in results.units:
        for each in unit.fields:
            yield [
                unit.unit, unit.name[language], each.code, _said(each.name, language),
                each.self_points, each.appraised, each.self_maximum, each.survey,
                each.survey_maximum, w[each.provenance],
            ]  # fmt: skip


def _criteria(results: Results, words: Words, language: str) -> Iterable[Row]:
    w = words(language)
    yield [
        w[key]
        for key in (
            "code", "unit", "code", "criterion", "points", "maximum", "interval_low",
            "interval_high", "group", "answers", "ratio", "no_opinion", "blank", "remark",
            "provenance",
        )
    ]  # fmt: skip
    for unit in results.units:
        for line in (line for each in unit.fields for line in each.criteria):
            start = [
                unit.unit, unit.name[language], line.code, _said(line.name, language),
                line.points, line.maximum, line.lo, line.hi,
            ]  # fmt: skip
            for group in line.groups:
                yield [
                    *start, _said(results.groups.get(group.group, {}), language),
                    *_answers(group, w), w[line.provenance],
                ]  # fmt: skip


def _answers(group: GroupLine, w: Mapping[str, str]) -> Row:
    """What a group said: a number of few people is not even a zero."""
    if group.withheld:
        return (None, None, None, None, w["withheld"])
    no_opinion = group.no_opinion_share
    return (group.n, group.mean, no_opinion, group.blank, status(group.status, w))


def _rates(results: Results, words: Words, language: str) -> Iterable[Row]:
    w = words(language)
    keys = ("code", "unit", "group", "population", "invited", "responded", "response_rate")
    yield [w[key] for key in keys]
    for unit in results.units:
        for rate in unit.rates:
            group = _said(results.groups.get(rate.group, {}), language)
            counts = (rate.population, rate.invited, rate.responded, rate.rate)
            yield [unit.unit, unit.name[language], group, *counts]


def status(found: str, w: Mapping[str, str]) -> str:
    """What is to be said of a group's answers; nothing where all is well."""
    return "" if found == "ok" else w.get(f"status_{found}", found)


def _said(text: Text, language: str) -> str:
    return text.get(language) or next(iter(text.values()), "")
