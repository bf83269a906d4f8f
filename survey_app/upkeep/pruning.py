"""Backups of a folder that are past their time are deleted, each with the file of its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from survey_app.store.log import audit
from survey_app.store.upkeep import contents
from survey_app.upkeep import archive
from survey_app.upkeep.about import WaveThen
from survey_app.upkeep.archive import Damaged
from survey_app.upkeep.retention import Kept, Past, Verdict, WaveNow, judge
from survey_app.web import House


def prune(house: House, by: str, folder: Path, *, really: bool) -> Verdict:
    """Delete what is past its time; without `really` only tell what would be.

    Before anything goes, it is seen that what stays is as it was written.

    Raises
    ------
    Damaged
    """
    verdict = judge(backups_in(folder), waves_now(house))
    if not really or not verdict.past:
        return verdict
    going = {past.file for past in verdict.past}
    newest = max(
        (kept for kept in backups_in(folder) if kept.file not in going),
        key=lambda kept: kept.about.made_at,
    )
    archive.look_at(newest.file)
    delete(house, by, verdict.past)
    return verdict


def delete(house: House, by: str, past: Sequence[Past]) -> None:
    """Delete backups with the files of their keys, and say in the log how many."""
    for each in past:
        each.file.with_name(f"{each.file.name}.key").unlink(missing_ok=True)
        each.file.unlink()
    with house.database.writing() as connection:
        audit.append(connection, by, "backup-prune", str(len(past)), house.stamp())


def backups_in(folder: Path) -> Iterator[Kept]:
    """The backups of a folder; other files are passed over."""
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.name.startswith("."):
            with suppress(Damaged):
                about = archive.about_of(file)
                if about.holds == "site":
                    yield Kept(file, about)


def waves_now(house: House) -> dict[str, WaveNow]:
    """The waves as they stand now, by name."""
    with house.database.reading() as connection:
        waves = [WaveThen(**wave) for wave in contents.waves(connection)]
        sealed = contents.waves_with_sealed(connection)
    return {
        wave.name: WaveNow(
            state=wave.state, has_contacts=wave.has_contacts, has_sealed=wave.name in sealed
        )
        for wave in waves
    }
