"""Waves: what is fielded, when, about whom."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from survey_app.questionnaire.model import Study
from survey_app.store.answers import ballot_box
from survey_app.store.counts import recount
from survey_app.store.tables import cases, deleted_waves, wave_texts, wave_units, waves
from survey_app.waves.plan import Plan


class NoSuchWave(Exception):
    """No wave has this name."""


class Refused(Exception):
    """Something that cannot be done now.

    `slug` names the reason and `values` are what the message speaks of, for whoever words it in
    another language.
    """

    def __init__(self, slug: str, message: str, **values: str) -> None:
        super().__init__(message)
        self.slug, self.values = slug, values


class WaveState(Refused):
    """The wave is not in the state that the action needs; the message says which."""

    @classmethod
    def of(cls, wave: Wave, slug: str, needed: str) -> WaveState:
        """The refusal that a wave in its present state meets."""
        message = f"wave `{wave.name}` is {wave.state}: {needed}"
        return cls(slug, message, wave=wave.name, state=wave.state)


_UNPLANNED = Plan()


@dataclass(frozen=True)
class Wave:
    """One round of fieldwork of one study.

    `held_back` are the codes of the blocks for which it did not open by itself; `left_out` counts
    forms that were sent after it was reopened and were too few to count.
    """

    id: int
    name: str
    study: str
    year: int
    units_on: str
    salt: str
    created_at: str
    opened_at: str | None
    closed_at: str | None
    contacts_purged_at: str | None
    title_vi: str = ""
    title_en: str = ""
    contact_vi: str = ""
    contact_en: str = ""
    opens_at: str | None = None
    closes_at: str | None = None
    held_back: str = ""
    reopened_at: str | None = None
    left_out: int = 0

    @property
    def plan(self) -> Plan:
        """Its title, its contact line and its dates."""
        return Plan.of(self)

    @property
    def state(self) -> Literal["planned", "open", "closed"]:
        """What the timestamps say; there is no status column to disagree."""
        if self.closed_at:
            return "closed"
        return "open" if self.opened_at else "planned"


@dataclass(frozen=True)
class WaveUnit:
    """A unit as it was named when the wave was made."""

    unit: str
    position: int
    unit_class: str
    name_vi: str
    name_en: str

    def name(self, language: str) -> str:
        """The unit's name in a language."""
        return self.name_en if language == "en" else self.name_vi


def create(
    connection: Connection,
    name: str,
    study: Study,
    year: int,
    units_on: date,
    at: str,
    *,
    plan: Plan = _UNPLANNED,
) -> Wave:
    """A new wave with its texts and its units fixed.

    Raises
    ------
    WaveState
        When the name is taken, or no unit of the study's class exists on that day.
    """
    if connection.execute(select(waves.c.id).where(waves.c.name == name)).first():
        raise WaveState("name-taken", f"there is a wave `{name}` already", wave=name)
    wave_id = connection.execute(
        insert(waves)
        .values(
            **_a_new_id(connection),
            **asdict(plan),
            name=name,
            study=study.name,
            year=year,
            units_on=units_on.isoformat(),
            salt=secrets.token_hex(16),
            created_at=at,
        )
        .returning(waves.c.id)
    ).scalar_one()
    _pin(connection, wave_id, study, units_on)
    return find(connection, name)


def _a_new_id(connection: Connection) -> dict[str, int]:
    """A number that no wave had before: SQLite would give that of a deleted one again."""
    if connection.dialect.name != "sqlite":
        return {}
    numbers = select(waves.c.id).union_all(select(deleted_waves.c.id)).subquery()
    last = connection.execute(select(func.max(numbers.c.id))).scalar()
    return {"id": (last or 0) + 1}


def change(connection: Connection, wave: Wave, plan: Plan) -> None:
    """Another title, contact line or dates.

    Raises
    ------
    WaveState
        When it was opened already and the time of its opening is to be another, or it is closed
        and its dates are.
    """
    if wave.state != "planned" and plan.opens_at != wave.opens_at:
        raise WaveState.of(wave, "opened-already", "the time of its opening has passed")
    if wave.state == "closed" and plan.closes_at != wave.closes_at:
        raise WaveState.of(wave, "closed-already", "the time of its closing has passed")
    _stamp(connection, wave, **asdict(plan), held_back="")


def hold_back(connection: Connection, wave: Wave, codes: str) -> None:
    """Remember for which blocks a wave did not open by itself."""
    _stamp(connection, wave, held_back=codes)


def repin(connection: Connection, wave: Wave, study: Study) -> None:
    """Take the study's texts and units anew, while the wave is still planned."""
    if wave.state != "planned":
        raise WaveState.of(wave, "texts-are-fixed", "its texts are fixed")
    connection.execute(delete(wave_texts).where(wave_texts.c.wave_id == wave.id))
    connection.execute(delete(wave_units).where(wave_units.c.wave_id == wave.id))
    _pin(connection, wave.id, study, date.fromisoformat(wave.units_on))


def _pin(connection: Connection, wave_id: int, study: Study, units_on: date) -> None:
    units = [
        unit
        for unit in study.units
        if unit.unit_class == study.index.unit_class and unit.exists_on(units_on)
    ]
    if not units:
        day = f"{units_on:%d/%m/%Y}"
        message = f"no unit of class `{study.index.unit_class}` exists on {day}"
        raise WaveState("no-units-on-that-day", message, day=day)
    connection.execute(
        insert(wave_texts),
        [
            {
                "wave_id": wave_id,
                "path": path,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "text": text,
            }
            for path, text in sorted(study.texts.items())
        ],
    )
    connection.execute(
        insert(wave_units),
        [
            {
                "wave_id": wave_id,
                "unit": unit.code,
                "position": position,
                "unit_class": unit.unit_class,
                "name_vi": unit.name["vi"],
                "name_en": unit.name.get("en", unit.name["vi"]),
            }
            for position, unit in enumerate(units, 1)
        ],
    )


def find(connection: Connection, name: str) -> Wave:
    """The wave of this name.

    Raises
    ------
    NoSuchWave
    """
    row = connection.execute(select(waves).where(waves.c.name == name)).mappings().first()
    if row is None:
        raise NoSuchWave(name)
    return Wave(**row)


def hold(connection: Connection, name: str, *, wholly: bool = False) -> Wave:
    """The wave of this name, which nobody else changes until we commit.

    `wholly`: nobody adds anything to it either.

    Raises
    ------
    NoSuchWave
    """
    held = select(waves).where(waves.c.name == name).with_for_update(key_share=not wholly)
    row = connection.execute(held).mappings().first()
    if row is None:
        raise NoSuchWave(name)
    return Wave(**row)


def list_(connection: Connection) -> tuple[Wave, ...]:
    """Every wave, the newest first."""
    rows = connection.execute(select(waves).order_by(waves.c.id.desc())).mappings()
    return tuple(Wave(**row) for row in rows)


def texts(connection: Connection, wave_id: int) -> dict[str, str]:
    """The texts as fielded, by path."""
    rows = connection.execute(
        select(wave_texts.c.path, wave_texts.c.text).where(wave_texts.c.wave_id == wave_id)
    )
    return {row.path: row.text for row in rows}


def units(connection: Connection, wave_id: int) -> tuple[WaveUnit, ...]:
    """The units of a wave, in the order of their list."""
    columns = [
        wave_units.c[name] for name in ("unit", "position", "unit_class", "name_vi", "name_en")
    ]
    rows = connection.execute(
        select(*columns).where(wave_units.c.wave_id == wave_id).order_by(wave_units.c.position)
    ).mappings()
    return tuple(WaveUnit(**row) for row in rows)


def every_unit(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The code and the newest name of every unit of whatever wave, by code."""
    columns = (wave_units.c.unit, wave_units.c.name_vi)
    rows = connection.execute(select(*columns).order_by(wave_units.c.wave_id))
    return tuple(sorted(dict(rows.all()).items()))


def is_fixed(connection: Connection, wave_id: int) -> bool:
    """Whether the wave was opened, so that its texts and units never change again."""
    opened = select(waves.c.opened_at).where(waves.c.id == wave_id)
    return connection.execute(opened).scalar() is not None


def open_(connection: Connection, wave: Wave, at: str) -> None:
    """Let respondents in. From here on the texts and the units of the wave never change."""
    if wave.state != "planned":
        raise WaveState.of(wave, "not-planned", "only a planned wave can be opened")
    if not connection.execute(
        select(cases.c.id).where(cases.c.wave_id == wave.id).limit(1)
    ).first():
        message = f"wave `{wave.name}` has no cases: import the sample first"
        raise WaveState("no-cases", message, wave=wave.name)
    _stamp(connection, wave, opened_at=at, held_back="")


def close(connection: Connection, wave: Wave, at: str) -> None:
    """Let no more answers in."""
    if wave.state != "open":
        raise WaveState.of(wave, "not-open", "only an open wave can be closed")
    _stamp(connection, wave, closed_at=at)
    ballot_box.end_epochs(connection, wave.id)  # waits for forms that are being sent
    recount.settle(connection, wave.id, at)


def reopen(connection: Connection, wave: Wave, closes_at: str | None, at: str) -> None:
    """Let respondents in again."""
    if wave.state != "closed":
        raise WaveState.of(wave, "not-closed", "only a closed wave can be reopened")
    _stamp(connection, wave, closed_at=None, closes_at=closes_at, reopened_at=at)


def leave_out(connection: Connection, wave: Wave, count: int) -> None:
    """Count forms that were sent and are not counted."""
    _stamp(connection, wave, left_out=waves.c.left_out + count)


def _stamp(connection: Connection, wave: Wave, **when: Any) -> None:
    connection.execute(update(waves).where(waves.c.id == wave.id).values(**when))
