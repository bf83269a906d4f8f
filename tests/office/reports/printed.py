"""A report printed, and what stands on it."""

from __future__ import annotations

import io

import pypdfium2
from docx import Document

from survey_app.office.documents import gathering
from survey_app.office.documents.paper import word
from survey_app.office.documents.paper.blocks import Paper
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.page import WORDS
from survey_app.web import House


def told(house: House, shown, language: str = "vi") -> Telling:
    beside = gathering.beside(house, shown)
    return Telling(results=shown, words=WORDS, language=language, beside=beside)


def pages(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def cells(paper: Paper) -> set[str]:
    document = Document(io.BytesIO(word.docx(paper)))
    return {cell.text for table in document.tables for row in table.rows for cell in row.cells}
