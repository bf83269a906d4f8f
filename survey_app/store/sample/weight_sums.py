"""The weights of a wave's sample, compared with the populations that its frame has."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from analysis.problems import Problem
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.lists import weight_sums
from survey_app.fieldwork.lists.weight_sums import Off
from survey_app.store.sample import cases, substitutions
from survey_app.store.waves import Wave


def off(
    connection: Connection, wave_id: int, drawn: Iterable[Case] | None = None
) -> tuple[Off, ...]:
    """Every stratum whose weights do not add up to its population.

    `drawn` are all cases of the wave, where whoever calls has read them.
    """
    replaced = {each.label for each in substitutions.of_wave(connection, wave_id)}
    listed = cases.drawn(connection, wave_id) if drawn is None else drawn
    return weight_sums.off(listed, cases.frame(connection, wave_id), replaced)


def remarks(
    connection: Connection, wave: Wave, file: str, drawn: Iterable[Case] | None = None
) -> tuple[Problem, ...]:
    """A warning for each of them, after a sample or a frame was imported."""
    return weight_sums.remarks(file, off(connection, wave.id, drawn))
