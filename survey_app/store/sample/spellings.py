"""Names in all that was imported into a wave, compared after every import."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from analysis.problems import Problem
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.lists import spellings
from survey_app.store import waves
from survey_app.store.sample import cases
from survey_app.store.waves import Wave


def remarks(
    connection: Connection, wave: Wave, file: str, drawn: Sequence[Case]
) -> tuple[Problem, ...]:
    """A warning for every set of names of a wave that differ only in spelling.

    A list may spell a village otherwise than the list before it, or than the frame. `drawn` are all
    cases of the wave.
    """
    names = {unit.unit: unit.name_vi for unit in waves.units(connection, wave.id)}
    return spellings.remarks(file, drawn, cases.frame(connection, wave.id), names)
