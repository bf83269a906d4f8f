"""Evidence comes in, is kept, goes out: files of units, in the data folder by their SHA-256.

A file is looked through in a process of its own, then by the scanner that a setting names, before
it is put in its place. It is never opened by this program again, and only ever handed out whole.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from analysis.problems import Problem, ProblemsFound
from survey_app import file_modes, quarantine
from survey_app.conduct.assessment.assessing import Deed
from survey_app.fieldwork.assessment import evidence_file
from survey_app.fieldwork.assessment.evidence_file import Looked
from survey_app.fieldwork.sheets.cells import Source
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.assessment import evidence, questions, submissions
from survey_app.store.assessment.evidence import EvidenceFile, NewFile
from survey_app.store.assessment.submissions import AssessmentRefused
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.waves import Wave
from survey_app.watching import disk
from survey_app.web import House

_log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024

UNPACKED = 10
"""A packed file may hold so many times what a file may have."""

MOST_FILES = 1_000
"""Files that a unit may hand in, however small: each is looked through, listed, and in backups."""

MOST_AT_ONCE = 20
"""Files of one form: each is looked through by itself, while whoever sent them waits."""

_SCAN_SECONDS = 120


def folder(settings: Settings) -> Path:
    """Where what is in the files lies."""
    return settings.data_folder / "evidence"


def path(settings: Settings, sha256: str) -> Path:
    """Where the content lies that has this hash."""
    return folder(settings) / sha256[:2] / sha256


def refuse_many(sources: Sequence[Source]) -> None:
    """See to it that no more files come at once than can be looked through.

    Raises
    ------
    ProblemsFound
    """
    if len(sources) > MOST_AT_ONCE:
        message, about = f"{len(sources)} files came at once", {"most": str(MOST_AT_ONCE)}
        raise ProblemsFound([Problem("evidence-many-at-once", message, "", values=about)])


def add(house: House, deed: Deed, criterion: str, source: Source) -> None:
    """Take in a file of a unit for a criterion.

    Raises
    ------
    ProblemsFound
        When it is too large, of no kind that is taken, or the scanner does not pass it.
    AssessmentRefused
        When the unit has submitted and no question about the criterion waits for it, or has handed
        in as much as it may.
    """
    settings = house.settings
    most = settings.evidence.file_megabytes * MEGABYTE
    name = evidence_file.plain_name(source.name)
    if len(source.content) > most:
        message = f"a file may have {settings.evidence.file_megabytes} MB"
        about = {"most": str(settings.evidence.file_megabytes)}
        raise ProblemsFound([Problem("evidence-too-large", message, name, values=about)])
    if disk.is_short(settings, len(source.content)):
        message = "less would be free on the disk than the site keeps for answers"
        raise AssessmentRefused("disk-short", message)
    looked = _looked(source, most * UNPACKED)
    kept = _scanned_and_kept(settings, looked, source.content)
    try:
        _note(house, deed, kept, NewFile(
            unit=deed.unit, criterion=criterion, sha256=kept.name, name=looked.name,
            kind=looked.kind, size=len(source.content),
        ))  # fmt: skip
    except BaseException:
        _forget_if_nobodys(house, kept)
        raise


def _looked(source: Source, most_bytes: int) -> Looked:
    try:
        return quarantine.read(evidence_file.look_apart, (), source, most_bytes)
    except ProblemsFound as refused:
        if refused.problems:
            raise
        message = "this file cannot be looked through"
        name = evidence_file.plain_name(source.name)
        raise ProblemsFound([Problem("evidence-unreadable", message, name)]) from refused


def _scanned_and_kept(settings: Settings, looked: Looked, content: bytes) -> Path:
    """Put the content in its place, once the scanner has passed it; gives the place."""
    place = path(settings, hashlib.sha256(content).hexdigest())
    for each in (folder(settings), place.parent):
        file_modes.make_folder(each)
    handle, incoming = tempfile.mkstemp(prefix=".new-", dir=folder(settings))  # 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        _scan(settings, looked.name, incoming)
        Path(incoming).replace(place)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(incoming).unlink()
        raise
    return place


def _scan(settings: Settings, name: str, file: str) -> None:
    """Ask the scanner that the settings name: it passes a file by ending with 0.

    Raises
    ------
    ProblemsFound
    """
    if not settings.evidence.scanner:
        return
    command = [*shlex.split(settings.evidence.scanner), file]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SCAN_SECONDS,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.exception("the scanner of evidence could not be run")
        message = "the scanner could not be run"
        raise ProblemsFound([Problem("evidence-not-scanned", message, name)]) from error
    if ended.returncode == 0:
        return
    said = (ended.stdout + ended.stderr).decode(errors="replace").strip()
    _log.warning("the scanner of evidence ended with %s: %s", ended.returncode, said[-400:])
    if ended.returncode == 1:  # what clamscan and clamdscan say of a virus
        raise ProblemsFound([Problem("evidence-virus", "the scanner does not pass it", name)])
    message = f"the scanner ended with {ended.returncode}"
    raise ProblemsFound([Problem("evidence-not-scanned", message, name)])


def _note(house: House, deed: Deed, place: Path, file: NewFile) -> None:
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        held = submissions.hold(connection, wave, [deed.unit])[deed.unit]
        if held.submitted_at and not _is_asked(connection, wave, file.unit, file.criterion):
            message = f"`{deed.unit}` has submitted: its evidence stays as it is"
            raise AssessmentRefused("submitted-already", message)
        if len(evidence.of_unit(connection, wave.id, deed.unit)) >= MOST_FILES:
            message = f"`{deed.unit}` may hand in {MOST_FILES} files in all"
            raise AssessmentRefused("evidence-many", message, most=str(MOST_FILES))
        most = house.settings.evidence.unit_megabytes
        if evidence.size_of(connection, wave.id, deed.unit) + file.size > most * MEGABYTE:
            message = f"`{deed.unit}` may hand in {most} MB in all"
            raise AssessmentRefused("evidence-full", message, most=str(most))
        evidence.take_turn(connection)
        if not place.is_file():  # another took the same content away meanwhile
            raise AssessmentRefused("evidence-gone", "hand the file in again")
        evidence.add(connection, wave, file, deed.by, at)
        told = f"{deed.wave} {deed.unit} {file.criterion} {file.sha256[:16]}"
        audit.append(connection, deed.by, "evidence-add", told, at)


def _is_asked(connection: Connection, wave: Wave, unit: str, criterion: str) -> bool:
    """Whether a question about a criterion waits for its unit."""
    asked = questions.of_unit(connection, wave.id, unit)
    return any(each.criterion == criterion and each.answered_at is None for each in asked)


def remove(house: House, deed: Deed, number: int) -> EvidenceFile:
    """Take a file out again, before its unit submits.

    Raises
    ------
    evidence.NoSuchFile
    AssessmentRefused
    """
    with house.database.writing() as connection:
        wave, at = waves.find(connection, deed.wave), house.stamp()
        held = submissions.hold(connection, wave, [deed.unit])[deed.unit]
        file = evidence.find(connection, wave.id, number)
        if file.unit != deed.unit:
            raise evidence.NoSuchFile(number)
        is_new = held.submitted_at is None or file.added_at > held.submitted_at
        is_asked = _is_asked(connection, wave, file.unit, file.criterion)
        if held.submitted_at and not (is_new and is_asked):
            message = f"`{deed.unit}` has submitted: its evidence stays as it is"
            raise AssessmentRefused("submitted-already", message)
        evidence.remove(connection, file)
        told = f"{deed.wave} {deed.unit} {file.criterion} {file.sha256[:16]}"
        audit.append(connection, deed.by, "evidence-remove", told, at)
    _forget_if_nobodys(house, path(house.settings, file.sha256))
    return file


def forget(house: House, contents: Iterable[str]) -> None:
    """Delete the contents that no line is about any more: their wave is gone."""
    for sha256 in contents:
        _forget_if_nobodys(house, path(house.settings, sha256))


def _forget_if_nobodys(house: House, place: Path) -> None:
    """Delete a content that no line is about; a line that is added meanwhile looks for it."""
    with house.database.writing() as connection:
        evidence.take_turn(connection)
        if not evidence.is_kept(connection, place.name):
            with suppress(FileNotFoundError):
                place.unlink()
