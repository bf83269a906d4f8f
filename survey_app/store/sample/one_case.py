"""One case: what the office did and noted about it, and its links. Never what anyone answered.

While a wave is open nothing is told that its respondent did, a refusal by the form's own button
included; of a closed one, who answered is told where at least five of a sample did and did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from survey_app.fieldwork.case import Contact
from survey_app.store import tables
from survey_app.store.counts.kept import is_own, outcome_of
from survey_app.store.sample import cases, links
from survey_app.store.sample.case_states import Sample, State
from survey_app.store.waves import Wave


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that was done or noted, by whom and when."""

    kind: str
    day: str
    detail: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link that was issued: from when to when it opens its form."""

    issued_on: str
    revoked_on: str | None
    expires_on: str | None


@dataclass(frozen=True, kw_only=True)
class OneCase:
    """A case as it may be told."""

    label: str
    sample: Sample
    home_unit: str
    mode: str
    state: State
    code: str
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    tells: bool


def find(connection: Connection, wave: Wave, label: str) -> OneCase:
    """The case of this number.

    Raises
    ------
    ProblemsFound
        When the wave has no such case.
    """
    case_id = cases.find(connection, wave, label)
    c = tables.cases.c
    row = connection.execute(
        select(c.grp, c.unit, c.sample, c.home_unit, c.mode).where(c.id == case_id)
    ).one()
    sample = Sample(wave, row.grp, row.unit, row.sample)
    tells = sample.tells_who_answered(connection)
    events = tuple(
        event for event in _events(connection, case_id) if tells or not is_own(event.kind, event.by)
    )
    issued = _links(connection, case_id)
    code = outcome_of(((e.kind, e.by) for e in events), by_office=not tells)
    is_answered = tells and _is_answered(connection, case_id)
    return OneCase(
        label=label,
        sample=sample,
        home_unit=row.home_unit,
        mode=row.mode,
        state=_state(is_answered=is_answered, code=code, is_issued=bool(issued)),
        code="" if is_answered else code,
        events=events,
        links=issued,
        tells=tells,
    )


def contact(connection: Connection, wave: Wave, label: str) -> Contact:
    """How to reach a case; blank where nothing is known, or it was purged."""
    n = tables.contacts.c
    case_id = cases.find(connection, wave, label)
    mine = select(n.name, n.phone, n.email, n.address).where(n.case_id == case_id)
    row = connection.execute(mine).first()
    return Contact(label, *row) if row else Contact(label)


def note(
    connection: Connection,
    wave: Wave,
    labels: Sequence[str],
    kind: str,
    *,
    day: str,
    by: str,
    detail: str = "",
) -> int:
    """Note the same of several cases. Returns of how many.

    Raises
    ------
    ProblemsFound
        With every case number that the wave has not; nothing is noted.
    """
    links.all_known(connection, wave, links.Selection(labels=tuple(labels)))
    for label in labels:
        cases.add_event(connection, cases.find(connection, wave, label), kind, day, detail, by)
    return len(labels)


def _events(connection: Connection, case_id: int) -> tuple[Event, ...]:
    e = tables.events.c
    columns = (e.kind, e.day, e.detail, e.by)
    rows = connection.execute(select(*columns).where(e.case_id == case_id).order_by(e.id))
    return tuple(Event(**row) for row in rows.mappings())


def _links(connection: Connection, case_id: int) -> tuple[Link, ...]:
    i = tables.invitations.c
    columns = (i.issued_on, i.revoked_on, i.expires_on)
    mine = select(*columns).where(i.case_id == case_id).order_by(i.issued_on, i.digest)
    return tuple(Link(**row) for row in connection.execute(mine).mappings())


def _is_answered(connection: Connection, case_id: int) -> bool:
    u = tables.unspent.c
    return connection.execute(select(u.case_id).where(u.case_id == case_id)).first() is None


def _state(*, is_answered: bool, code: str, is_issued: bool) -> State:
    if is_answered:
        return "answered"
    if code:
        return "noted"
    return "issued" if is_issued else "not_issued"
