"""A backup that is made by itself: named by its time, and so many kept.

What goes is only what was made so by this very site: its log has the pair of every backup. The one
that was just made was read back whole, so something to restore is always left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from survey_app.i18n import VIETNAM
from survey_app.store import waves
from survey_app.store.upkeep import contents
from survey_app.store.waves import Refused
from survey_app.upkeep import archive, backing_up, pruning
from survey_app.upkeep.age import Lock
from survey_app.upkeep.backing_up import Made, Wanted
from survey_app.upkeep.retention import Kept, Past, judge
from survey_app.web import House

OLDEST = 26
"""Hours: one was made every night."""

_NAME = re.compile(r"cchc-\d{4}-\d{2}-\d{2}-\d{6}\.backup")


@dataclass(frozen=True)
class Newest:
    """The newest backup that the log knows of, each read back before it had its name."""

    at: str | None
    has_wave: bool

    def hours(self, now: datetime) -> float:
        """How old it is, where there is one."""
        assert self.at is not None
        return (now - datetime.fromisoformat(self.at)).total_seconds() / 3600


def newest(house: House) -> Newest:
    """When the newest backup was made, and whether there is a wave to be lost."""
    with house.database.reading() as connection:
        return Newest(contents.last_backup(connection), bool(waves.list_(connection)))


def make(house: House, by: str, folder: Path, lock: Lock, key_lock: Lock | None) -> Made:
    """Make a backup in a folder, under the name of its time.

    Raises
    ------
    Refused
    """
    if not folder.is_dir():
        message = f"{folder} is no folder: with --keep, name the one where backups are kept"
        raise Refused("no-folder", message)
    at = house.clock().astimezone(VIETNAM)
    file = folder / f"cchc-{at:%Y-%m-%d-%H%M%S}.backup"
    return backing_up.make(house, by, Wanted(file=file, lock=lock, key_lock=key_lock))


def thin(house: House, by: str, backup: Made, keep: int) -> tuple[Past, ...]:
    """Delete what is past its time, and what is more than `keep`, beside one that was just made.

    Raises
    ------
    Damaged
        It is not what was written any more: nothing goes.
    """
    archive.look_at(backup.file)
    with house.database.reading() as connection:
        pairs = contents.backups_made(connection)
    ours = [
        kept
        for kept in pruning.backups_in(backup.file.parent)
        if kept.about.pair in pairs and _NAME.fullmatch(kept.file.name) and kept.file != backup.file
    ]
    past = _past(house, backup, ours, keep)
    if past:
        pruning.delete(house, by, past)
    return past


def _past(house: House, backup: Made, others: list[Kept], keep: int) -> tuple[Past, ...]:
    """Those of a wave that has ended, and of the rest the oldest beyond `keep`."""
    now = pruning.waves_now(house)
    ended = judge([*others, Kept(backup.file, backup.manifest.about)], now).past
    going = {past.file for past in ended} | {backup.file}
    rest = sorted(
        (kept for kept in others if kept.file not in going),
        key=lambda kept: kept.about.made_at,
        reverse=True,
    )
    return *ended, *(Past(kept.file, f"{keep} newer ones are kept") for kept in rest[keep - 1 :])
