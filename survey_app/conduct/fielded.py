"""What respondents have answered already: no wave may change its meaning under the same name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.problems import ProblemsFound
from survey_app.questionnaire import library
from survey_app.questionnaire.editions.since import Compared, Form, forms, refielded
from survey_app.questionnaire.model import Study
from survey_app.store import waves
from survey_app.store.engine.database import Connection


@dataclass(frozen=True)
class AgainstTheFielded:
    """A study held against what was in the field; `unread` are waves that cannot be compared."""

    compared: Compared
    unread: Sequence[str]


def held_against(connection: Connection, study: Study) -> AgainstTheFielded:
    """What was reworded since each questionnaire of a study was last in the field."""
    opened = [wave for wave in waves.list_(connection) if wave.opened_at]
    known: list[Form] = []
    unread = []
    for wave in sorted(opened, key=lambda each: each.opened_at or ""):
        try:
            fielded = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
        except ProblemsFound:
            unread.append(wave.name)
        else:
            known += forms(fielded)
    return AgainstTheFielded(refielded(known, forms(study)), unread)
