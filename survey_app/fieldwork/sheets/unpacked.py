"""How much a packed file holds, before anything is made of it.

A few hundred kilobytes can unpack to gigabytes. What a packed file says of itself is added up, and
then held to by unpacking it once, piece by piece, which takes time in proportion and no memory.
"""

from __future__ import annotations

import zipfile
import zlib

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets.cells import Source

MOST_BYTES = 150_000_000
"""Unpacked: three times what Excel writes for the longest list that is taken."""

MOST_PARTS = 2_000
"""Files in a workbook. One with a hundred sheets and their drawings has 400."""

_PIECE = 256 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


def check(source: Source) -> None:
    """Let pass what is no packed file, or holds no more than a list does.

    Raises
    ------
    ProblemsFound
    """
    if not source.content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(source.stream) as packed:
            parts = packed.infolist()
            told = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or told > MOST_BYTES:
                raise ProblemsFound([_too_large(source)])
            if any(part.compress_type not in _METHODS for part in parts):
                raise ProblemsFound([_unreadable(source)])
            if sum(_size(packed, part) for part in parts) > MOST_BYTES:
                raise ProblemsFound([_too_large(source)])
    except _BROKEN as error:
        raise ProblemsFound([_unreadable(source)]) from error


def _size(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How much a part holds, as far as it counts."""
    size = 0
    with packed.open(part) as stream:
        while size <= MOST_BYTES and (piece := stream.read(_PIECE)):
            size += len(piece)
    return size


def _too_large(source: Source) -> Problem:
    return Problem("file-too-large", "this workbook is far too large", source.name)


def _unreadable(source: Source) -> Problem:
    message = "this cannot be read as an Excel workbook"
    help = "open it in Excel and save it anew as `Excel Workbook (.xlsx)`"
    return Problem("not-xlsx", message, source.name, help=help)
