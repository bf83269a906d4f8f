"""Files to download: the right name, the right type, and the same bytes for the same scorecard."""

from __future__ import annotations

import re

from flask import Response

from survey_app.fieldwork import csv_out
from survey_app.i18n import Words
from survey_app.office.documents.paper import conversion, typeset, word
from survey_app.office.documents.paper.blocks import Paper
from survey_app.office.documents.reports import leaders, province, unit
from survey_app.office.documents.reports.beside import Beside
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.results.read import Results, UnitLine

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

MIME = {
    "csv": "text/csv; charset=utf-8",
    csv_out.FOR_SPREADSHEETS: "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": _WORD,
    "pdf": "application/pdf",
    "tom-tat.docx": _WORD,
    "tom-tat.pdf": "application/pdf",
}
"""Kind of file -> its type. `tom-tat`: the page for leaders."""

_PAPERS = {"docx": "bao-cao", "pdf": "bao-cao", "tom-tat.docx": "tom-tat", "tom-tat.pdf": "tom-tat"}


def file_of(results: Results, words: Words, language: str, kind: str, beside: Beside) -> Response:
    """The scorecard as a file to keep."""
    body = contents(results, words, language, kind, beside)
    name = name_of(results, kind)
    return Response(
        body,
        content_type=MIME[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def name_of(results: Results, kind: str) -> str:
    """What the file is called."""
    state = "" if results.card.published_at else "-du-thao"
    end = "-excel.csv" if kind == csv_out.FOR_SPREADSHEETS else f".{kind.rpartition('.')[2]}"
    what = _PAPERS.get(kind, "ket-qua")
    return plain(f"{what}-{results.wave.name}-{results.card.fingerprint[:8]}{state}{end}")


def contents(results: Results, words: Words, language: str, kind: str, beside: Beside) -> bytes:
    """The bytes of the file, by its kind in `MIME`. Needs no request."""
    if kind in csv_out.KINDS:
        from survey_app.office.documents.table_csv import table_csv

        return table_csv(results, kind=kind)
    if kind == "xlsx":
        from survey_app.office.documents.workbook import (
            workbook,  # heavy: only who asks for it pays
        )

        return workbook(results, words, language)
    it = Telling(results=results, words=words, language=language, beside=beside)
    paper = leaders.paper(it) if kind.startswith("tom-tat") else province.paper(it)
    return _written(paper, kind, is_public=results.is_public)


def unit_report(it: Telling, line: UnitLine, means: unit.Means, kind: str) -> bytes:
    """The report of a unit, as docx or pdf."""
    return _written(unit.paper(it, line, means), kind, is_public=True)


def _written(paper: Paper, kind: str, *, is_public: bool) -> bytes:
    """The PDF is that of LibreOffice where the machine has it; typst's where many may ask."""
    if not kind.endswith("pdf"):
        return word.docx(paper)
    office = None if is_public else conversion.program()
    if office is not None:
        try:
            return conversion.pdf(word.docx(paper), office)
        except conversion.NotConverted:
            pass  # the other way is always there
    return typeset.pdf(paper)


def plain(name: str) -> str:
    """A name that every system takes for a file's."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)
