"""Files handed in as evidence: what they are by their content, and whether they may be kept.

A name says nothing of what is in a file. Each kind is known by how its bytes begin and by the
parts that it must have; what a name claims and the bytes are not is refused. Documents with macros
are refused, and so is whatever a browser would run. A packed file may hold what may be handed in
by itself, and no packed file in it.
"""

from __future__ import annotations

import posixpath
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets.cells import Source

MIME: Mapping[str, str] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
}
"""Every kind of file that is taken, by the ending of its name, and what it is served as."""

MOST_PARTS = 1_000
"""Files inside a packed one."""

MOST_TIMES = 100
"""A packed file may hold so many times its own bytes; text packs to a tenth, a bomb to a
thousandth."""

_LONGEST_NAME = 150
_PIECE = 256 * 1024
_END = 2048
"""Bytes at the end of a PDF in which it says that it ends."""
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_ENCRYPTED = 0x1
_LINK = 0o120000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN: Mapping[str, str] = {
    "docx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
    "pptx": "ppt/presentation.xml",
}
_STREAMS: Mapping[str, tuple[str, ...]] = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}


@dataclass(frozen=True)
class Looked:
    """A file that may be kept: the name it is shown by, and the kind that it is."""

    name: str
    kind: str


def look(source: Source, most_bytes: int) -> Looked:
    """Look through a file, of which a packed one may hold at most `most_bytes` unpacked.

    Raises
    ------
    ProblemsFound
        When it is of no kind that is taken, or not of the kind that its name says.
    """
    name = plain_name(source.name)
    kind = _ending(name)
    if not source.content:
        raise _fault("evidence-empty", "there is nothing in this file", name)
    if kind not in MIME:
        raise _fault("evidence-kind", "files of this kind are not taken as evidence", name)
    _looked(name, kind, source.content, most_bytes)
    return Looked(name, "jpg" if kind == "jpeg" else kind)


def look_apart(_: tuple[()], source: Source, most_bytes: int) -> Looked:
    """`look`, as quarantine calls its readers: it takes no list that is to be unpacked first."""
    return look(source, most_bytes)


def plain_name(name: str) -> str:
    """A name to show and to download by: no path, nothing that cannot be seen, not too long."""
    last = posixpath.basename(unicodedata.normalize("NFC", name).replace("\\", "/"))
    visible = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*')
    stem, dot, ending = visible.strip(" .").rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{ending[:10]}" or "tep"


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return "jpg" if ending == "jpeg" else ending


def _looked(name: str, kind: str, content: bytes, most_bytes: int) -> None:
    looks: Callable[[bytes], bool] | None = _PLAIN.get(kind)
    if looks is not None:
        if not looks(content):
            raise _not_that(name, kind)
    elif kind in _STREAMS:
        _ole(name, kind, content)
    else:
        _packed(name, kind, content, most_bytes)


def _pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-_END:]


def _png(content: bytes) -> bool:
    begins = content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR"
    return begins and b"IEND" in content[-16:]


def _jpg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-_END:]


_PLAIN: Mapping[str, Callable[[bytes], bool]] = {"pdf": _pdf, "png": _png, "jpg": _jpg}


def _ole(name: str, kind: str, content: bytes) -> None:
    """A document of Office before 2007: a small file system with streams that have names."""
    is_sound = content.startswith(_OLE) and content[28:30] == b"\xfe\xff"
    if not is_sound or not any(_utf16(stream) in content for stream in _STREAMS[kind]):
        raise _not_that(name, kind)
    if _utf16("_VBA_PROJECT") in content:
        raise _has_macros(name)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _packed(name: str, kind: str, content: bytes, most_bytes: int) -> None:
    """A zip, or a document that is one."""
    try:
        with zipfile.ZipFile(Source(name, content).stream) as packed:
            parts = packed.infolist()
            _look_at_parts(name, parts, len(content), most_bytes)
            _look_at_kind(name, kind, packed, parts)
            _unpack_once(name, packed, parts, most_bytes, inside=kind == "zip")
    except _BROKEN as error:
        raise _not_that(name, kind) from error


def _look_at_parts(name: str, parts: list[zipfile.ZipInfo], size: int, most_bytes: int) -> None:
    """What a packed file says of itself, before anything is unpacked."""
    told = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or told > most_bytes or told > MOST_TIMES * max(size, _PIECE):
        raise _too_much(name)
    for part in parts:
        if part.flag_bits & _ENCRYPTED or part.compress_type not in _METHODS:
            message = "a packed file is encrypted, or packed in a way that cannot be looked through"
            raise _fault("evidence-sealed", message, name)
        if _leads_out(part):
            message = f"`{part.filename[:80]!r}` leads out of the folder it is unpacked into"
            raise _fault("evidence-path", message, name)


def _leads_out(part: zipfile.ZipInfo) -> bool:
    """Whether the name of a part is none for a file in a folder: a path up, a drive, a link."""
    path = part.orig_filename.replace("\\", "/")
    steps = path.split("/")
    is_link = (part.external_attr >> 16) & 0o170000 == _LINK
    return is_link or path.startswith("/") or ".." in steps or ":" in path or not path.isprintable()


def _look_at_kind(
    name: str, kind: str, packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]
) -> None:
    """Whether it has the parts that its kind must have, and no macros."""
    names = {part.filename for part in parts}
    is_office = "[Content_Types].xml" in names
    is_open = names and parts[0].filename == "mimetype" and parts[0].file_size < _END
    if kind in _MAIN and not (is_office and _MAIN[kind] in names):
        raise _not_that(name, kind)
    if kind in {"odt", "ods", "odp"} and not (
        is_open and packed.read("mimetype").decode("ascii", "replace").strip() == MIME[kind]
    ):
        raise _not_that(name, kind)
    macros = ("vbaproject.bin", "vbadata.xml")
    if kind != "zip" and any(
        each.lower().endswith(macros) or each.startswith("Basic/") for each in names
    ):
        raise _has_macros(name)


def _unpack_once(
    name: str, packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo], most: int, *, inside: bool
) -> None:
    """Unpack it piece by piece, held to its limit; look through each file of a zip as if alone."""
    left = most
    for part in parts:
        if part.is_dir():
            continue
        kept = bytearray()
        with packed.open(part) as stream:
            while piece := stream.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise _too_much(name)
                if inside:
                    kept += piece
        if inside:
            _look_inside(name, plain_name(part.filename), bytes(kept), left)


def _look_inside(name: str, part: str, content: bytes, left: int) -> None:
    kind = _ending(part)
    if kind not in MIME or kind == "zip":
        message = f"`{part}` is of a kind that is not taken in a packed file"
        raise _fault("evidence-inside", message, name, part)
    _looked(f"{name} / {part}", kind, content, left)


def _fault(slug: str, message: str, name: str, typed: str = "") -> ProblemsFound:
    values = {"typed": typed} if typed else {}
    return ProblemsFound([Problem(slug, message, name, values=values)])


def _not_that(name: str, kind: str) -> ProblemsFound:
    message = f"what is in this file is not a sound {kind.upper()}"
    return _fault("evidence-not-that", message, name, kind)


def _has_macros(name: str) -> ProblemsFound:
    return _fault("evidence-macros", "this document has macros", name)


def _too_much(name: str) -> ProblemsFound:
    message = "this packed file holds more, or more files, than may be handed in"
    return _fault("evidence-too-much", message, name)
