"""A backup that somebody made up is refused in plain words, at once, and writes nothing."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.waves import Refused
from survey_app.upkeep import archive, restoring
from survey_app.upkeep.about import About
from survey_app.upkeep.restoring import Source
from tests.support.backups import Safe

ABOUT = About(made_at="", program="", schema=migrate.HEAD, kind="sqlite", pair="")
Member = tuple[tarfile.TarInfo, bytes]


def member(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, to: str = ""
) -> Member:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(content), to
    return info, content


def with_gaps(name: str) -> Member:
    """A file that says that it has a petabyte, all of it gaps."""
    info, content = member(name)
    info.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0",
        "GNU.sparse.size": str(2**50),
    }  # fmt: skip
    return info, content


def outer(*members: Member) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def below_zero(content: bytes) -> bytes:
    """The content's size in its head made a number below zero."""
    made = bytearray(content)
    at = content.rindex(b"content.age")
    made[at + 124 : at + 136] = b"\xff" * 12
    made[at + 148 : at + 156] = b" " * 8
    made[at + 148 : at + 156] = b"%06o\0 " % sum(made[at : at + 512])
    return bytes(made)


SAID = member("about.json", ABOUT.dump())
SOUND = member("content.age", b"x")
LINK = {"kind": tarfile.SYMTYPE, "to": "content.age"}
OUTSIDE = {
    "a link to itself": outer(SAID, member("content.age", **LINK)),
    "a link to a file of the system": outer(
        SAID, member("content.age", kind=tarfile.SYMTYPE, to="/etc/passwd")
    ),
    "a hard link to itself": outer(
        SAID, member("content.age", kind=tarfile.LNKTYPE, to="content.age")
    ),
    "words that are a link": outer(member("about.json", kind=tarfile.SYMTYPE, to="about.json")),
    "a folder": outer(SAID, member("content.age", kind=tarfile.DIRTYPE)),
    "a pipe": outer(SAID, member("content.age", kind=tarfile.FIFOTYPE)),
    "gaps without end": outer(SAID, with_gaps("content.age")),
    "a size below zero": below_zero(outer(SAID, SOUND)),
    "words without end": outer(member("about.json", b"[" * 900_000), SOUND),
    "a number without end": outer(member("about.json", b'{"format":' + b"9" * 9_000 + b"}"), SOUND),
    "words of other kinds": outer(
        member("about.json", json.dumps({**asdict(ABOUT), "waves": [1], "sha256": {}}).encode()),
        SOUND,
    ),
    "an archive of another kind": b"PK\x03\x04" + bytes(2000),
    "cut in its head": outer(SAID, SOUND)[:700],
}


@pytest.mark.parametrize("content", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_what_is_no_backup_outside_is_refused_at_once(tmp_path, content):
    (tmp_path / "evil.backup").write_bytes(content)
    refused(tmp_path, Safe(tmp_path), "evil.backup")


INSIDE: dict[str, Callable[[tarfile.TarFile], None]] = {
    "gaps without end": lambda tar: tar.addfile(with_gaps("database")[0]),
    "a link": lambda tar: tar.addfile(member("files/evidence/x", **LINK)[0]),
    "a device": lambda tar: tar.addfile(member("database", kind=tarfile.CHRTYPE)[0]),
    "a name that is too long": lambda tar: archive.add(tar, f"files/evidence/{'x' * 5000}", b"x"),
    "a name with a NUL": lambda tar: archive.add(tar, "files/evidence/a\0b", b"x"),
    "a name that turns round": lambda tar: archive.add(tar, "files/evidence/\u202etxt.exe", b"x"),
    "a name that is no text": lambda tar: archive.add(tar, "files/evidence/\udcff", b"x"),
    "a manifest without end": lambda tar: archive.add(tar, "manifest.json", b"[" * 900_000),
    "two of one name": lambda tar: [archive.add(tar, "database", b"x") for _ in range(2)],
}


@pytest.mark.parametrize("fill", INSIDE.values(), ids=INSIDE.keys())
def test_what_no_backup_holds_is_refused_at_once_whoever_encrypted_it(tmp_path, fill):
    """Whoever knows the public key can encrypt to it: what is inside is no better known."""
    safe = Safe(tmp_path)
    archive.write(tmp_path / "evil.backup", safe.lock, ABOUT, fill)
    refused(tmp_path, safe, "evil.backup")


def test_a_file_of_keys_that_holds_no_keys_is_refused(tmp_path):
    safe = Safe(tmp_path)
    about = About(**{**asdict(ABOUT), "holds": "keys", "waves": ()})

    def fill(tar: tarfile.TarFile) -> None:
        archive.add(tar, "audit.secret", "ế".encode())

    archive.write(tmp_path / "evil.key", safe.lock, about, fill)
    archive.write(tmp_path / "evil.backup", safe.lock, ABOUT, lambda _: None)
    refused(tmp_path, safe, "evil.backup", "evil.key")


def refused(folder: Path, safe: Safe, name: str, key_name: str = "") -> None:
    settings = Settings(folder / "site", f"sqlite:///{folder}/s", "k" * 40)
    before, began = {file for file in folder.rglob("*") if file.is_file()}, time.monotonic()
    key_file = folder / key_name if key_name else None
    source = Source(file=folder / name, key=safe.key, key_file=key_file)
    with pytest.raises(Refused) as told:
        restoring.restore(settings, "test", source)
    assert str(told.value).isprintable()
    assert time.monotonic() - began < 10
    assert {file for file in folder.rglob("*") if file.is_file()} - {folder / "s"} == before
