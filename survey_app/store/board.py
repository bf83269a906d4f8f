"""How fieldwork stands. Nothing here names a case.

While a wave is open, what respondents do is counted as of the last mixing: whoever watches the
board while a known person answers sees nothing change by fewer than five people. Once it is
closed, everything is counted now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from survey_app.store.waves import Wave


@dataclass(frozen=True)
class Cell:
    """One sample: of a unit x group, or (`sample` filled in) one that serves several units.

    `population` is None as long as a stratum's is unknown. `returned` counts spent invitations (of
    an open wave, ballots that were mixed), `valid` the ballots that rate at least one unit. `mode`
    is filled in where a group's cases are counted by how they are asked.
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

_ISSUED = """COUNT(*) AS cases, COUNT(i.case_id) AS issued{more}
    FROM cases c
    LEFT JOIN (SELECT DISTINCT case_id FROM invitations) i ON i.case_id = c.id{joins}
    WHERE c.wave_id = :wave"""
_OPEN = _ISSUED.format(more="", joins="")
_CLOSED = _ISSUED.format(
    more=""", COUNT(p.case_id) AS begun,
        SUM(CASE WHEN i.case_id IS NOT NULL AND u.case_id IS NULL THEN 1 ELSE 0 END) AS returned""",
    joins="""
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN progress p ON p.case_id = c.id""",
)

_BALLOTS = """
    COUNT(DISTINCT CASE WHEN r.skipped THEN NULL ELSE b.id END) AS valid{more}
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave"""
_VALID = _BALLOTS.format(more="")
_MIXED = _BALLOTS.format(more=", COUNT(DISTINCT b.id) AS returned")
_SHOWN = "SUM(begun) AS begun FROM board_counts WHERE wave_id = :wave"

_BY_CELL = "c.grp, c.unit, c.sample"
_BY_BALLOT_CELL = "b.grp, CASE WHEN b.sample = '' THEN r.unit ELSE '' END, b.sample"
_STATEMENTS = {
    "open": (
        text(f"SELECT {_BY_CELL}, {_OPEN} GROUP BY {_BY_CELL}"),
        text(
            "SELECT b.grp, CASE WHEN b.sample = '' THEN r.unit ELSE '' END AS unit, b.sample, "
            f"{_MIXED} GROUP BY {_BY_BALLOT_CELL}"
        ),
        text(f"SELECT grp, unit, sample, {_SHOWN} GROUP BY grp, unit, sample"),
    ),
    "closed": (
        text(f"SELECT {_BY_CELL}, {_CLOSED} GROUP BY {_BY_CELL}"),
        text(
            "SELECT b.grp, CASE WHEN b.sample = '' THEN r.unit ELSE '' END AS unit, b.sample, "
            f"{_VALID} GROUP BY {_BY_BALLOT_CELL}"
        ),
    ),
}
_STATEMENTS_BY_MODE = {
    "open": (
        text(f"SELECT c.grp, c.mode, {_OPEN} GROUP BY c.grp, c.mode"),
        text(f"SELECT b.grp, b.mode, {_MIXED} GROUP BY b.grp, b.mode"),
        text(f"SELECT grp, mode, {_SHOWN} GROUP BY grp, mode"),
    ),
    "closed": (
        text(f"SELECT c.grp, c.mode, {_CLOSED} GROUP BY c.grp, c.mode"),
        text(f"SELECT b.grp, b.mode, {_VALID} GROUP BY b.grp, b.mode"),
    ),
}

_RATED = text("""
    SELECT b.grp, r.unit, COUNT(*) AS rated
    FROM ballots b JOIN ratings r ON r.ballot_id = b.id
    WHERE b.wave_id = :wave AND NOT r.skipped GROUP BY b.grp, r.unit""")


def cells(connection: Connection, wave: Wave) -> tuple[Cell, ...]:
    """Every sample of a wave with its counts, by group, then unit in the wave's order of codes."""
    found: dict[Key, dict[str, int | None]] = defaultdict(dict)
    for statement in (_FRAME, *_STATEMENTS[_counting(wave)]):
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
    for statement in _STATEMENTS_BY_MODE[_counting(wave)]:
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


def _counting(wave: Wave) -> str:
    """How a wave is counted."""
    return "closed" if wave.state == "closed" else "open"


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
