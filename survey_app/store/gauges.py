"""Numbers for a monitor: of a wave those that its board shows, of jobs how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from survey_app.store import tables

_SHOWN = ("cases", "begun", "sent")


@dataclass(frozen=True, kw_only=True)
class Gauges:
    """`waves` has the shown counts of each wave by their names; `jobs` how many by state."""

    waves: dict[str, dict[str, int]]
    jobs: dict[str, int]


def read(connection: Connection) -> Gauges:
    """What a monitor is told. Of open waves these change by five people or more at a time."""
    counts, wave, jobs = tables.kept_counts.c, tables.waves.c, tables.jobs.c
    summed = [func.sum(counts[name]).label(name) for name in _SHOWN]
    of_waves = (
        select(wave.name, *summed)
        .join_from(tables.waves, tables.kept_counts, wave.id == counts.wave_id)
        .group_by(wave.name)
    )
    of_jobs = select(jobs.state, func.count()).group_by(jobs.state)
    return Gauges(
        waves={
            row.name: {name: int(getattr(row, name)) for name in _SHOWN}
            for row in connection.execute(of_waves)
        },
        jobs={state: int(number) for state, number in connection.execute(of_jobs)},
    )
