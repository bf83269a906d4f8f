"""What of a wave its task list counts: samples by what they rate, links, points. Nobody by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from survey_app.store.waves import Wave


@dataclass(frozen=True, kw_only=True)
class SampleCell:
    """Cases of a wave that are drawn and asked alike, and how many they are."""

    group: str
    sample: str
    unit: str
    asked: str
    home_unit: str
    count: int


_CELLS = text("""
    SELECT grp, sample, unit, asked, home_unit, COUNT(*) FROM cases
    WHERE wave_id = :wave GROUP BY grp, sample, unit, asked, home_unit""")
_WITHOUT_LINK = text("""
    SELECT COUNT(*) FROM cases c WHERE c.wave_id = :wave AND NOT EXISTS (
        SELECT 1 FROM invitations i WHERE i.case_id = c.id AND i.revoked_on IS NULL)
      AND NOT EXISTS (SELECT 1 FROM substitutions s WHERE s.case_id = c.id)""")
_SUBMITTED = text("""
    SELECT COUNT(*) FROM assessments WHERE wave_id = :wave AND submitted_at IS NOT NULL""")
_APPRAISED = text("""
    SELECT COUNT(*) FROM (
        SELECT unit FROM self_assessments WHERE wave_id = :wave GROUP BY unit
        HAVING COUNT(appraised_points) >= :leaves) whole""")
_ANSWERS = tuple(
    text(f"SELECT 1 {where} LIMIT 1")
    for where in (
        "FROM ballots WHERE wave_id = :wave",
        "FROM sealed_ballots WHERE wave_id = :wave",
        "FROM drafts WHERE wave_id = :wave",
        "FROM scorecards WHERE wave_id = :wave",
        "FROM waves WHERE id = :wave AND left_out > 0",
        "FROM epochs WHERE wave_id = :wave AND given_up > 0",
        "FROM progress p JOIN cases c ON c.id = p.case_id WHERE c.wave_id = :wave",
        """FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
           WHERE c.wave_id = :wave AND u.case_id IS NULL""",
    )
)
"""Each finds something where a respondent has left something, be it only that a form was sent."""


def sample_cells(connection: Connection, wave_id: int) -> Iterator[SampleCell]:
    """How many cases of each sample are asked about which units."""
    for group, sample, unit, asked, home, count in connection.execute(_CELLS, {"wave": wave_id}):
        yield SampleCell(
            group=group, sample=sample, unit=unit, asked=asked, home_unit=home, count=int(count)
        )


def without_link(connection: Connection, wave_id: int) -> int:
    """How many cases have no link that leads anywhere."""
    return int(connection.execute(_WITHOUT_LINK, {"wave": wave_id}).scalar_one())


def units_with_points(connection: Connection, wave_id: int, leaves: int) -> tuple[int, int]:
    """How many units have submitted, and how many have appraised points of all their leaves."""
    submitted = connection.execute(_SUBMITTED, {"wave": wave_id}).scalar_one()
    appraised = connection.execute(_APPRAISED, {"wave": wave_id, "leaves": leaves}).scalar_one()
    return int(submitted), int(appraised) if leaves else 0


def holds_answers(connection: Connection, wave: Wave) -> bool:
    """Whether anybody has begun or sent a form of the wave, or it was scored."""
    return any(connection.execute(statement, {"wave": wave.id}).first() for statement in _ANSWERS)
