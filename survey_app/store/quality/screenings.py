"""Forms as they were screened last: flags beside a ballot's key, counted by class of the design."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from survey_app.quality.classes import DesignClass
from survey_app.store.tables import screened_forms, screenings
from survey_app.store.waves import Wave

_UNIT = """CASE WHEN b.sample <> '' THEN ''
    ELSE (SELECT MIN(r.unit) FROM ratings r WHERE r.ballot_id = b.id) END"""
_COUNTS = text(f"""
    SELECT grp, sample, unit, mode, psu, flags, COUNT(*) FROM (
        SELECT b.grp, b.sample, {_UNIT} AS unit, b.mode, b.psu, s.flags
        FROM screened_forms s JOIN ballots b ON b.id = s.ballot_id WHERE s.wave_id = :wave
    ) forms GROUP BY grp, sample, unit, mode, psu, flags""")
_OF_SAMPLE = text(f"""
    SELECT id, mode, psu, flags FROM (
        SELECT b.id, b.mode, b.psu, s.flags, {_UNIT} AS unit
        FROM screened_forms s JOIN ballots b ON b.id = s.ballot_id
        WHERE s.wave_id = :wave AND b.grp = :grp AND b.sample = :sample
    ) forms WHERE unit = :unit""")
_RATED = text("""
    SELECT r.unit, r.ballot_id
    FROM screened_forms s JOIN ballots b ON b.id = s.ballot_id
    JOIN ratings r ON r.ballot_id = b.id
    WHERE s.wave_id = :wave AND b.grp = :grp AND NOT r.skipped""")
_RETURNED = text(f"""
    SELECT grp, sample, unit, mode, psu, COUNT(*) FROM (
        SELECT b.grp, b.sample, {_UNIT} AS unit, b.mode, b.psu
        FROM ballots b WHERE b.wave_id = :wave
    ) forms GROUP BY grp, sample, unit, mode, psu""")


@dataclass(frozen=True, kw_only=True)
class Screening:
    """When a wave was screened, by whom, and where forms differ by the way of asking."""

    at: str
    by: str
    fingerprint: str
    effects: tuple[Mapping[str, Any], ...]


def keep(  # a screening has these
    connection: Connection,
    wave: Wave,
    *,
    fingerprint: str,
    flags: Mapping[str, Sequence[str]],
    effects: Sequence[Mapping[str, Any]],
    by: str,
    at: str,
) -> None:
    """Put a screening in the place of the one before; `flags` has every valid form."""
    for table in (screened_forms, screenings):
        connection.execute(delete(table).where(table.c.wave_id == wave.id))
    row = {"wave_id": wave.id, "at": at, "by": by, "fingerprint": fingerprint}
    told = json.dumps(list(effects), ensure_ascii=False)
    connection.execute(insert(screenings).values({**row, "effects": told}))
    rows = [
        {"ballot_id": ballot, "wave_id": wave.id, "flags": " ".join(carried)}
        for ballot, carried in sorted(flags.items())
    ]
    if rows:
        connection.execute(insert(screened_forms), rows)


def find(connection: Connection, wave: Wave) -> Screening | None:
    """The screening of a wave; None where there is none."""
    s = screenings.c
    columns = (s.at, s.by, s.fingerprint, s.effects)
    row = connection.execute(select(*columns).where(s.wave_id == wave.id)).first()
    if row is None:
        return None
    at, by, fingerprint, effects = row
    return Screening(at=at, by=by, fingerprint=fingerprint, effects=tuple(json.loads(effects)))


def counts(connection: Connection, wave: Wave) -> Mapping[tuple[DesignClass, str], int]:
    """How many valid forms there are of each design with each set of flags."""
    rows = connection.execute(_COUNTS, {"wave": wave.id})
    return {(DesignClass(*row[:5]), row[5]): int(row[6]) for row in rows}


def returned(connection: Connection, wave: Wave) -> Mapping[DesignClass, int]:
    """How many forms came back of each design, valid or not."""
    rows = connection.execute(_RETURNED, {"wave": wave.id})
    return {DesignClass(*row[:5]): int(row[5]) for row in rows}


def forms_of(connection: Connection, wave: Wave, of: DesignClass, flag: str) -> frozenset[str]:
    """The valid forms of a class that carry a flag; every one of them where it is blank."""
    place = {"wave": wave.id, "grp": of.group, "sample": of.sample, "unit": of.unit}
    return frozenset(
        ballot
        for ballot, mode, psu, flags in connection.execute(_OF_SAMPLE, place)
        if of.mode in ("", mode) and of.psu in ("", psu) and (not flag or flag in flags.split())
    )


def cells(connection: Connection, wave: Wave, group: str) -> Mapping[str, frozenset[str]]:
    """The valid forms of a group that rate each unit."""
    by_unit: dict[str, set[str]] = {}
    for unit, ballot in connection.execute(_RATED, {"wave": wave.id, "grp": group}):
        by_unit.setdefault(unit, set()).add(ballot)
    return {unit: frozenset(forms) for unit, forms in by_unit.items()}
