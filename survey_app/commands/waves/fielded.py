"""What commands say of texts that were in the field before."""

from __future__ import annotations

from analysis.problems import ProblemsFound
from survey_app.commands.opened import say
from survey_app.conduct import fielded
from survey_app.questionnaire.model import Study
from survey_app.store.engine.database import Connection


def hold_against_the_fielded(connection: Connection, study: Study) -> None:
    """Say what was reworded since a questionnaire was last in the field.

    Raises
    ------
    ProblemsFound
        When answers to a questionnaire would mean something else than those the store holds, or
        its text changed and its version was not raised.
    """
    held = fielded.held_against(connection, study)
    for name in held.unread:
        say(f"the texts of wave {name} are of an older form, and were not compared")
    for line in held.compared.lines:
        say(line)
    if held.compared.problems:
        raise ProblemsFound(held.compared.problems)
