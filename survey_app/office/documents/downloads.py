"""Files to download: the right name, the right type, and the same bytes for the same scorecard."""

from __future__ import annotations

import re

from flask import Response

from survey_app.fieldwork import csv_out
from survey_app.i18n import Words
from survey_app.office.results.read import Results

MIME = {
    "csv": "text/csv; charset=utf-8",
    csv_out.FOR_SPREADSHEETS: "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def file_of(results: Results, words: Words, language: str, kind: str) -> Response:
    """The scorecard as a file to keep."""
    body = contents(results, words, language, kind)
    name = name_of(results, kind)
    return Response(
        body,
        content_type=MIME[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def name_of(results: Results, kind: str) -> str:
    """What the file is called."""
    state = "" if results.card.published_at else "-du-thao"
    end = "-excel.csv" if kind == csv_out.FOR_SPREADSHEETS else f".{kind}"
    name = f"ket-qua-{results.wave.name}-{results.card.fingerprint[:8]}{state}"
    return _plain(f"{name}{end}")


def contents(results: Results, words: Words, language: str, kind: str) -> bytes:
    """The bytes of the file, by its kind in `MIME`. Needs no request."""
    if kind in csv_out.KINDS:
        from survey_app.office.documents.table_csv import table_csv

        return table_csv(results, kind=kind)
    if kind == "xlsx":
        from survey_app.office.documents.workbook import (
            workbook,  # heavy: only who asks for it pays
        )

        return workbook(results, words, language)
    from survey_app.office.documents.report import report

    return report(results, words)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)
