"""The cases of one sample and how each stands: never what anyone answered.

While a wave is open only what the office itself did and noted is told of a case. Of a closed one it
is told who answered, where at least five of a sample did and at least five did not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import BindParameter, Connection, bindparam, text

from survey_app.fieldwork import disposition
from survey_app.fieldwork.protection.anonymity import ENOUGH
from survey_app.store.counts.kept import DECIDING
from survey_app.store.waves import Wave

State = Literal["answered", "noted", "issued", "not_issued"]
STATES: tuple[State, ...] = ("not_issued", "issued", "noted", "answered")


@dataclass(frozen=True)
class CaseState:
    """A case by its number in the sample file. `code` is the outcome that was noted of it."""

    label: str
    mode: str
    state: State
    code: str
    day: str
    """Of the newest thing that the office noted."""


_TELLS = text("""
    SELECT COUNT(*) - COUNT(u.case_id) AS answered, COUNT(u.case_id) AS did_not
    FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
    WHERE c.wave_id = :wave AND c.grp = :grp AND c.unit = :unit AND c.sample = :sample""")
_LISTED = """
    FROM (
        SELECT c.id, c.label, c.mode,
               EXISTS (SELECT 1 FROM invitations i WHERE i.case_id = c.id) AS issued,
               CASE WHEN :tells = 1 AND u.case_id IS NULL THEN 1 ELSE 0 END AS answered,
               (SELECT e.kind FROM events e WHERE e.case_id = c.id AND e.kind IN :deciding
                AND NOT (:tells = 0 AND e.kind = 'refused' AND e."by" = '')
                ORDER BY e.id DESC LIMIT 1) AS kind,
               (SELECT MAX(e.day) FROM events e WHERE e.case_id = c.id
                AND NOT (:tells = 0 AND e.kind = 'refused' AND e."by" = '')) AS day
        FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
        WHERE c.wave_id = :wave AND c.grp = :grp AND c.unit = :unit AND c.sample = :sample
    ) s"""
_STATE = """CASE WHEN s.answered = 1 THEN 'answered'
    WHEN s.kind IS NOT NULL AND s.kind <> 'issued' THEN 'noted'
    WHEN s.issued THEN 'issued' ELSE 'not_issued' END"""
_DECIDING: BindParameter[str] = bindparam("deciding", DECIDING, expanding=True)
_PAGE = text(f"""
    SELECT label, mode, state, kind, day FROM (
        SELECT s.id, s.label, s.mode, {_STATE} AS state, s.kind, s.day {_LISTED}
    ) listed WHERE :state = '' OR state = :state
    ORDER BY id LIMIT :length OFFSET :start""").bindparams(_DECIDING)
_COUNTS = text(f"SELECT {_STATE} AS state, COUNT(*) {_LISTED} GROUP BY 1").bindparams(_DECIDING)


@dataclass(frozen=True)
class Sample:
    """The cases of one sample of a wave, as they may be told."""

    wave: Wave
    grp: str
    unit: str
    sample: str

    def tells_who_answered(self, connection: Connection) -> bool:
        """Whether it may be told who answered: the wave is closed, and neither side is small."""
        if self.wave.state != "closed":
            return False
        row = connection.execute(_TELLS, self._where()).one()
        return min(int(row.answered), int(row.did_not)) >= ENOUGH

    def counts(self, connection: Connection, *, tells: bool) -> dict[State, int]:
        """How many cases there are in each state."""
        rows = connection.execute(_COUNTS, self._where() | {"tells": int(tells)})
        known = {state: int(number) for state, number in rows}
        return {state: known[state] for state in STATES if state in known}

    def page(
        self, connection: Connection, *, tells: bool, state: str, start: int, length: int
    ) -> tuple[CaseState, ...]:
        """Some cases in the order of the sample file; of one state where one is asked for."""
        values = {"tells": int(tells), "state": state, "start": start, "length": length}
        rows = connection.execute(_PAGE, self._where() | values)
        kinds = disposition.event_kinds()
        return tuple(
            CaseState(
                label=row.label,
                mode=row.mode,
                state=row.state,
                code=kinds[row.kind].code if row.state == "noted" else "",
                day=row.day or "",
            )
            for row in rows
        )

    def _where(self) -> dict[str, object]:
        return {"wave": self.wave.id, "grp": self.grp, "unit": self.unit, "sample": self.sample}
