"""What a file of a wave is checked against: its groups and its units."""

from __future__ import annotations

from collections.abc import Mapping
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
    unit_names: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, task: Task, wave: Wave) -> Texts:
        """Of a wave, as pinned."""
        with task.house.database.reading() as connection:
            texts = waves.texts(connection, wave.id)
            units = waves.units(connection, wave.id)
        names = {unit.unit: (unit.name_vi, unit.name_en) for unit in units}
        return cls(library.study_from_texts(wave.study, texts), names)

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of the units."""
        return tuple(self.unit_names)

    @property
    def group_names(self) -> Mapping[str, tuple[str, ...]]:
        """The groups with their names in every language."""
        return {code: tuple(text.values()) for code, text in self.study.index.groups.items()}

    @property
    def groups(self) -> tuple[str, ...]:
        """The codes of the groups."""
        return tuple(self.study.index.groups)
