"""Call-backs: cases of a class of the design, drawn by lot, and what they said of taking part.

Which of them has sent a form plays no part in the draw, and no ballot is looked at. When the wave's
contacts are deleted, so is which case a call-back was of: outcomes stay, by class.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from survey_app.quality.classes import DesignClass
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.tables import call_backs, cases
from survey_app.store.waves import Wave


class Counts(NamedTuple):
    """How many call-backs were drawn, and of how many an outcome was noted."""

    drawn: int
    noted: int


@dataclass(frozen=True, kw_only=True)
class CallBack:
    """One case that is to be called back, or was."""

    id: str
    of: DesignClass
    label: str
    drawn_on: str
    outcome: str
    noted_on: str
    noted_by: str


def draw(
    connection: Connection, wave: Wave, of: DesignClass, count: int, *, day: str, by: str
) -> int:
    """Draw cases of a class that were not drawn before. Returns how many there were.

    Raises
    ------
    Refused
        When none is left.
    """
    c = cases.c
    before = select(call_backs.c.case_id).where(
        call_backs.c.wave_id == wave.id, call_backs.c.case_id.is_not(None)
    )
    left = connection.execute(select(c.id).where(*_in_class(wave, of), c.id.not_in(before)))
    ids = sorted(left.scalars())
    if not ids:
        raise QualityRefused("nobody-to-call-back", "every case of this class was drawn already")
    chosen = secrets.SystemRandom().sample(ids, min(count, len(ids)))
    design = {
        "grp": of.group, "sample": of.sample, "unit": of.unit, "mode": of.mode, "psu": of.psu,
    }  # fmt: skip
    row = {"wave_id": wave.id, **design, "drawn_on": day, "drawn_by": by}
    connection.execute(
        insert(call_backs),
        [{**row, "id": secrets.token_hex(16), "case_id": case_id} for case_id in chosen],
    )
    return len(chosen)


def _in_class(wave: Wave, of: DesignClass) -> list[ColumnElement[bool]]:
    c = cases.c
    where = [c.wave_id == wave.id, c.grp == of.group, c.sample == of.sample, c.unit == of.unit]
    where += [c.mode == of.mode] if of.mode else []
    return where + ([c.psu == of.psu] if of.psu else [])


def cases_in(connection: Connection, wave: Wave, of: DesignClass) -> int:
    """How many cases a class has."""
    counted = select(func.count()).select_from(cases).where(*_in_class(wave, of))
    return int(connection.execute(counted).scalar_one())


def listed(connection: Connection, wave: Wave) -> tuple[CallBack, ...]:
    """Every call-back of a wave, by class; those without an outcome first."""
    b = call_backs.c
    rows = connection.execute(
        select(
            b.id, b.grp, b.sample, b.unit, b.mode, b.psu,
            cases.c.label, b.drawn_on, b.outcome, b.noted_on, b.noted_by,
        )
        .select_from(call_backs.outerjoin(cases, cases.c.id == b.case_id))
        .where(b.wave_id == wave.id)
        .order_by(b.grp, b.sample, b.unit, b.mode, b.psu, b.outcome.is_not(None), cases.c.label)
    )  # fmt: skip
    return tuple(
        CallBack(
            id=row[0],
            of=DesignClass(*row[1:6]),
            label=row[6] or "",
            drawn_on=row[7],
            outcome=row[8] or "",
            noted_on=row[9] or "",
            noted_by=row[10] or "",
        )
        for row in rows
    )


def counts(connection: Connection, wave: Wave) -> Counts:
    """How far call-backs of a wave are."""
    b = call_backs.c
    counted = select(func.count(), func.count(b.outcome)).where(b.wave_id == wave.id)
    drawn, noted = connection.execute(counted).one()
    return Counts(drawn, noted)


def outcomes(connection: Connection, wave: Wave) -> Mapping[DesignClass, Counter[str]]:
    """How many call-backs of each class came to each outcome; under "" those without one."""
    counted: dict[DesignClass, Counter[str]] = {}
    for each in listed(connection, wave):
        counted.setdefault(each.of, Counter())[each.outcome] += 1
    return counted


def note(
    connection: Connection, wave: Wave, id_: str, outcome: str, *, day: str, by: str
) -> CallBack:
    """Note what came of a call-back.

    Raises
    ------
    Refused
        When the wave has no such call-back.
    """
    b = call_backs.c
    noted = connection.execute(
        update(call_backs)
        .where(b.wave_id == wave.id, b.id == id_)
        .values(outcome=outcome, noted_on=day, noted_by=by)
    )
    if not noted.rowcount:
        raise QualityRefused("no-such-call-back", "this call-back was not drawn in this wave")
    return next(each for each in listed(connection, wave) if each.id == id_)


def forget_cases(connection: Connection, wave: Wave) -> None:
    """Keep what call-backs came to, and not of whom."""
    mine = call_backs.c.wave_id == wave.id
    connection.execute(update(call_backs).where(mine).values(case_id=None))
