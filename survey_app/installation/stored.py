"""The database of a site, and the keys beside it."""

from __future__ import annotations

from collections.abc import Iterator

from survey_app.installation.finding import Finding, bad, ok, warn
from survey_app.store.engine import facts, health, migrate
from survey_app.store.engine.database import StoreBusy
from survey_app.upkeep import nightly
from survey_app.web import House

OLDEST = {"SQLite": (3, 35), "PostgreSQL": (13, 0)}
"""Versions that know everything that we ask."""

_CAREFUL = {
    "journal_mode": {"wal"},
    "synchronous": {"2", "3"},
    "secure_delete": {"1"},
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write", "local"},
}
"""What each setting may be, so that a receipt that was shown means a ballot that is kept."""


def database(house: House) -> Iterator[Finding]:
    """Whether it answers, is sound, new enough, up to date and careful."""
    try:
        told = facts.of(house.database)
    except StoreBusy as error:
        yield bad("database", str(error), "see that it runs, and that CCHC_DATABASE is right")
        return
    version = ".".join(map(str, told.version))
    said = f"{told.kind} {version}, {told.size / 10**6:.0f} MB"
    if told.version < OLDEST[told.kind]:
        oldest = ".".join(map(str, OLDEST[told.kind]))
        yield bad("database", said, f"version {oldest} or newer is needed")
    else:
        yield ok("database", said)
    for name, value in told.settings.items():
        if name in _CAREFUL and value not in _CAREFUL[name]:
            wanted = " or ".join(sorted(_CAREFUL[name]))
            yield bad(
                "database", f"{name} is {value}", f"set it to {wanted}: ballots could be lost"
            )
    if told.settings.get("archive_mode", "off") != "off":
        said = "the server archives its log: sealed ballots stay in the archive"
        yield warn("database", said, "docs/how-to/back-up-and-restore.md says what that means")
    at = migrate.current(house.database)
    if at is None:
        yield bad("database", "it has no tables", "begin it with `cchc db upgrade`")
        return
    if at != migrate.HEAD:
        said = f"its tables are at {at}, this program's at {migrate.HEAD}"
        yield bad("database", said, _other_version(at))
        return
    if fault := health.look_thoroughly(house.database):
        yield bad("database", f"it is damaged: {fault}", "restore the last backup")
    else:
        yield ok("database", "every page can be read")


def _other_version(at: str) -> str:
    """What to do about tables that are not of this version."""
    if at in migrate.known():
        return "run `cchc upgrade --check`, then `cchc upgrade --backup FILE`: no site runs before"
    return "a later version was here: run that one, or restore a backup of before"


def keys(house: House) -> Iterator[Finding]:
    """Whether every key is here that ballots are sealed to, and what happens if the disk dies."""
    if house.settings.keys_folder is None:
        yield ok("keys", "another machine opens ballots (CCHC_KEYS=none)")
        return
    lost = house.mixer.epochs.lost()
    for key in lost:
        yield bad("keys", str(key), "`cchc keys recover`, or put the folder of keys back")
    if not lost:
        yield ok("keys", "every key is here that ballots are sealed to")
    if not house.settings.recovery_key:
        said = "there is no recovery key: ballots not mixed yet would be lost with this disk"
        yield warn("keys", said, "run `cchc keys new-recovery` before a wave opens")


def backups(house: House) -> Iterator[Finding]:
    """How old the last backup is; a site without a wave needs none."""
    help_ = (
        "see why by `systemctl status cchc-backup`; `cchc deploy backups` makes one every night: "
        "docs/how-to/back-up-and-restore.md"
    )
    newest = nightly.newest(house)
    if newest.at is None:
        if newest.has_wave:
            yield warn("backups", "the log knows of none", help_)
        return
    hours = newest.hours(house.clock())
    said = f"the last was made, and read back whole, {hours:.0f} hours ago"
    yield warn("backups", said, help_) if hours > nightly.OLDEST else ok("backups", said)
