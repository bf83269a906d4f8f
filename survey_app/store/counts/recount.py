"""The same counts from the cases and the ballots themselves: what is kept must be equal to them.

A wave is recounted when it closes, since from then on everything is shown as it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, text

from survey_app.i18n import VIETNAM
from survey_app.store import tables
from survey_app.store.counts import kept
from survey_app.store.counts.kept import DECIDING, Key

_CELL = "c.grp, c.unit, c.sample, c.mode"
_CASES = text(f"""
    SELECT {_CELL}, COUNT(*) AS cases, COUNT(i.case_id) AS issued
    FROM cases c LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id
    WHERE c.wave_id = :wave GROUP BY {_CELL}""")
_FORMS = text(f"""
    SELECT {_CELL}, SUM(CASE WHEN u.case_id IS NULL THEN 1 ELSE 0 END) AS sent,
           COUNT(p.case_id) AS begun
    FROM cases c LEFT JOIN unspent u ON u.case_id = c.id LEFT JOIN progress p ON p.case_id = c.id
    WHERE c.wave_id = :wave GROUP BY {_CELL}""")
_BALLOTS = text("""
    SELECT b.grp, CASE WHEN b.sample = '' THEN COALESCE(r.unit, '') ELSE '' END AS unit, b.sample,
           b.mode, COUNT(DISTINCT b.id) AS mixed,
           COUNT(DISTINCT CASE WHEN r.skipped THEN NULL ELSE r.ballot_id END) AS valid
    FROM ballots b LEFT JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave
    GROUP BY b.grp, CASE WHEN b.sample = '' THEN COALESCE(r.unit, '') ELSE '' END, b.sample,
             b.mode""")
_RATED = text("""
    SELECT b.grp, r.unit, COUNT(*) AS rated
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave AND NOT r.skipped GROUP BY b.grp, r.unit""")
_NOTED = text(f"""
    SELECT {_CELL}, e.case_id, e.kind, e."by" FROM events e JOIN cases c ON c.id = e.case_id
    WHERE c.wave_id = :wave AND e.kind IN :deciding ORDER BY e.id""").bindparams(
    bindparam("deciding", DECIDING, expanding=True)
)
_UNSENT = text(f"""
    SELECT {_CELL}, i.case_id IS NOT NULL AS issued, p.stage,
           (SELECT e.kind FROM events e WHERE e.case_id = c.id AND e.kind IN :deciding
            ORDER BY e.id DESC LIMIT 1) AS kind
    FROM cases c JOIN unspent u ON u.case_id = c.id
    LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    WHERE c.wave_id = :wave""").bindparams(bindparam("deciding", DECIDING, expanding=True))

EXACT = ("cases", "issued", "mixed", "valid")
SHOWN = ("begun", "sent")

K = TypeVar("K")
P = TypeVar("P", bound=tuple[Any, ...])
Counts = dict[Key, dict[str, int]]
Outcomes = dict[tuple[Key, str], dict[str, int]]
Rated = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Counted:
    """The counts of a wave; without those that are 0."""

    counts: Counts
    outcomes: Outcomes
    rated: Rated


def counted(connection: Connection, wave_id: int) -> Counted:
    """Count a wave anew. What respondents do is counted of a closed wave alone."""
    counts: Counts = defaultdict(dict)
    closed = _is_closed(connection, wave_id)
    for statement in (_CASES, _BALLOTS, *([_FORMS] if closed else ())):
        for row in connection.execute(statement, {"wave": wave_id}).mappings():
            key = Key(*(row[name] for name in Key._fields))
            counts[key] |= {name: int(row[name]) for name in row if name not in Key._fields}
    rated = {
        (row.grp, row.unit): int(row.rated) for row in connection.execute(_RATED, {"wave": wave_id})
    }
    outcomes = _noted(connection, wave_id)
    if closed:
        _add_unsent(connection, wave_id, outcomes)
    return Counted(_without_zeros(counts), _without_zeros(outcomes), rated)


def _noted(connection: Connection, wave_id: int) -> Outcomes:
    events: dict[tuple[Key, int], list[tuple[str, str]]] = defaultdict(list)
    for *key, case_id, kind, by in connection.execute(_NOTED, {"wave": wave_id}):
        events[Key(*key), case_id].append((kind, by))
    noted = Counter(
        (key, kept.outcome_of(them, by_office=True)) for (key, _), them in events.items()
    )
    return {where: {"noted": number} for where, number in noted.items() if where[1]}


def _add_unsent(connection: Connection, wave_id: int, outcomes: Outcomes) -> None:
    for *key, issued, stage, kind in connection.execute(_UNSENT, {"wave": wave_id}):
        code = kept.unsent_outcome((kind,) if kind else (), issued=bool(issued), stage=stage)
        counts = outcomes.setdefault((Key(*key), code), {})
        counts["unsent"] = counts.get("unsent", 0) + 1


def known(connection: Connection, wave_id: int) -> Counted:
    """The counts of a wave as they are kept."""
    counts, outcomes, rated = tables.kept_counts, tables.kept_outcomes, tables.kept_ratings
    of_counts = connection.execute(select(counts).where(counts.c.wave_id == wave_id)).mappings()
    of_outcomes = connection.execute(select(outcomes).where(outcomes.c.wave_id == wave_id))
    of_rated = connection.execute(select(rated).where(rated.c.wave_id == wave_id))
    return Counted(
        _without_zeros({_key(row): {n: row[n] for n in kept.COUNTS} for row in of_counts}),
        _without_zeros(
            {
                (_key(row), row["code"]): {n: row[n] for n in kept.OUTCOMES}
                for row in of_outcomes.mappings()
            }
        ),
        {(row.grp, row.unit): row.rated for row in of_rated if row.rated},
    )


def recount(connection: Connection, wave_id: int) -> tuple[Counted, Counted]:
    """Keep a wave's counts as they are now; what is shown of an open wave stays as it is.

    Returns
    -------
    tuple of Counted
        The counts as they were kept, and as they are kept now.
    """
    now, before = counted(connection, wave_id), known(connection, wave_id)
    if not _is_closed(connection, wave_id):
        for key, shown in before.counts.items():
            counts = {name: shown[name] for name in SHOWN if name in shown}
            now.counts[key] = now.counts.get(key, {}) | counts
        for where, shown in before.outcomes.items():
            if "own" in shown:
                now.outcomes[where] = now.outcomes.get(where, {}) | {"own": shown["own"]}
    for table in (tables.kept_counts, tables.kept_outcomes, tables.kept_ratings):
        connection.execute(delete(table).where(table.c.wave_id == wave_id))
    kept.add(connection, wave_id, now.counts)
    kept.add_outcomes(connection, wave_id, now.outcomes)
    kept.add_ratings(connection, wave_id, now.rated)
    return before, now


def mend(connection: Connection, wave_id: int) -> None:
    """Keep what a recount gives, and give forms that no day has to none (a blank one)."""
    recount(connection, wave_id)
    shown = _sent(known(connection, wave_id).counts)
    shown.subtract(_sent_by_day(connection, wave_id))
    kept.add_days(connection, wave_id, {(*cell, ""): n for cell, n in shown.items() if n})


def settle(connection: Connection, wave_id: int, at: str) -> None:
    """A wave was closed: count it as it is, and give the forms not shown before to this day."""
    before, now = recount(connection, wave_id)
    late = _sent(now.counts)
    late.subtract(_sent(before.counts))
    day = vietnamese_day(at)
    kept.add_days(connection, wave_id, {(*cell, day): n for cell, n in late.items() if n})


def differences(connection: Connection, wave_id: int) -> tuple[str, ...]:
    """Every count that is kept and is not what it should be, as a line for a person."""
    now, before = counted(connection, wave_id), known(connection, wave_id)
    closed = _is_closed(connection, wave_id)
    names = kept.COUNTS if closed else EXACT
    states = ("noted", "unsent") if closed else ("noted",)
    lines = [*_apart(before.counts, now.counts, names)]
    lines += _apart(before.outcomes, now.outcomes, states)
    rated = {key: {"rated": number} for key, number in before.rated.items()}
    lines += _apart(rated, {key: {"rated": n} for key, n in now.rated.items()}, ("rated",))
    return (*lines, *_days_apart(connection, wave_id, before.counts))


def _apart(
    before: Mapping[P, Mapping[str, int]],
    now: Mapping[P, Mapping[str, int]],
    names: tuple[str, ...],
) -> list[str]:
    none: Mapping[str, int] = {}
    return [
        f"{_words(key)}: {name} is kept as {was}, counted as {it}"
        for key in sorted({*before, *now})
        for name in names
        if (was := before.get(key, none).get(name, 0)) != (it := now.get(key, none).get(name, 0))
    ]


def _days_apart(connection: Connection, wave_id: int, counts: Counts) -> list[str]:
    by_day, shown = _sent_by_day(connection, wave_id), _sent(counts)
    return [
        f"{_words(cell)}: the days add up to {by_day[cell]}, shown are {shown[cell]}"
        for cell in sorted({*by_day, *shown})
        if by_day[cell] != shown[cell]
    ]


def _sent_by_day(connection: Connection, wave_id: int) -> Counter[tuple[str, str, str]]:
    days = tables.kept_days
    sent: Counter[tuple[str, str, str]] = Counter()
    for row in connection.execute(select(days).where(days.c.wave_id == wave_id)):
        sent[row.grp, row.unit, row.sample] += row.sent
    return sent


def _words(key: tuple[object, ...]) -> str:
    parts = [part for each in key for part in (each if isinstance(each, tuple) else (each,))]
    return " ".join(str(part) or "-" for part in parts)


def _sent(counts: Counts) -> Counter[tuple[str, str, str]]:
    sent: Counter[tuple[str, str, str]] = Counter()
    for key, numbers in counts.items():
        sent[key.grp, key.unit, key.sample] += numbers.get("sent", 0)
    return sent


def _is_closed(connection: Connection, wave_id: int) -> bool:
    closed = select(tables.waves.c.closed_at).where(tables.waves.c.id == wave_id)
    return connection.execute(closed).scalar() is not None


def _key(row: RowMapping) -> Key:
    return Key(*(row[name] for name in Key._fields))


def _without_zeros(counts: Mapping[K, Mapping[str, int]]) -> dict[K, dict[str, int]]:
    kept_ones = {
        key: {name: number for name, number in numbers.items() if number}
        for key, numbers in counts.items()
    }
    return {key: numbers for key, numbers in kept_ones.items() if numbers}


def vietnamese_day(at: str) -> str:
    """The day in Vietnam of a kept time."""
    return datetime.fromisoformat(at).astimezone(VIETNAM).date().isoformat()
