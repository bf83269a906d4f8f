"""A backup becomes a site: in an empty place, as a whole or not at all.

Everything is decrypted, hashed and looked through beside its place first. Files and keys are then
put in their places, and the database last: until it is there, nothing is.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from survey_app import file_modes
from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.log.log_keys import Head, HeadLost, LogKeys
from survey_app.store.upkeep import putting_back, snapshots
from survey_app.store.waves import Refused
from survey_app.upkeep import archive, checking, folders, secrets_kept
from survey_app.upkeep.about import Manifest
from survey_app.upkeep.age import Key
from survey_app.upkeep.secrets_kept import Secrets
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Source:
    """A backup to be restored, and the file of its keys, where that is at hand."""

    file: Path
    key: Key
    key_file: Path | None = None
    key_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came back.

    `unreadable` epochs have sealed ballots and no key; the recovery key gives those back that are
    `recoverable`. `given_up` counts jobs that were waiting or running.
    """

    manifest: Manifest
    unreadable: frozenset[str]
    recoverable: frozenset[str]
    has_secrets: bool
    given_up: int


def restore(settings: Settings, by: str, source: Source) -> Restored:
    """Put a backup back.

    Raises
    ------
    Refused
        Where something is there already, the backup is of a later version or damaged, or a key is
        not the right one. Nothing has changed then.
    """
    with closing(Database(settings.database_url)) as database:
        folders.undo_unfinished(settings.data_folder)
        refuse_over(settings, database)
        about = archive.look_at(source.file)
        refuse_later_version(about.schema)
        kept = _secrets(source, about.pair)
        if kept:
            kept.refuse_another_site(settings)
        manifest = _put_back(settings, database, source, kept)
    with closing(Database(settings.database_url)) as database:
        given_up = _begin_again(House(settings, database), by, manifest)
    away = secrets_kept.not_here(settings, manifest.sealed_to)
    return Restored(
        manifest=manifest,
        unreadable=frozenset(away),
        recoverable=frozenset(away) & frozenset(manifest.recoverable),
        has_secrets=kept is not None,
        given_up=given_up,
    )


def refuse_over(settings: Settings, database: Database) -> None:
    """Stop where a site is already.

    Raises
    ------
    Refused
    """
    occupied = folders.what_is_there(settings)
    if held := putting_back.what_is_there(database):
        occupied.insert(0, f"a database with {held}")
    if occupied:
        message = (
            f"a backup is restored into an empty site only, and here is {'; '.join(occupied)}: set "
            "CCHC_DATA and CCHC_DATABASE to an empty place, or move away what is there"
        )
        raise Refused("site-is-there", message)


def refuse_later_version(schema: str) -> None:
    """Stop where a backup is of tables that this version does not know.

    Raises
    ------
    Refused
    """
    if schema not in migrate.known():
        message = (
            f"the backup is of a later version of this program (its tables are at {schema}, ours "
            f"at {migrate.HEAD}): install that version, and restore with it"
        )
        raise Refused("later-version", message)


def _secrets(source: Source, pair: str) -> Secrets | None:
    if source.key_file is None:
        return None
    about, kept = Secrets.read(source.key_file, source.key_key or source.key)
    if about.pair != pair:
        message = f"{source.key_file} holds the keys of another backup than {source.file}"
        raise Refused("other-pair", message)
    return kept


def _put_back(
    settings: Settings, database: Database, source: Source, kept: Secrets | None
) -> Manifest:
    """All or nothing: what fails before the database is there is undone."""
    data = settings.data_folder
    file_modes.make_folder(data)
    aside = folders.unfinished(data)
    file_modes.make_folder(aside)
    new: list[Path] = []
    try:
        manifest = checking.contents_of(source.file, source.key, lambda name: _place(name, aside))
        copy = aside / folders.DATABASE
        snapshots.look_at(copy, manifest.about.kind)
        for folder in folders.FOLDERS:
            if (aside / folder).is_dir():
                shutil.rmtree(data / folder, ignore_errors=True)  # an empty one
                (aside / folder).replace(data / folder)
        new += kept.keep(settings, manifest.log_head) if kept else []
        putting_back.put_back(database, copy, manifest.about.kind)
    except BaseException:
        folders.undo_unfinished(data)
        for file in new:
            file.unlink(missing_ok=True)
        raise
    shutil.rmtree(aside)
    return manifest


def _place(name: str, aside: Path) -> Path | None:
    """Where a part is put until everything is there.

    Raises
    ------
    Damaged
        When it would lead out of the site's folder.
    """
    if name == folders.DATABASE:
        return aside / folders.DATABASE
    place = folders.place_of(name, aside)
    if place is None:
        raise archive.Damaged(
            "damaged", f"the backup holds what no backup holds: {archive.said(name)}"
        )
    return place


def _begin_again(house: House, by: str, manifest: Manifest) -> int:
    """Bring the tables up to date, end sessions, and say in the log what happened."""
    migrate.upgrade(house.database)
    at, about = house.stamp(), manifest.about
    with house.database.writing() as connection:
        given_up = putting_back.settle(connection, at)
        told = f"{about.made_at} {about.pair}"
        if _is_whole(house.settings, audit.head(connection)):
            audit.append(connection, by, "backup-restore", told, at)
        else:
            audit.go_on_from(connection, by, f"backup restored: {told}", at)
    return given_up


def _is_whole(settings: Settings, newest: Head) -> bool:
    """Whether the newest line that was noted is the newest of the restored log."""
    keys = LogKeys(settings.log_folder)
    if not keys.is_made:
        return True
    try:
        return keys.head() == newest
    except HeadLost:
        return False
