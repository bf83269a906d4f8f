"""The weights of a wave's sample, compared with the populations that its frame has."""

from __future__ import annotations

from sqlalchemy import Connection

from analysis.problems import Problem
from survey_app.fieldwork.lists import weight_sums
from survey_app.fieldwork.lists.weight_sums import Off
from survey_app.store.sample import cases, substitutions
from survey_app.store.waves import Wave


def off(connection: Connection, wave_id: int) -> tuple[Off, ...]:
    """Every stratum whose weights do not add up to its population."""
    replaced = {each.label for each in substitutions.of_wave(connection, wave_id)}
    drawn = cases.drawn(connection, wave_id)
    return weight_sums.off(drawn, cases.frame(connection, wave_id), replaced)


def remarks(connection: Connection, wave: Wave, file: str) -> tuple[Problem, ...]:
    """A warning for each of them, after a sample or a frame was imported."""
    return weight_sums.remarks(file, off(connection, wave.id))
