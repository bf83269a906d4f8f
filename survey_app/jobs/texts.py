"""What a file of a wave is checked against: its groups and its units."""

from __future__ import annotations

from dataclasses import dataclass

from survey_app.jobs.task import Task
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.store import waves
from survey_app.store.waves import Wave


@dataclass(frozen=True)
class Texts:
    """What a file of a wave is checked against."""

    study: Study
    units: tuple[str, ...]

    @classmethod
    def of(cls, task: Task, wave: Wave) -> Texts:
        """Of a wave, as pinned."""
        with task.house.database.reading() as connection:
            texts = waves.texts(connection, wave.id)
            units = tuple(unit.unit for unit in waves.units(connection, wave.id))
        return cls(library.study_from_texts(wave.study, texts), units)

    @property
    def groups(self) -> tuple[str, ...]:
        """The codes of the groups."""
        return tuple(self.study.index.groups)
