"""Nobody finds the ballot of a person by the backups of a wave, though they hold them all.

One was made after each form that was sent, and the private key that opens them is known. What they
lack is the files of keys, which the office keeps apart.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.fieldwork.protection.ballot_sealing import SealBroken
from survey_app.mixing.keyring import Keyring
from survey_app.store.upkeep import server_programs
from survey_app.upkeep import checking
from survey_app.upkeep.about import Manifest
from survey_app.upkeep.age import Key
from survey_app.upkeep.backing_up import Made
from survey_app.upkeep.secrets_kept import Secrets
from tests.contract.test_anonymity_in_logs import LUCK, laid_beside, right, send
from tests.respondent.live_survey import LiveSurvey, live_survey
from tests.support.backups import Safe

ENOUGH, RESPONDENTS = 5, 14


@dataclass
class Stolen:
    """A backup that somebody opened who has the private key."""

    made: Made
    manifest: Manifest
    folder: Path
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def keys(self, table: str) -> set[str]:
        """The keys of a table."""
        return {str(row[0]) for row in self.tables[table]}

    @property
    def seen(self) -> list[int]:
        """Every number that depends on who has answered, but for the marks of the cases."""
        counts = [n for wave in self.manifest.counts.values() for n in wave.values()]
        shown = [_sum(self.tables[table], at) for table, at in _SHOWN]
        return [*counts, *shown, len(self.tables["ballots"]), len(self.tables["ratings"])]

    def everything(self) -> bytes:
        """All that it holds, as bytes."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        rows = repr(self.tables).encode()
        return b"".join(path.read_bytes() for path in files) + rows + self.manifest.dump()


_COLUMNS = {
    "unspent": "case_id",
    "sealed_ballots": "id, epoch_id, body",
    "ballots": "id, about",
    "ratings": "ballot_id, answers",
    "kept_counts": "begun, sent, mixed",
    "kept_outcomes": "noted, own, unsent",
    "kept_ratings": "rated",
    "kept_days": "sent",
}
_SHOWN = [
    (table, at)
    for table, columns in _COLUMNS.items()
    if table.startswith("kept_")
    for at in range(columns.count(",") + 1)
]


def _sum(rows: Sequence[tuple[Any, ...]], at: int) -> int:
    return sum(int(row[at]) for row in rows)


def opened(made: Made, key: Key, folder: Path) -> Stolen:
    """Everything that a backup gives."""
    folder.mkdir()
    manifest = checking.contents_of(made.file, key, lambda name: folder / name.replace("/", "_"))
    stolen = Stolen(made, manifest, folder)
    for table, columns in _COLUMNS.items():
        if manifest.about.kind == "sqlite":
            with closing(sqlite3.connect(folder / "database")) as copy:
                stolen.tables[table] = copy.execute(f"SELECT {columns} FROM {table}").fetchall()
        else:
            stolen.tables[table] = _dumped(folder / "database", manifest, table, columns)
    return stolen


def _dumped(file: Path, manifest: Manifest, table: str, columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table in a dump, in the order in which they lie there."""
    program = server_programs.find("pg_restore", int(manifest.about.kind.partition("-")[2]))
    words = ["--data-only", f"--table={table}", "--file=-", file]
    lines = server_programs.run(program, words).splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("COPY "))
    names = lines[begin].partition("(")[2].partition(")")[0].split(", ")
    rows = [
        dict(zip(names, line.split("\t"), strict=True))
        for line in lines[begin + 1 : lines.index("\\.", begin)]
    ]
    return [tuple(_value(row[column]) for column in columns.split(", ")) for row in rows]


def _value(text: str) -> Any:
    return bytes.fromhex(text.removeprefix("\\\\x")) if text.startswith("\\\\x") else text


@dataclass
class Wave:
    """A wave of which a backup was made after each form."""

    survey: LiveSurvey
    backups: list[Stolen]
    keys: dict[str, bytes]


@pytest.fixture
def safe(tmp_path):
    return Safe(tmp_path / "safe")


@pytest.fixture
def wave(database_url, tmp_path, safe: Safe):
    (tmp_path / "site").mkdir()
    with live_survey(tmp_path / "site", url=database_url, citizens=RESPONDENTS) as survey:
        house, ring = survey.app.extensions["cchc"], Keyring(tmp_path / "site" / "keys")
        made, keys = [safe.back_up(house, "0.backup")], ring.copies()
        for number in random.SystemRandom().sample(range(RESPONDENTS), RESPONDENTS):
            send(survey, number)
            keys |= ring.copies()
            made.append(safe.back_up(house, f"{len(made)}.backup"))
        folders = [tmp_path / f"opened-{at}" for at in range(len(made))]
        pairs = zip(made, folders, strict=True)
        yield Wave(survey, [opened(one, safe.key, folder) for one, folder in pairs], keys)


def test_all_backups_of_a_wave_together_join_nobody_with_an_answer(wave, safe):
    _nothing_changes_by_few(wave.backups)
    whose, mixed = _joined(wave.backups)
    assert len(whose) == RESPONDENTS, "they tell which sealed ballot each case has sent"
    assert sum(len(cases) for cases, _ in mixed) >= 2 * ENOUGH, "nothing was mixed"
    for cases, ballots in mixed:
        assert len(cases) == len(ballots) >= ENOUGH
        for guess in laid_beside(cases, ballots):
            assert right(wave.survey, guess) < LUCK
    _no_key_is_in_them(wave)
    _the_key_files_open_what_was_sealed_then(wave, safe)


def _nothing_changes_by_few(backups: Sequence[Stolen]) -> None:
    for before, after in pairwise(backups):
        for less, more in zip(before.seen, after.seen, strict=True):
            assert less == more or abs(more - less) >= ENOUGH, (before.seen, after.seen)
        told = [one.manifest.about.waves for one in (before, after)]
        assert told[0] == told[1], "what stands outside tells of nobody"
    sizes = {one.made.file.stat().st_size for one in backups}
    assert len(sizes) <= 2, "the size of a file tells of each form"
    words = [json.loads(one.manifest.about.dump()) for one in backups]
    assert {tuple(word) for word in words} == {tuple(words[0])}


def _joined(backups: Sequence[Stolen]) -> tuple[dict[str, str], list[tuple[list[str], list[str]]]]:
    """Which case sent which sealed ballot; and of each mixing who went in, and what came out."""
    whose: dict[str, str] = {}
    mixed = []
    waits: list[str] = []
    for before, after in pairwise(backups):
        (case,) = before.keys("unspent") - after.keys("unspent")
        put = after.keys("sealed_ballots") - before.keys("sealed_ballots")
        came_out = after.keys("ballots") - before.keys("ballots")
        if put:
            (key,) = put
            whose[key] = case
        else:  # mixed at once, with others: it never lay sealed in a backup
            waits.append(case)
            whose[f"never seen {case}"] = case
        if came_out:
            gone = before.keys("sealed_ballots") - after.keys("sealed_ballots")
            order = [row[0] for row in after.tables["ballots"] if row[0] in came_out]
            mixed.append(([*(whose[key] for key in sorted(gone)), *waits], order))
            waits = []
    return whose, mixed


def _no_key_is_in_them(wave: Wave) -> None:
    """Nor do they open one another."""
    assert len(wave.keys) > 1
    for stolen in wave.backups:
        content = stolen.everything()
        for private in wave.keys.values():
            assert private not in content
            assert private.hex().encode() not in content


def _the_key_files_open_what_was_sealed_then(wave: Wave, safe: Safe) -> None:
    """This is why they are kept apart; and one of a later day opens nothing of before a mixing."""

    def kept(stolen: Stolen) -> Secrets:
        return Secrets.read(stolen.made.key_file, safe.key)[1]

    last, first = wave.backups[-1], wave.backups[1]
    assert _opens(kept(last), last) == len(last.tables["sealed_ballots"]) > 0
    assert _opens(kept(first), first) == 1
    assert _opens(kept(last), first) == 0


def _opens(kept: Secrets, stolen: Stolen) -> int:
    """How many sealed ballots some keys open."""
    count = 0
    for _, epoch, body in stolen.tables["sealed_ballots"]:
        for private in kept.epochs.values():
            with suppress(SealBroken):
                count += bool(ballot_sealing.unseal(private, epoch, bytes(body)))
    return count
