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


_DESIGN = """c.grp, c.sample, c.unit, c.stratum, c.mode, c.home_unit,
           c.asked LIKE '*%' AND c.asked <> '*' AS takes_some"""
# Few cases have anything noted that decides: the newest is looked for in theirs alone.
_HISTORY = """
    SELECT {design}, EXISTS (SELECT 1 FROM invitations i WHERE i.case_id = c.id) AS issued,
           p.stage,
           CASE WHEN n.case_id IS NOT NULL THEN (
               SELECT e.kind FROM events e WHERE e.case_id = c.id AND e.kind IN :deciding
               ORDER BY e.id DESC LIMIT 1) END AS kind,
           COUNT(*) AS size
    FROM cases c {which} JOIN unspent u ON u.case_id = c.id
    LEFT JOIN (SELECT DISTINCT case_id FROM events WHERE kind IN :coded) n ON n.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    WHERE c.wave_id = :wave {besides} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"""
_NOT_SENT, _SENT_OF_TRIAL = (
    text(_HISTORY.format(design=_DESIGN, which=which, besides=besides)).bindparams(
        bindparam("deciding", DECIDING, expanding=True), bindparam("coded", CODED, expanding=True)
    )
    for which, besides in (("", ""), ("LEFT", "AND u.case_id IS NULL"))
)
_SENT = text(f"""
    SELECT {_DESIGN}, NULL AS issued, NULL AS stage, NULL AS kind, COUNT(*) AS size
    FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
    WHERE c.wave_id = :wave AND u.case_id IS NULL GROUP BY 1, 2, 3, 4, 5, 6, 7""")


def of_wave(connection: Connection, wave_id: int, *, is_trial: bool = False) -> Iterator[Alike]:
    """Every kind of case that a wave has.

    Whose form was sent has no other history, but in a trial, where nobody's was.
    """
    sent = _SENT_OF_TRIAL if is_trial else _SENT
    for statement, spent in ((_NOT_SENT, False), (sent, True)):
        for row in connection.execute(statement, {"wave": wave_id}):
            *cell, stratum, mode, home_unit, takes_some, issued, stage, kind, size = row
            yield Alike(
                cell=tuple(cell),
                stratum=stratum,
                mode=mode,
                home_unit=home_unit,
                takes_some=bool(takes_some),
                history=History(
                    issued=bool(issued),
                    spent=spent,
                    begun=stage is not None,
                    stage=stage or 0,
                    events=(kind,) if kind else (),
                ),
                size=size,
            )
