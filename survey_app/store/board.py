"""How fieldwork stands, from counts that are kept. Nothing here names a case.

While a wave is open, what respondents do is counted as it was last shown: whoever watches the board
while a known person answers sees nothing change by fewer than five people. Of a closed wave it is
counted as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from survey_app.store.waves import Wave


@dataclass(frozen=True)
class Cell:
    """One sample: of a unit x group, or (`sample` filled in) one that serves several units.

    `population` is None as long as a stratum's is unknown. `returned` counts the forms that came,
    `mixed` those of them that are in the clear, `valid` those of these that rate at least one
    unit. `mode` is filled in where a group's cases are counted by how they are asked.
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
    mixed: int = 0
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
_GRAIN = "(CASE WHEN w.closed_at IS NULL THEN 5 ELSE 1 END)"
"""Of an open wave, forms that rate nothing, and ratings of a unit that only some of a batch were
asked about, are counted by fives: a batch of five would tell of one person."""

_SUMS = f"""SUM(k.cases) AS cases, SUM(k.issued) AS issued, SUM(k.begun) AS begun,
    SUM(k.sent) AS returned, SUM(k.mixed) AS mixed,
    SUM(k.mixed - (k.mixed - k.valid) / {_GRAIN} * {_GRAIN}) AS valid
    FROM kept_counts k JOIN waves w ON w.id = k.wave_id"""
_SUMMED = ("cases", "issued", "begun", "returned", "mixed", "valid")
"""What is summed up, in its order."""

_CELLS = text(f"""
    SELECT k.grp, k.unit, k.sample, {_SUMS} WHERE k.wave_id = :wave
    GROUP BY k.grp, k.unit, k.sample""")
_MODES = text(f"SELECT k.grp, k.mode, {_SUMS} WHERE k.wave_id = :wave GROUP BY k.grp, k.mode")
_TOTALS = text(f"SELECT k.wave_id, {_SUMS} GROUP BY k.wave_id")
_RATED = text(f"""
    SELECT k.grp, k.unit, k.rated / {_GRAIN} * {_GRAIN} AS rated
    FROM kept_ratings k JOIN waves w ON w.id = k.wave_id WHERE k.wave_id = :wave""")
_DAYS = text("""
    SELECT grp, unit, sample, day, sent FROM kept_days WHERE wave_id = :wave ORDER BY day""")
_DAYS_OF_GROUPS = text("""
    SELECT grp, day, SUM(sent) FROM kept_days WHERE wave_id = :wave GROUP BY grp, day ORDER BY day
    """)
_OUTCOMES = text("""
    SELECT grp, code, SUM(noted) AS noted, SUM(own) AS own, SUM(unsent) AS unsent
    FROM kept_outcomes WHERE wave_id = :wave GROUP BY grp, code""")


def cells(connection: Connection, wave: Wave) -> tuple[Cell, ...]:
    """Every sample of a wave with its counts, by group, then unit in the wave's order of codes."""
    frame = {
        (grp, unit, sample): (_known(population), _known(planned))
        for grp, unit, sample, population, planned in connection.execute(_FRAME, _of(wave)).all()
    }
    counts = {
        (grp, unit, sample): numbers
        for grp, unit, sample, *numbers in connection.execute(_CELLS, _of(wave)).all()
    }
    nothing = [0] * len(_SUMMED)
    cells = []
    for key in sorted({*frame, *counts}):
        numbers: dict[str, Any] = dict(
            zip(_SUMMED, map(int, counts.get(key, nothing)), strict=True)
        )
        cells.append(Cell(*key, *frame.get(key, (None, None)), **numbers))
    return tuple(cells)


def _known(number: int | None) -> int | None:
    """A sum as a number of ours; PostgreSQL's are decimals."""
    return None if number is None else int(number)


def by_mode(connection: Connection, wave: Wave) -> tuple[Cell, ...]:
    """Every group's cases by how they are asked; none where all are asked in one way."""
    rows = connection.execute(_MODES, _of(wave)).mappings().all()
    if len({row["mode"] for row in rows}) <= 1:
        return ()
    lines = [Cell(row["grp"], "", "", mode=row["mode"], **_counts(row)) for row in rows]
    return tuple(sorted(lines, key=lambda line: (line.grp, line.mode)))


def totals(connection: Connection) -> Mapping[int, Cell]:
    """The counts of every wave that has cases, by its number."""
    return {
        row["wave_id"]: Cell("", "", "", **_counts(row))
        for row in connection.execute(_TOTALS).mappings()
    }


def begun(connection: Connection, wave: Wave) -> int:
    """How many forms are begun and not sent: closing the wave ends them."""
    return total(cells(connection, wave)).begun


def rated(connection: Connection, wave: Wave) -> Mapping[tuple[str, str], int]:
    """How many mixed ballots rate each unit, by group: (unit, group) -> count."""
    rows = connection.execute(_RATED, _of(wave))
    return {(unit, grp): rated for grp, unit, rated in rows if rated}


@dataclass(frozen=True)
class Day:
    """Forms of a sample that were first shown on a day; a blank day: before that was kept."""

    grp: str
    unit: str
    sample: str
    day: str
    sent: int


def days(connection: Connection, wave: Wave) -> tuple[Day, ...]:
    """On which days forms were counted, in their order."""
    return tuple(Day(*row) for row in connection.execute(_DAYS, _of(wave)))


def days_of_groups(connection: Connection, wave: Wave) -> tuple[Day, ...]:
    """The same for whole groups."""
    rows = connection.execute(_DAYS_OF_GROUPS, _of(wave))
    return tuple(Day(grp, "", "", day, int(sent)) for grp, day, sent in rows)


@dataclass(frozen=True)
class Outcome:
    """How many cases of a group have an outcome code.

    `noted` by the office, whether or not a form came; `own`, by what they did themselves, as
    shown; `unsent`, of a closed wave, those who sent nothing.
    """

    grp: str
    code: str
    noted: int
    own: int
    unsent: int


def outcomes(connection: Connection, wave: Wave) -> tuple[Outcome, ...]:
    """What became of the cases of each group, as far as it is known."""
    rows = connection.execute(_OUTCOMES, _of(wave))
    return tuple(Outcome(*row[:2], *map(int, row[2:])) for row in rows)


def total(counted: Iterable[Cell]) -> Cell:
    """The sum over samples. The population is unknown as soon as one is."""
    cells = tuple(counted)
    columns = zip(*map(_NUMBERS, cells), strict=True) if cells else [()] * len(_NAMES)
    sums: dict[str, Any] = dict(zip(_NAMES, map(sum, columns), strict=True))
    return Cell(
        grp="",
        unit="",
        sample="",
        population=_sum([cell.population for cell in cells]),
        planned=sum(cell.planned or 0 for cell in cells),
        **sums,
    )


_NAMES = ("cases", "issued", "begun", "returned", "valid", "mixed")
_NUMBERS = attrgetter(*_NAMES)


def _counts(row: RowMapping) -> dict[str, Any]:
    return {name: int(row[name]) for name in _NAMES}


def _of(wave: Wave) -> Mapping[str, int]:
    return {"wave": wave.id}


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
