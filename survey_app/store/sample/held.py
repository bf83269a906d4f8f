"""What is held about one person who was drawn, and its deletion at their wish.

Only what an office holds beside the answers: whether somebody has answered is not told, and
nothing here differs by it. A form that was sent names nobody and can be found by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from survey_app.fieldwork.case import Contact
from survey_app.store import tables
from survey_app.store.quality import call_backs
from survey_app.store.quality.call_backs import CallBack
from survey_app.store.sample import cases, links, one_case
from survey_app.store.sample.one_case import OneCase
from survey_app.store.waves import Wave


@dataclass(frozen=True, kw_only=True)
class Held:
    """All that is held about a case: how to reach it, how it was drawn, and what was done."""

    contact: Contact
    case: OneCase
    stratum: str
    psu: str
    weight: str
    asked: str
    in_lists: int
    calls: tuple[CallBack, ...] = ()
    """Call-backs for which this case was drawn, and what was noted of taking part."""

    @property
    def names_somebody(self) -> bool:
        """Whether anything of it names a person."""
        known = (self.contact.name, self.contact.phone, self.contact.email, self.contact.address)
        return any(known) or self.in_lists > 0 or any(event.detail for event in self.case.events)


def held(connection: Connection, wave: Wave, label: str) -> Held:
    """What is held about a case.

    Raises
    ------
    ProblemsFound
        When the wave has no such case.
    """
    case_id = cases.find(connection, wave, label)
    c = tables.cases.c
    columns = select(c.stratum, c.psu, c.weight, c.asked).where(c.id == case_id)
    row = connection.execute(columns).mappings().one()
    return Held(
        contact=one_case.contact(connection, wave, label),
        case=one_case.find(connection, wave, label),
        calls=tuple(it for it in call_backs.listed(connection, wave) if it.label == label),
        in_lists=sum(_in(connection, table, wave, label) for table in _LISTS),
        **row,
    )


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was deleted: contacts, lines of lists, remarks; and links that open no form any more."""

    contacts: int
    lines: int
    remarks: int
    links: int


def forget(connection: Connection, wave: Wave, label: str, day: str, by: str) -> Forgotten:
    """Delete whatever names the person of a case, and let their links open nothing.

    The case stays as a number with its weight: without it the sample would not be what was drawn.

    Raises
    ------
    ProblemsFound
        When the wave has no such case.
    """
    case_id = cases.find(connection, wave, label)
    contacts, events, stood_in = tables.contacts, tables.events, tables.substitutions
    gone = connection.execute(delete(contacts).where(contacts.c.case_id == case_id)).rowcount
    named = (events.c.case_id == case_id) & (events.c.detail != "")
    remarks = connection.execute(update(events).where(named).values(detail="")).rowcount
    named = (stood_in.c.case_id == case_id) & (stood_in.c.reason != "")
    remarks += connection.execute(update(stood_in).where(named).values(reason="")).rowcount
    lines = sum(
        connection.execute(delete(table).where(_is(table, wave, label))).rowcount
        for table in _LISTS
    )
    calls = tables.call_backs
    mine = calls.c.case_id == case_id
    connection.execute(update(calls).where(mine).values(case_id=None))
    revoked = links.revoke(connection, wave, links.Selection(labels=(label,)), day, by)
    return Forgotten(contacts=gone, lines=lines, remarks=remarks, links=revoked)


def contacts_left(connection: Connection, wave: Wave) -> int:
    """How many of a wave can still be named: contacts, and people of its lists."""
    mine = select(tables.cases.c.id).where(tables.cases.c.wave_id == wave.id)
    contacts = tables.contacts
    counted = select(func.count()).select_from(contacts).where(contacts.c.case_id.in_(mine))
    left = int(connection.execute(counted).scalar_one())
    for table in _LISTS:
        of_wave = select(func.count()).select_from(table).where(table.c.wave_id == wave.id)
        left += int(connection.execute(of_wave).scalar_one())
    return left


_LISTS = (tables.population_people, tables.reserve_people)


def _in(connection: Connection, table: Table, wave: Wave, label: str) -> int:
    counted = select(func.count()).select_from(table).where(_is(table, wave, label))
    return int(connection.execute(counted).scalar_one())


def _is(table: Table, wave: Wave, label: str) -> Any:
    return (table.c.wave_id == wave.id) & (table.c.label == label)
