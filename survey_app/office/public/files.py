"""What a publication has to take away: one list, which its pages and its addresses follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Response

from survey_app.fieldwork.csv_out import FOR_SPREADSHEETS
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.page import WORDS, language
from survey_app.office.public.published import Published


def _always(_: Published) -> bool:
    return True


def _nothing(_: Published) -> object:
    return None


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file of a publication.

    `file` is the last part of its address, which stays; `words` the key of what it is called.
    `is_offered` is asked at every look, so it may read a few rows but no numbers. So may
    `also_follows_from`, which gives what the file says beside the edition (texts, another year):
    when that changes, nobody is told that the file they have still holds.
    """

    file: str
    words: str
    media_type: str
    make: Callable[[Published], Response]
    is_offered: Callable[[Published], bool] = _always
    also_follows_from: Callable[[Published], object] = _nothing


def _document(kind: str, published: Published) -> Response:
    return file_of(published.results(), WORDS, language(), kind)


def _of_kind(file: str, kind: str) -> Download:
    make = partial(_document, kind)
    return Download(file=file, words=f"download_{kind}", media_type=MIME[kind], make=make)


DOWNLOADS: tuple[Download, ...] = (
    _of_kind("ket-qua.csv", "csv"),
    _of_kind("ket-qua-excel.csv", FOR_SPREADSHEETS),
    _of_kind("ket-qua.xlsx", "xlsx"),
    _of_kind("bao-cao.docx", "docx"),
)
"""Every file that anybody may take. A line here is a link on the page, an address, a line of the
description for machines, and a file that the attack of tests/office/test_attack.py must read."""


def find(published: Published, file: str) -> Download | None:
    """The file of this name, where it is offered."""
    return next((each for each in offered(published) if each.file == file), None)


def offered(published: Published) -> tuple[Download, ...]:
    """What there is to take of a publication."""
    return tuple(download for download in DOWNLOADS if download.is_offered(published))
