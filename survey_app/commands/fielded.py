"""What respondents have answered already: no wave may change its meaning under the same name."""

from __future__ import annotations

from analysis.problems import ProblemsFound
from survey_app.commands.opened import say
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.questionnaire.since import Form, forms, refielded
from survey_app.store import waves
from survey_app.store.database import Connection


def hold_against_the_fielded(connection: Connection, study: Study) -> None:
    """Say what was reworded since a questionnaire was last in the field.

    Raises
    ------
    ProblemsFound
        When answers to a questionnaire would mean something else than those the store holds, or
        its text changed and its version was not raised.
    """
    found = refielded(_fielded(connection), forms(study))
    for line in found.lines:
        say(line)
    if found.problems:
        raise ProblemsFound(found.problems)


def _fielded(connection: Connection) -> list[Form]:
    """The questionnaires of every wave that was opened, in the order in which they were."""
    opened = [wave for wave in waves.list_(connection) if wave.opened_at]
    found: list[Form] = []
    for wave in sorted(opened, key=lambda each: each.opened_at or ""):
        try:
            study = library.study_from_texts(wave.study, waves.texts(connection, wave.id))
        except ProblemsFound:
            say(f"the texts of wave {wave.name} are of an older form, and were not compared")
        else:
            found += forms(study)
    return found
