"""A store with a very large open wave, written in bulk: what pages of counts are measured with.

It is written as it was before counts were kept (migration 0004), so that a version of before and
this one can read the same wave; `migrate.upgrade` then counts it once.
"""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from survey_app.questionnaire import library
from survey_app.questionnaire.model import Item, Study
from survey_app.settings import HERE
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database

WAVE, STUDY, AT = "lon", "sonla/2025-department", "2026-10-01T01:00:00+00:00"
BEFORE = "0004"
OWN = ("citizens", "businesses", "leaders")
"""Groups that are asked about one unit; delegates rate some of all."""
RATED_BY_A_DELEGATE = 12
CLOSED = "2026-12-01T01:00:00+00:00"
KINDS_OF_FORMS = 500
"""Different forms of a group, of which each respondent sends one."""
_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large: cases of which a share has answered."""

    ballots: int = 1_000_000
    units: int = 300
    delegates: int = 600
    answered: float = 0.77
    is_closed: bool = False


def write(database: Database, sizes: Sizes) -> None:
    """Make the store at the migration of before, with one wave, open unless it is to be closed."""
    migrate.upgrade(database, BEFORE)
    study = library.study(STUDY, HERE / "questionnaires")
    closed_at = CLOSED if sizes.is_closed else None
    units = [f"U{number:03}" for number in range(sizes.units)]
    with database.writing() as connection:
        bulk = _Bulk(connection.connection.driver_connection)
        bulk.insert(
            "waves",
            ("id", "name", "study", "year", "units_on", "salt", "created_at", "opened_at",
             "closed_at"),
            [(1, WAVE, STUDY, 2025, "2025-12-31", "x", AT, AT, closed_at)],
        )  # fmt: skip
        bulk.insert(
            "wave_texts", ("wave_id", "path", "sha256", "text"),
            [(1, path, "0" * 64, text) for path, text in study.texts.items()],
        )  # fmt: skip
        bulk.insert(
            "wave_units", ("wave_id", "unit", "position", "unit_class", "name_vi", "name_en"),
            [
                (1, unit, at, "department", f"Đơn vị số {at}", f"Unit {at}")
                for at, unit in enumerate(units)
            ],
        )  # fmt: skip
        _write_people(bulk, sizes, units, study)


def _write_people(bulk: _Bulk, sizes: Sizes, units: Sequence[str], study: Study) -> None:
    cells = [(group, unit, "") for group in OWN for unit in units]
    people = int((sizes.ballots - sizes.delegates * sizes.answered) / sizes.answered)
    each = people // len(cells)
    strata = [
        (1, group, sample, unit, stratum, 4 * each, each // 2)
        for group, unit, sample in cells
        for stratum in ("a", "b")
    ] + [(1, "council", "hdnd", "", "all", sizes.delegates, sizes.delegates)]
    names = ("wave_id", "grp", "sample", "unit", "stratum", "population", "planned")
    bulk.insert("strata", names, strata)
    plan = [(cell, each) for cell in cells] + [(("council", "", "hdnd"), sizes.delegates)]
    rng = random.Random(1)
    answered: list[tuple[int, tuple[str, str, str], str, str]] = []

    def cases() -> Iterator[tuple[Any, ...]]:
        number = 0
        for (group, unit, sample), size in plan:
            for _ in range(size):
                number += 1
                stratum = "all" if sample else "ab"[number % 2]
                mode = "paper" if number % 5 == 0 else "web"
                if rng.random() < sizes.answered:
                    answered.append((number, (group, unit, sample), stratum, mode))
                asked = f"*{RATED_BY_A_DELEGATE}" if sample else ""
                yield (
                    number,
                    1,
                    f"C{number}",
                    group,
                    sample,
                    unit,
                    asked,
                    "",
                    stratum,
                    "",
                    "1",
                    mode,
                )

    bulk.insert(
        "cases",
        ("id", "wave_id", "label", "grp", "sample", "unit", "asked", "home_unit", "stratum", "psu",
         "weight", "mode"),
        cases(),
    )  # fmt: skip
    total = sum(size for _, size in plan)
    bulk.insert(
        "invitations", ("digest", "case_id", "issued_on"),
        ((f"{number:064}", number, "2026-10-01") for number in range(1, total + 1)),
    )  # fmt: skip
    spent = {number for number, *_ in answered}
    open_ = [number for number in range(1, total + 1) if number not in spent]
    bulk.insert("unspent", ("case_id",), ((number,) for number in open_))
    bulk.insert(
        "progress", ("case_id", "stage", "day"),
        ((number, 1, "2026-10-02") for number in open_[::9]),
    )  # fmt: skip
    bulk.insert(
        "events", ("id", "case_id", "kind", "day", "detail", "by"),
        (
            (at, number, "issued" if at <= total else "delivery_failed", "2026-10-01", "", "lan")
            for at, number in enumerate([*range(1, total + 1), *open_[::7]], 1)
        ),
    )  # fmt: skip
    _write_ballots(bulk, answered, units, study, rng)


def _write_ballots(
    bulk: _Bulk,
    answered: Sequence[tuple[int, tuple[str, str, str], str, str]],
    units: Sequence[str],
    study: Study,
    rng: random.Random,
) -> None:
    forms = {group: _forms(study, group, rng) for group in study.questionnaires}
    keys = sorted(secrets.token_hex(16) for _ in answered)
    rng.shuffle(answered_ := list(answered))
    bulk.insert(
        "ballots",
        ("id", "wave_id", "questionnaire", "version", "grp", "sample", "stratum", "psu", "weight",
         "mode", "language", "pace", "about"),
        (
            (key, 1, "q", 1, group, sample, stratum, "", "1", mode, "vi", "usual",
             rng.choice(forms[group])[0])
            for key, (_, (group, _, sample), stratum, mode) in zip(keys, answered_, strict=True)
        ),
    )  # fmt: skip
    bulk.insert(
        "ratings", ("ballot_id", "unit", "position", "chance", "skipped", "answers"),
        (
            (key, rated, at, _chance(sample, units), False, rng.choice(forms[group])[1])
            for key, (_, (group, unit, sample), _, _) in zip(keys, answered_, strict=True)
            for at, rated in enumerate(
                sorted(rng.sample(units, min(RATED_BY_A_DELEGATE, len(units))))
                if sample else [unit], 1
            )
        ),
    )  # fmt: skip


def _chance(sample: str, units: Sequence[str]) -> str:
    """The chance of a unit to be rated by a delegate; the one unit of a sample has 1."""
    return f"{RATED_BY_A_DELEGATE}/{len(units)}" if sample else "1"


def _forms(study: Study, group: str, rng: random.Random) -> list[tuple[str, str]]:
    """What is answered about no unit, and about one, as JSON; a tenth is left out."""
    items = study.questionnaires[group].items.values()
    of_unit = study.questionnaires[group].unit_items
    return [
        tuple(
            json.dumps(
                {item.name: _answer(item, rng) for item in asked if rng.random() > 0.1},
                sort_keys=True,
                separators=(",", ":"),
            )
            for asked in ([item for item in items if item not in of_unit], of_unit)
        )  # type: ignore[misc]  # two
        for _ in range(KINDS_OF_FORMS)
    ]


def _answer(item: Item, rng: random.Random) -> str:
    return rng.choice(item.scale.options).code if item.scale else str(rng.randrange(1, 60))


class _Bulk:
    """Many rows at once, by the fastest way of each driver."""

    def __init__(self, bare: Any) -> None:
        self._bare = bare

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write rows into a table."""
        names = ", ".join(f'"{column}"' for column in columns)
        if isinstance(self._bare, sqlite3.Connection):
            places = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places})"
            left = iter(rows)
            while some := list(islice(left, _AT_ONCE)):
                self._bare.executemany(statement, some)
            return
        with self._bare.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def spread_days(database: Database, first: date, days: int) -> None:
    """Give the forms of a wave that was just counted to days, as if they had been kept."""
    rng = random.Random(2)
    rows: list[tuple[Any, ...]] = []
    with database.writing() as connection:
        sent_by_sample = connection.exec_driver_sql(
            "SELECT grp, unit, sample, sent FROM kept_days WHERE wave_id = 1"
        ).all()
        connection.exec_driver_sql("DELETE FROM kept_days WHERE wave_id = 1")
        for group, unit, sample, sent in sent_by_sample:
            left = int(sent)
            for number in range(days):
                today = left if number == days - 1 else min(left, rng.randrange(5, 60))
                left -= today
                if today:
                    day = (first + timedelta(days=number)).isoformat()
                    rows.append((1, group, unit, sample, day, today))
        bulk = _Bulk(connection.connection.driver_connection)
        bulk.insert("kept_days", ("wave_id", "grp", "unit", "sample", "day", "sent"), rows)
