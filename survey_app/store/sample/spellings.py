"""Names in all that was imported into a wave, compared after every import."""

from __future__ import annotations

from sqlalchemy import Connection

from analysis.problems import Problem
from survey_app.fieldwork.lists import spellings
from survey_app.store import waves
from survey_app.store.sample import cases
from survey_app.store.waves import Wave


def remarks(connection: Connection, wave: Wave, file: str) -> tuple[Problem, ...]:
    """A warning for every set of names of a wave that differ only in spelling.

    A list may spell a village otherwise than the list before it, or than the frame.
    """
    names = {unit.unit: unit.name_vi for unit in waves.units(connection, wave.id)}
    drawn = tuple(cases.drawn(connection, wave.id))
    return spellings.remarks(file, drawn, cases.frame(connection, wave.id), names)
