"""A Word file as a PDF, by LibreOffice where the machine has it: in a process of its own.

The process works in an empty folder with a profile that nobody used before, knows none of our
settings, runs no macro, has no network where the system can take it away, and is ended with all
that it started when its time is up.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

SECONDS = 90
"""So long may a conversion take."""

_METRIC = ("Times New Roman", "Liberation Serif", "Tinos", "Nimbus Roman", "TeX Gyre Termes")
"""Fonts as wide as Times New Roman: with others lines break elsewhere than for the reader."""

_HOUR = re.compile(rb"(/CreationDate\s*\(D:\d{8})\d{6}")
_DRAWN = re.compile(rb"(?<=[</])[0-9A-F]{32}(?=[>\s])")

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
_one_converts = threading.Lock()


class NotConverted(Exception):
    """LibreOffice made no PDF, or not in time."""


@cache
def program() -> str | None:
    """LibreOffice, if the machine has a font as wide as the decree's, with Vietnamese letters."""
    known = shutil.which("soffice") or shutil.which("libreoffice")
    return known if known and _has_font() else None


def pdf(docx: bytes, office: str) -> bytes:
    """The PDF of a Word file.

    Raises
    ------
    NotConverted
    """
    with _one_converts, tempfile.TemporaryDirectory(prefix="cchc-") as work:
        folder = Path(work)
        (folder / "report.docx").write_bytes(docx)
        profile = folder / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
        _run(
            [
                *_without_network(),
                office,
                "--headless",
                "--norestore",
                f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                "--convert-to",
                "pdf",
                "--outdir",
                work,
                str(folder / "report.docx"),
            ],
            folder,
        )
        pdf = folder / "report.pdf"
        if not pdf.is_file():
            raise NotConverted("LibreOffice wrote no file")
        return _without_moment(pdf.read_bytes())


def _without_moment(pdf: bytes) -> bytes:
    """The file without the hour of its making: the same report is the same file all day.

    LibreOffice writes the second, and two numbers that it draws from it. Of the first the day
    stays; in place of the others stand digits of the rest's SHA-256. No byte moves.
    """
    pdf = _HOUR.sub(rb"\g<1>000000", pdf)
    body, mark, trailer = pdf.rpartition(b"trailer")
    if not mark:
        return pdf
    digits = sha256(body + _DRAWN.sub(b"", trailer)).hexdigest()[:32].upper()
    return body + mark + _DRAWN.sub(digits.encode(), trailer)


def _run(command: Sequence[str], folder: Path) -> None:
    with subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired as late:
            raise NotConverted(f"LibreOffice took more than {SECONDS} seconds") from late
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # what it left running too


@cache
def _without_network() -> tuple[str, ...]:
    """How a program is started that can reach nobody; nothing where the system forbids it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    command = (unshare, "--map-root-user", "--net", "--")
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else ()


def _has_font() -> bool:
    matcher = shutil.which("fc-match")
    if matcher is None:  # Windows and macOS have the font itself
        return True
    asked = [matcher, "-f", "%{family}\n%{lang}", "Times New Roman"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    family, _, languages = told.partition("\n")
    # The first Liberation Serif has no ơ and no ỉ: those would come from some other font.
    return any(name in family for name in _METRIC) and "vi" in languages.split("|")
