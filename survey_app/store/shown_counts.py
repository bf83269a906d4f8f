"""What the web shows of an open wave beside its mixed ballots: it changes by enough at a time.

Whoever watches a page while a known person begins or sends a form sees nothing change, until enough
others have done so too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from survey_app.store.counts import kept, recount
from survey_app.store.counts.kept import DECIDING, Key
from survey_app.store.tables import closing_counts, kept_counts, kept_outcomes, waves

NOTHING_ANSWERED, BROKEN_OFF, REFUSED = "2.1121", "2.12", "2.111"

_CELL = "c.grp, c.unit, c.sample, c.mode"
_BEGUN = text(f"""
    SELECT {_CELL}, CASE WHEN p.stage = 0 THEN '{NOTHING_ANSWERED}' ELSE '{BROKEN_OFF}' END AS code,
           COUNT(*) AS people
    FROM progress p JOIN cases c ON c.id = p.case_id
    WHERE c.wave_id = :wave GROUP BY {_CELL}, code""")
_REFUSED = text(f"""
    SELECT {_CELL}, '{REFUSED}' AS code, COUNT(DISTINCT c.id) AS people
    FROM events e JOIN cases c ON c.id = e.case_id JOIN unspent u ON u.case_id = c.id
    WHERE c.wave_id = :wave AND e.kind = 'refused' AND e."by" = '' AND NOT EXISTS (
        SELECT 1 FROM events l WHERE l.case_id = e.case_id AND l.id > e.id AND l.kind IN :deciding)
    GROUP BY {_CELL}""").bindparams(bindparam("deciding", DECIDING, expanding=True))
_SEALED = text("""
    SELECT grp, unit, sample, mode, COUNT(*) AS people FROM sealed_ballots
    WHERE wave_id = :wave GROUP BY grp, unit, sample, mode""")
_ALL_SEALED = text("SELECT COUNT(*) FROM sealed_ballots WHERE wave_id = :wave")
_ALL_MIXED = text("SELECT COALESCE(SUM(mixed), 0) FROM kept_counts WHERE wave_id = :wave")

K = TypeVar("K")

Was = tuple[int, int]
"""As shown, and as it is."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What enough people have changed since it was shown, by cell and mode."""

    begun: Mapping[Key, Was] = field(default_factory=dict)
    sent: Mapping[Key, Was] = field(default_factory=dict)
    own: Mapping[tuple[Key, str], Was] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.begun or self.sent or self.own)


def changes(connection: Connection, wave_id: int, fewest: int) -> Changes:
    """What may be shown now: each count that has changed by enough people since it was shown."""
    shown = recount.known(connection, wave_id)
    begun: dict[Key, int] = defaultdict(int)
    own: dict[tuple[Key, str], int] = {}
    for statement in (_BEGUN, _REFUSED):
        for *key, code, people in connection.execute(statement, {"wave": wave_id}):
            own[Key(*key), code] = int(people)
            begun[Key(*key)] += int(people) if code != REFUSED else 0
    sent = {key: counts.get("mixed", 0) for key, counts in shown.counts.items()}
    for *key, people in connection.execute(_SEALED, {"wave": wave_id}):
        sent[Key(*key)] = sent.get(Key(*key), 0) + int(people)
    return Changes(
        begun=_enough({k: n.get("begun", 0) for k, n in shown.counts.items()}, begun, fewest),
        sent=_enough({k: n.get("sent", 0) for k, n in shown.counts.items()}, sent, fewest),
        own=_enough({k: n.get("own", 0) for k, n in shown.outcomes.items()}, own, fewest),
    )


def _enough(shown: Mapping[K, int], now: Mapping[K, int], fewest: int) -> dict[K, Was]:
    both = {key: (shown.get(key, 0), now.get(key, 0)) for key in {*shown, *now}}
    return {key: (was, it) for key, (was, it) in both.items() if abs(it - was) >= fewest}


def show(connection: Connection, wave_id: int, changed: Changes, day: str) -> None:
    """Let boards show it, and count forms for the day on which they are shown.

    Nothing is done for a wave that was closed meanwhile, and nothing twice.
    """
    closed = select(waves.c.closed_at).where(waves.c.id == wave_id).with_for_update(read=True)
    if connection.execute(closed).scalar() is not None:
        return
    days: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for name in ("begun", "sent"):
        for key, was in sorted(getattr(changed, name).items()):
            if _set(connection, wave_id, key, name, was) and name == "sent":
                days[key.grp, key.unit, key.sample, day] += was[1] - was[0]
    for (key, code), (was, it) in sorted(changed.own.items()):
        counts = kept_outcomes.c
        mine = [counts[part] == value for part, value in key._asdict().items()]
        kept.add_outcomes(connection, wave_id, {(key, code): {}})
        connection.execute(
            update(kept_outcomes)
            .where(counts.wave_id == wave_id, counts.code == code, *mine, counts.own == was)
            .values(own=it)
        )
    kept.add_days(connection, wave_id, days)


def _set(connection: Connection, wave_id: int, key: Key, name: str, was: Was) -> bool:
    """Show a count, where it is still what it was."""
    counts = kept_counts.c
    mine = [counts[part] == value for part, value in key._asdict().items()]
    kept.add(connection, wave_id, {key: {}})
    changed = connection.execute(
        update(kept_counts)
        .where(counts.wave_id == wave_id, *mine, counts[name] == was[0])
        .values({name: was[1]})
    )
    return changed.rowcount == 1


def sent_since(connection: Connection, wave_id: int, fewest: int) -> int:
    """How many forms were sent, where enough came since that was last counted; else 0."""
    number = sent(connection, wave_id)
    return number if number - _closing(connection, wave_id).get(0, 0) >= fewest else 0


def sent(connection: Connection, wave_id: int) -> int:
    """How many forms of a wave were sent, as it is now."""
    values = {"wave": wave_id}
    return sum(
        int(connection.execute(each, values).scalar_one()) for each in (_ALL_SEALED, _ALL_MIXED)
    )


def show_closing(
    connection: Connection, wave_id: int, number: int, sizes: Mapping[int, int]
) -> None:
    """Let the page that closes a wave show how many classes of each size would stay too small."""
    connection.execute(delete(closing_counts).where(closing_counts.c.wave_id == wave_id))
    rows = [{"wave_id": wave_id, "size": k, "classes": n} for k, n in {0: number, **sizes}.items()]
    connection.execute(insert(closing_counts), rows)


def closing(connection: Connection, wave_id: int) -> dict[int, int]:
    """How many classes of each size would stay too small, as last counted."""
    sizes = _closing(connection, wave_id)
    sizes.pop(0, None)
    return sizes


def _closing(connection: Connection, wave_id: int) -> dict[int, int]:
    counts = closing_counts.c
    known = select(counts.size, counts.classes).where(counts.wave_id == wave_id)
    return {row.size: row.classes for row in connection.execute(known.order_by(counts.size))}
