"""How fieldwork stands, counted now: nothing here is stored, and nothing here names a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from survey_app.store.waves import Wave


@dataclass(frozen=True)
class Cell:
    """One sample: of a unit x group, or (`sample` filled in) one that serves several units.

    `population` is None as long as a stratum's is unknown. `returned` counts spent invitations,
    `valid` the ballots that rate at least one unit. `mode` is filled in where a group's cases are
    counted by how they are asked.
    """

    grp: str
    unit: str
    sample: str
    population: int | None = None
    planned: int | None = None
    cases: int = 0
    issued: int = 0
    begun: int = 0
    returned: int = 0
    valid: int = 0
    mode: str = ""

    @property
    def rate(self) -> float | None:
        """Returned of issued; None where nothing was issued, because 0 would be untrue."""
        return self.returned / self.issued if self.issued else None


Key = tuple[str, str, str]

_FRAME = text("""
    SELECT grp, unit, sample,
           CASE WHEN COUNT(population) = COUNT(*) THEN SUM(population) END AS population,
           SUM(planned) AS planned
    FROM strata WHERE wave_id = :wave GROUP BY grp, unit, sample""")

_COUNTED = """COUNT(*) AS cases, COUNT(i.case_id) AS issued, COUNT(p.case_id) AS begun,
           SUM(CASE WHEN i.case_id IS NOT NULL AND u.case_id IS NULL THEN 1 ELSE 0 END) AS returned
    FROM cases c
    LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id
    WHERE c.wave_id = :wave"""

_CASES = text(f"""
    SELECT c.grp, c.unit, c.sample, {_COUNTED} GROUP BY c.grp, c.unit, c.sample""")

_CASES_BY_MODE = text(f"SELECT c.grp, c.mode, {_COUNTED} GROUP BY c.grp, c.mode")

_BALLOTS = text("""
    SELECT b.grp, CASE WHEN b.sample = '' THEN r.unit ELSE '' END AS unit, b.sample,
           COUNT(DISTINCT b.id) AS valid
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave AND NOT r.skipped
    GROUP BY b.grp, CASE WHEN b.sample = '' THEN r.unit ELSE '' END, b.sample""")

_BALLOTS_BY_MODE = text("""
    SELECT b.grp, b.mode, COUNT(DISTINCT b.id) AS valid
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave AND NOT r.skipped GROUP BY b.grp, b.mode""")

_RATED = text("""
    SELECT b.grp, r.unit, COUNT(*) AS rated
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave AND NOT r.skipped GROUP BY b.grp, r.unit""")


def cells(connection: Connection, wave: Wave) -> tuple[Cell, ...]:
    """Every sample of a wave with its counts, by group, then unit in the wave's order of codes."""
    found: dict[Key, dict[str, int | None]] = defaultdict(dict)
    for statement in (_FRAME, _CASES, _BALLOTS):
        for row in connection.execute(statement, {"wave": wave.id}).mappings():
            counts = {
                name: None if value is None else int(value)
                for name, value in row.items()
                if name not in _KEY
            }
            found[row["grp"], row["unit"], row["sample"]].update(counts)
    return tuple(Cell(*key, **counts) for key, counts in sorted(found.items()))  # type: ignore[arg-type]  # as selected


def by_mode(connection: Connection, wave: Wave) -> tuple[Cell, ...]:
    """Every group's cases by how they are asked; none where all are asked in one way."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for statement in (_CASES_BY_MODE, _BALLOTS_BY_MODE):
        for row in connection.execute(statement, {"wave": wave.id}).mappings():
            counts = {
                name: int(value) for name, value in row.items() if name not in {"grp", "mode"}
            }
            found[row["grp"], row["mode"]].update(counts)
    if len({mode for _, mode in found}) <= 1:
        return ()
    return tuple(Cell(grp, "", "", mode=m, **counts) for (grp, m), counts in sorted(found.items()))


def begun(connection: Connection, wave: Wave) -> int:
    """How many forms are begun and not sent: closing the wave ends them."""
    return total(cells(connection, wave)).begun


def rated(connection: Connection, wave: Wave) -> Mapping[tuple[str, str], int]:
    """How many ratings there are of each unit by each group: (unit, group) -> count."""
    rows = connection.execute(_RATED, {"wave": wave.id})
    return {(row.unit, row.grp): row.rated for row in rows}


def total(counted: tuple[Cell, ...]) -> Cell:
    """The sum over samples. The population is unknown as soon as one is."""
    return Cell(
        grp="",
        unit="",
        sample="",
        population=_sum([cell.population for cell in counted]),
        planned=sum(cell.planned or 0 for cell in counted),
        cases=sum(cell.cases for cell in counted),
        issued=sum(cell.issued for cell in counted),
        begun=sum(cell.begun for cell in counted),
        returned=sum(cell.returned for cell in counted),
        valid=sum(cell.valid for cell in counted),
    )


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


_KEY = frozenset({"grp", "unit", "sample"})
