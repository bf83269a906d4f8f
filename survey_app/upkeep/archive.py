"""The file of a backup: a tar of its encrypted content and of what is said of it in the clear.

    passphrase.age   only with a passphrase: the private half of the content's key
    content.age      a tar of every part, encrypted on its way
    about.json       when it was made, of what, and the hash of content.age

So `tar -xf FILE content.age && age --decrypt -i KEY content.age | tar -x` opens one without us.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import pyrage

from survey_app import file_modes
from survey_app.store.waves import Refused
from survey_app.upkeep import age
from survey_app.upkeep.about import About
from survey_app.upkeep.age import Key, Lock

_WRAPPED, _CONTENT, _ABOUT = "passphrase.age", "content.age", "about.json"
PADDING = "padding"
_BLOCK, _STEP = 512, 2**20
_MOST_SAID = 100
_LARGEST_WORDS = 1_000_000
"""Bytes of what is said in the clear."""

Fill = Callable[[tarfile.TarFile], None]


class Damaged(Refused):
    """A backup that cannot be read as it was written, or is none."""


@dataclass(frozen=True)
class Written:
    """A file that lies ready under a name of its own; `key` reads it back, and is kept nowhere."""

    file: Path
    key: Key
    about: About


def write(file: Path, lock: Lock, about: About, fill: Fill) -> Written:
    """Write a backup under a name of its own, durably; what goes wrong leaves no file."""
    one_off = age.own_key()
    file_modes.make_file(file)
    try:
        with file.open("r+b") as out:
            if wrapped := lock.wrapped(one_off):
                _member(out, _WRAPPED, wrapped)
            sha256 = _content(out, [*lock.public_keys(), one_off.to_public()], fill)
            whole = replace(about, sha256=sha256)
            _member(out, _ABOUT, whole.dump())
            out.write(bytes(2 * _BLOCK))
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return Written(file, Key(identities=(str(one_off),)), whole)


def _member(out: IO[bytes], name: str, content: bytes) -> None:
    out.write(_head(name, len(content)) + content + _rest(len(content)))


def _content(out: IO[bytes], recipients: list[Any], fill: Fill) -> str:
    """Encrypt what `fill` puts into a tar, as it comes; gives the hash of what was written."""
    place = out.tell()
    out.write(bytes(_BLOCK))  # its size is known at the end
    sink = _Sink(out)
    taking, giving = os.pipe()

    def encrypt() -> None:
        with os.fdopen(taking, "rb") as source:
            pyrage.encrypt_io(source, sink, recipients)

    with (
        _beside(encrypt, sink),
        os.fdopen(giving, "wb") as pipe,
        tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        fill(tar)
        _pad(tar)
    out.write(_rest(sink.size))
    end = out.tell()
    out.seek(place)
    out.write(_head(_CONTENT, sink.size))
    out.seek(end)
    return str(sink.digest.hexdigest())


def about_of(file: Path) -> About:
    """What a backup says of itself in the clear.

    Raises
    ------
    Damaged
    """
    with _outer(file) as tar:
        try:
            return About.load(_words(tar, _ABOUT))
        except ValueError as error:
            raise Damaged("no-backup", f"{file} is no backup: {error}") from error


def look_at(file: Path) -> About:
    """See, without a key, that the encrypted content is what was written.

    Raises
    ------
    Damaged
    """
    about = about_of(file)
    with _outer(file) as tar:
        if _sha256(_plain_file(tar, _CONTENT)) != about.sha256:
            raise Damaged("damaged", f"{file} is damaged: it is not what was written")
    return about


@contextmanager
def opened(file: Path, key: Key) -> Iterator[tarfile.TarFile]:
    """The parts of a backup, one after the other.

    What was read may be believed only when the block has ended: the end is authenticated last.

    Raises
    ------
    Damaged
    Refused
        Where the key is another's.
    """
    with _outer(file) as tar:
        wrapped = _words(tar, _WRAPPED) if _WRAPPED in tar.getnames() else b""
        private = key.private_keys(wrapped)
        content = _plain_file(tar, _CONTENT)
        taking, giving = os.pipe()
        pipe = _Sink(os.fdopen(giving, "wb"))

        def decrypt() -> None:
            with pipe.out:
                _decrypt(file, content, pipe, private)

        with _beside(decrypt, pipe), os.fdopen(taking, "rb") as source:
            yield from _parts(file, source)


def _pad(tar: tarfile.TarFile) -> None:
    """Make the content so many whole megabytes: its size would tell of each form that came in."""
    info = tarfile.TarInfo(PADDING)
    info.size = -(tar.offset + _BLOCK) % _STEP
    tar.addfile(info, io.BytesIO(bytes(info.size)))


def parts_of(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """Each part of an opened backup, and its content, in their order.

    Raises
    ------
    Damaged
        At anything but a file.
    """
    for member in tar:
        content = tar.extractfile(member) if _is_plain(member) else None
        if content is None:
            raise Damaged("damaged", f"a backup holds files, and not what {said(member.name)} is")
        if member.name != PADDING:
            yield member, content


def _parts(file: Path, source: IO[bytes]) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=source, mode="r|") as parts:
            yield parts
        while source.read(1 << 16):  # to the end, which is authenticated
            pass
    except tarfile.TarError as error:
        raise Damaged("damaged", f"{file} is damaged: {error}") from error


def _decrypt(file: Path, content: Any, sink: _Sink, private: list[Any]) -> None:
    try:
        pyrage.decrypt_io(content, sink, private)
    except (pyrage.DecryptError, OSError) as error:
        if sink.fault is None:
            message = f"{file} cannot be decrypted: it is damaged, or the key is another's"
            raise Damaged("wrong-key", message) from error


@dataclass
class _Sink:
    """Takes what is encrypted or decrypted; remembers its hash, and what stood in the way."""

    out: IO[bytes]
    size: int = 0
    fault: OSError | None = None
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> int:
        """As files do."""
        try:
            self.out.write(content)
        except OSError as error:
            self.fault = error
            raise
        self.digest.update(content)
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        """As files do."""
        with suppress(BrokenPipeError):
            self.out.flush()


@contextmanager
def _beside(work: Callable[[], None], sink: _Sink) -> Iterator[None]:
    """Work in a thread while the block lasts; what stopped it is what is told."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            faults.append(error)

    thread = threading.Thread(target=run, name="age")
    thread.start()
    try:
        yield
    except (BrokenPipeError, Damaged) as error:
        thread.join()
        if sink.fault and not isinstance(sink.fault, BrokenPipeError):
            raise sink.fault from error
        if faults and not isinstance(faults[0], BrokenPipeError):
            raise faults[0] from error
        raise
    finally:
        thread.join()
    if sink.fault:
        raise sink.fault
    if faults:
        raise faults[0]


@contextmanager
def _outer(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, KeyError) as error:
        raise Damaged("no-backup", f"{file} is no backup, or is cut short") from error


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := content.read(2**20):
        digest.update(piece)
    return digest.hexdigest()


def _words(tar: tarfile.TarFile, name: str) -> bytes:
    if tar.getmember(name).size > _LARGEST_WORDS:
        raise tarfile.ReadError(name)
    return _plain_file(tar, name).read()


def _plain_file(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    """A file of a tar as it lies there.

    Raises
    ------
    tarfile.ReadError
        At anything else: a link, which may lead to itself; a folder; one that says that it has
        gaps, which may be read for ever.
    """
    member = tar.getmember(name)
    content = tar.extractfile(member) if _is_plain(member) else None
    if content is None:
        raise tarfile.ReadError(name)
    return content


def said(name: str) -> str:
    """A name from a file that anybody may have made, as a terminal can show it."""
    return repr(name[:_MOST_SAID])[1:-1]


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Whether it is a file whose bytes all lie in the tar."""
    return member.isreg() and not member.issparse()


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, file_modes.FILE
    return info.tobuf(tarfile.GNU_FORMAT)


def _rest(size: int) -> bytes:
    """Zeros up to the next block."""
    return bytes(-size % _BLOCK)


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Put a small part into a tar."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), file_modes.FILE
    tar.addfile(info, io.BytesIO(content))
