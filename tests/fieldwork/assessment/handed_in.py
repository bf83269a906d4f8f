"""Files as people hand them in, sound and hostile, by what they are called."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from openpyxl import Workbook

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HTML = b"<!doctype html><script>alert(document.domain)</script>"


def png() -> bytes:
    """One white dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\x00\xff"))
        + chunk(b"IEND", b"")
    )


def jpg() -> bytes:
    """Begins and ends as a JPEG does."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64) + b"\xff\xd9"


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def xlsx(**more: bytes) -> bytes:
    """A workbook as Excel would write it; `more` are parts besides."""
    out = io.BytesIO()
    book = Workbook()
    book.active["A1"] = "Kế hoạch"
    book.save(out)
    with zipfile.ZipFile(out, "a") as again:
        for name, content in more.items():
            again.writestr(name, content)
    return out.getvalue()


def docx() -> bytes:
    """The parts of a Word document that tell it from others."""
    return packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})


def ole(stream: str, extra: bytes = b"") -> bytes:
    """Begins as a document of Office before 2007 does, with a stream in its directory."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00"
    return head + bytes(1000) + stream.encode("utf-16-le") + extra + bytes(500)


def odt() -> bytes:
    """An OpenDocument text: its first part says what it is, and is not packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("mimetype", b"application/vnd.oasis.opendocument.text")
        new.writestr("content.xml", b"<office/>")
    return out.getvalue()


def bomb(size: int = 80_000_000) -> bytes:
    """A zip that says what it holds, and holds far more than it weighs."""
    return packed({"tai-lieu.pdf": bytes(size)})


def lying_bomb(size: int = 80_000_000) -> bytes:
    """A zip that says that it holds ten bytes."""
    raw = bytearray(bomb(size))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = raw.index(mark) + at
        raw[place : place + 4] = struct.pack("<I", 10)
    return bytes(raw)


def linked() -> bytes:
    """A zip with a symbolic link in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        info = zipfile.ZipInfo("mat-khau.pdf")
        info.external_attr = 0o120777 << 16
        new.writestr(info, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    """A zip that says that its file is encrypted."""
    raw = bytearray(packed({"a.pdf": PDF}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    return bytes(raw)


SOUND: Mapping[str, bytes] = {
    "Kế hoạch số 12.pdf": PDF,
    "anh.png": png(),
    "anh.jpeg": jpg(),
    "ANH.JPG": jpg(),
    "so-lieu.xlsx": xlsx(),
    "bao-cao.docx": docx(),
    "cu.doc": ole("WordDocument"),
    "cu.xls": ole("Workbook"),
    "mo.odt": odt(),
    "tap.zip": packed({"2025/ke-hoach.pdf": PDF, "anh.png": png()}),
}

HOSTILE: Mapping[str, tuple[str, bytes]] = {
    "rong.pdf": ("evidence-empty", b""),
    "trang.pdf": ("evidence-not-that", HTML),
    "anh.png": ("evidence-not-that", HTML),
    "anh.jpg": ("evidence-not-that", PDF),
    "trang.html": ("evidence-kind", HTML),
    "anh.svg": ("evidence-kind", b"<svg onload='alert(1)'/>"),
    "chay.exe": ("evidence-kind", b"MZ" + bytes(100)),
    "khong-duoi": ("evidence-kind", PDF),
    "ke-hoach.pdf.js": ("evidence-kind", b"alert(1)"),
    "bao-cao.docx": ("evidence-not-that", xlsx()),
    "so-lieu.xlsx": ("evidence-not-that", packed({"a.pdf": PDF})),
    "so-lieu-2.xlsx": ("evidence-macros", xlsx(**{"xl/vbaProject.bin": b"x"})),
    "cu.doc": ("evidence-macros", ole("WordDocument", "_VBA_PROJECT".encode("utf-16-le"))),
    "cu.xls": ("evidence-not-that", ole("WordDocument")),
    "mo.odt": ("evidence-not-that", docx()),
    "hong.zip": ("evidence-not-that", b"PK\x03\x04 no zip"),
    "bom.zip": ("evidence-too-much", bomb()),
    "bom-noi-doi.zip": ("evidence-not-that", lying_bomb()),
    "nhieu.zip": ("evidence-too-much", packed({f"{n}.pdf": b"" for n in range(1001)})),
    "len-tren.zip": ("evidence-path", packed({"../../etc/cron.d/a.pdf": PDF})),
    "goc.zip": ("evidence-path", packed({"/etc/a.pdf": PDF})),
    "o-dia.zip": ("evidence-path", packed({"C:\\Windows\\a.pdf": PDF})),
    "lien-ket.zip": ("evidence-path", linked()),
    "khoa.zip": ("evidence-sealed", encrypted()),
    "chua-exe.zip": ("evidence-inside", packed({"chay.exe": b"MZ"})),
    "chua-html.zip": ("evidence-not-that", packed({"a.pdf": HTML})),
    "chua-zip.zip": ("evidence-inside", packed({"trong.zip": packed({"a.pdf": PDF})})),
}
