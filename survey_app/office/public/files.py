"""What a publication has to take away: one list, which its pages and its addresses follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Response, send_file

from survey_app.conduct.scoring import open_data
from survey_app.fieldwork.csv_out import FOR_SPREADSHEETS
from survey_app.office.documents import gathering
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.page import WORDS, language
from survey_app.office.public.published import Published
from survey_app.store import publications, report_texts, waves
from survey_app.web import house


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
    results = published.results()
    return file_of(results, WORDS, language(), kind, gathering.beside(house(), results))


def _beside(published: Published) -> object:
    """What a report tells beside its edition: what was written into it, and earlier years."""
    with house().database.reading() as connection:
        earlier = [
            (wave.name, publications.editions(connection, wave.id))
            for wave in waves.list_(connection)
            if wave.year < published.wave.year
        ]
        return earlier, dict(report_texts.read(connection, published.edition.scorecard_id))


def _of_kind(file: str, kind: str) -> Download:
    make = partial(_document, kind)
    return Download(
        file=file,
        words=f"download_{kind}",
        media_type=MIME[kind],
        make=make,
        also_follows_from=_beside,
    )


def _has_open_data(published: Published) -> bool:
    """Whether somebody decided so, and the file is the one that was decided on."""
    edition = published.edition
    file = open_data.public_file(house(), edition.scorecard_id)
    return edition.archive is not None and _size(file) == edition.archive.size


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def _open_data(published: Published) -> Response:
    """The archive as it was made: sent from the disk, a piece at a time."""
    edition = published.edition
    file = open_data.public_file(house(), edition.scorecard_id).resolve()
    name = f"du-lieu-mo-{published.wave.name}-{edition.fingerprint[:8]}.zip"
    return send_file(file, OPEN_DATA.media_type, as_attachment=True, download_name=name, etag=False)


OPEN_DATA = Download(
    file="du-lieu-mo.zip",
    words="download_open_data",
    media_type="application/zip",
    make=_open_data,
    is_offered=_has_open_data,
)

DOWNLOADS: tuple[Download, ...] = (
    _of_kind("ket-qua.csv", "csv"),
    _of_kind("ket-qua-excel.csv", FOR_SPREADSHEETS),
    _of_kind("ket-qua.xlsx", "xlsx"),
    _of_kind("bao-cao.docx", "docx"),
    _of_kind("bao-cao.pdf", "pdf"),
    _of_kind("tom-tat.docx", "tom-tat.docx"),
    _of_kind("tom-tat.pdf", "tom-tat.pdf"),
    OPEN_DATA,
)
"""Every file that anybody may take. A line here is a link on the page, an address, a line of the
description for machines, and a file that the attack of tests/office/test_attack.py must read."""


def find(published: Published, file: str) -> Download | None:
    """The file of this name, where it is offered."""
    return next((each for each in offered(published) if each.file == file), None)


def offered(published: Published) -> tuple[Download, ...]:
    """What there is to take of a publication."""
    return tuple(download for download in DOWNLOADS if download.is_offered(published))
