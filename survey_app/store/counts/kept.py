"""Counts are kept by whoever changes what they count, in the same transaction.

Nothing here is called while a respondent sends a form: what they do is counted when it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from survey_app.fieldwork import disposition
from survey_app.store import tables
from survey_app.store.engine.statement import Statement


class Key(NamedTuple):
    """A sample, of a unit x group or one that serves several units, and how it is asked."""

    grp: str
    unit: str
    sample: str
    mode: str


COUNTS = ("cases", "issued", "mixed", "valid", "begun", "sent")
OUTCOMES = ("noted", "own", "unsent")


def _upsert(table: str, key: tuple[str, ...], counts: tuple[str, ...]) -> Statement:
    columns = ("wave_id", *key, *counts)
    values = ", ".join(f":{name}" for name in columns)
    sums = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counts)
    return Statement(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) "
        f"ON CONFLICT (wave_id, {', '.join(key)}) DO UPDATE SET {sums}"
    )


_ADD = _upsert("kept_counts", Key._fields, COUNTS)
_ADD_OUTCOME = _upsert("kept_outcomes", (*Key._fields, "code"), OUTCOMES)
_ADD_RATED = _upsert("kept_ratings", ("grp", "unit"), ("rated",))
_ADD_DAY = _upsert("kept_days", ("grp", "unit", "sample", "day"), ("sent",))


def add(connection: Connection, wave_id: int, more: Mapping[Key, Mapping[str, int]]) -> None:
    """Add to the counts of some keys, in their order, so that two who do it wait and not clash."""
    none = dict.fromkeys(COUNTS, 0)
    rows = [
        {"wave_id": wave_id, **key._asdict(), **none, **counts}
        for key, counts in sorted(more.items())
    ]
    if rows:
        _ADD.for_each(connection, rows)


def add_outcomes(
    connection: Connection, wave_id: int, more: Mapping[tuple[Key, str], Mapping[str, int]]
) -> None:
    """Add to how many cases have an outcome."""
    none = dict.fromkeys(OUTCOMES, 0)
    rows = [
        {"wave_id": wave_id, **key._asdict(), "code": code, **none, **counts}
        for (key, code), counts in sorted(more.items())
    ]
    if rows:
        _ADD_OUTCOME.for_each(connection, rows)


def add_ratings(connection: Connection, wave_id: int, more: Mapping[tuple[str, str], int]) -> None:
    """Add to how many mixed ballots of a group rate a unit."""
    rows = [
        {"wave_id": wave_id, "grp": grp, "unit": unit, "rated": rated}
        for (grp, unit), rated in sorted(more.items())
    ]
    if rows:
        _ADD_RATED.for_each(connection, rows)


def add_days(
    connection: Connection, wave_id: int, more: Mapping[tuple[str, str, str, str], int]
) -> None:
    """Add to how many forms of a sample are shown for a day: (group, unit, sample, day)."""
    names = ("grp", "unit", "sample", "day")
    rows = [
        {"wave_id": wave_id, **dict(zip(names, cell, strict=True)), "sent": sent}
        for cell, sent in sorted(more.items())
    ]
    if rows:
        _ADD_DAY.for_each(connection, rows)


def cases_came(connection: Connection, wave_id: int, cases: Iterable[Key]) -> None:
    """Cases were imported."""
    counted = Counter(cases)
    add(connection, wave_id, {key: {"cases": number} for key, number in counted.items()})


def links_issued(connection: Connection, wave_id: int, first: Iterable[Key]) -> None:
    """Cases got their first link."""
    counted = Counter(first)
    add(connection, wave_id, {key: {"issued": number} for key, number in counted.items()})


def ballots_mixed(
    connection: Connection, wave_id: int, ballots: Iterable[tuple[Key, tuple[str, ...]]]
) -> None:
    """Ballots were mixed: the key of each, and the units that it rates."""
    mixed: Counter[Key] = Counter()
    valid: Counter[Key] = Counter()
    rated: Counter[tuple[str, str]] = Counter()
    for key, units in ballots:
        mixed[key] += 1
        valid[key] += bool(units)
        rated.update((key.grp, unit) for unit in units)
    counts = {key: {"mixed": number, "valid": valid[key]} for key, number in mixed.items()}
    add(connection, wave_id, counts)
    add_ratings(connection, wave_id, rated)


def outcome_of(kinds: Iterable[tuple[str, str]], *, by_office: bool) -> str:
    """The outcome code that a case's events mean: (kind, by), in their order; "" for none.

    A refusal by a respondent's own hand, `by` nobody, is left out where only the office's own
    notes count.
    """
    noted = [kind for kind, by in kinds if not (by_office and is_own(kind, by))]
    return disposition.noted(noted)


def is_own(kind: str, by: str) -> bool:
    """Whether a respondent noted it by a button of the form."""
    return kind == "refused" and not by


def of_case(connection: Connection, case_id: int) -> tuple[int, Key, bool]:
    """The wave and the key of a case, and whether its form was sent in a wave that is closed."""
    cases, waves, unspent = tables.cases, tables.waves, tables.unspent
    columns = [cases.c[name] for name in Key._fields]
    row = connection.execute(
        select(cases.c.wave_id, waves.c.closed_at, unspent.c.case_id, *columns)
        .select_from(cases.join(waves).outerjoin(unspent, unspent.c.case_id == cases.c.id))
        .where(cases.c.id == case_id)
    ).one()
    counts_unsent = row.closed_at is not None and row[2] is not None
    return row.wave_id, Key(*row[3:]), counts_unsent


_EVENTS = Statement('SELECT kind, "by" FROM events WHERE case_id = :case ORDER BY id')
CODED = tuple(sorted(kind for kind, known in disposition.event_kinds().items() if known.code))
DECIDING = (*CODED, disposition.ISSUED)
"""The events that change what is known to have become of a case."""

_NOTED = text("""
    SELECT e.case_id, e.kind, e."by" FROM events e JOIN cases c ON c.id = e.case_id
    WHERE c.wave_id = :wave AND e.kind IN :deciding
    AND e.case_id IN (SELECT case_id FROM events WHERE kind IN :coded)
    ORDER BY e.id""").bindparams(
    bindparam("deciding", DECIDING, expanding=True), bindparam("coded", CODED, expanding=True)
)
_FORM = Statement("""
    SELECT EXISTS (SELECT 1 FROM invitations i WHERE i.case_id = :case), p.stage
    FROM cases c LEFT JOIN progress p ON p.case_id = c.id WHERE c.id = :case""")


def event_noted(connection: Connection, case_id: int) -> None:
    """The newest event of a case was just noted."""
    wave_id, key, counts_unsent = of_case(connection, case_id)
    events = [(kind, by) for kind, by in _EVENTS.on(connection, {"case": case_id}).fetchall()]
    notes = (outcome_of(them, by_office=True) for them in (events[:-1], events))
    changes = Counter[tuple[tuple[Key, str], str]]()
    _moved(changes, key, "noted", *notes)
    if counts_unsent:
        issued, stage = _FORM.on(connection, {"case": case_id}).fetchone() or (False, None)
        states = (
            unsent_outcome([kind for kind, _ in them], issued=bool(issued), stage=stage)
            for them in (events[:-1], events)
        )
        _moved(changes, key, "unsent", *states)
    for (where, column), number in changes.items():
        if number and where[1]:
            add_outcomes(connection, wave_id, {where: {column: number}})


def _moved(
    changes: Counter[tuple[tuple[Key, str], str]], key: Key, column: str, before: str, after: str
) -> None:
    changes[(key, before), column] -= 1
    changes[(key, after), column] += 1


def unsent_outcome(kinds: Iterable[str], *, issued: bool, stage: int | None) -> str:
    """The outcome code of a case that sent nothing."""
    history = disposition.History(
        issued=issued, begun=stage is not None, stage=stage or 0, events=tuple(kinds)
    )
    return disposition.of(history).code


def notes_undone(connection: Connection, wave_id: int, cases: Mapping[int, Key]) -> None:
    """Links are about to be issued to these cases: what was noted before counts no more."""
    noted: dict[int, list[tuple[str, str]]] = {}
    for case_id, kind, by in connection.execute(_NOTED, {"wave": wave_id}):
        if case_id in cases:
            noted.setdefault(case_id, []).append((kind, by))
    gone = Counter(
        (cases[case_id], outcome_of(events, by_office=True)) for case_id, events in noted.items()
    )
    changes = {where: {"noted": -number} for where, number in gone.items() if where[1]}
    add_outcomes(connection, wave_id, changes)
