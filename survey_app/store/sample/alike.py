"""The cases of a wave by what is known of them, counted by the database: for frames of releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from survey_app.fieldwork.disposition import History
from survey_app.store.counts.kept import CODED, DECIDING


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Cases of one kind, and how many they are. `takes_some`: each rates a random few.

    Of what was noted of them their history has the newest that decides; they differ in the rest.
    """

    cell: tuple[str, str, str]
    stratum: str
    mode: str
    home_unit: str
    takes_some: bool
    history: History
    size: int


# Few cases have anything noted that decides: the newest is looked for in theirs alone.
_COUNTED = text("""
    SELECT c.grp, c.sample, c.unit, c.stratum, c.mode, c.home_unit,
           c.asked LIKE '*%' AND c.asked <> '*' AS takes_some,
           i.case_id IS NOT NULL AS issued, u.case_id IS NULL AS spent, p.stage,
           CASE WHEN n.case_id IS NOT NULL THEN (
               SELECT e.kind FROM events e WHERE e.case_id = c.id AND e.kind IN :deciding
               ORDER BY e.id DESC LIMIT 1) END AS kind,
           COUNT(*) AS size
    FROM cases c
    LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id
    LEFT JOIN (SELECT DISTINCT case_id FROM events WHERE kind IN :coded) n ON n.case_id = c.id
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    WHERE c.wave_id = :wave
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11""").bindparams(
    bindparam("deciding", DECIDING, expanding=True), bindparam("coded", CODED, expanding=True)
)


def of_wave(connection: Connection, wave_id: int) -> Iterator[Alike]:
    """Every kind of case that a wave has."""
    for row in connection.execute(_COUNTED, {"wave": wave_id}):
        *cell, stratum, mode, home_unit, takes_some, issued, spent, stage, kind, size = row
        yield Alike(
            cell=tuple(cell),
            stratum=stratum,
            mode=mode,
            home_unit=home_unit,
            takes_some=bool(takes_some),
            history=History(
                issued=bool(issued),
                spent=bool(spent),
                begun=stage is not None,
                stage=stage or 0,
                events=(kind,) if kind else (),
            ),
            size=size,
        )
