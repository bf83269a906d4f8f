"""The work that is done about a scorecard before it is published: sensitivity, and other years."""

from __future__ import annotations

from survey_app.conduct import examining
from survey_app.conduct.examining import Examined
from survey_app.jobs.task import Effect, Task
from survey_app.store import scorecards
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.scorecards import Scorecard


def sensitivity(task: Task) -> Effect:
    """How far scores and ranks depend on choices, and on those who did not answer."""
    steps = ("sensitivity", "nonresponse")
    examined = examining.sensitivity(
        task.house,
        _card(task),
        task.work_folder(),
        told=lambda step: task.tell(steps.index(step), len(steps) + 1, step),
        pause=task.pause,
    )
    task.tell(len(steps), len(steps) + 1, "keep")
    return _kept(task, examined)


def compare(task: Task) -> Effect:
    """What has changed since another year."""
    examined = examining.compare(
        task.house,
        _card(task),
        task.work_folder(),
        told=lambda step: task.tell(0, 2, step),
        pause=task.pause,
        last=str(task.job.arguments.get("last", "")),
        rule="frame" if task.job.arguments.get("rule") == "frame" else "leave_out",
    )
    task.tell(1, 2, "keep")
    return _kept(task, examined)


def _card(task: Task) -> Scorecard:
    with task.house.database.reading() as connection:
        return scorecards.find(connection, int(task.job.arguments["card"]))


def _kept(task: Task, examined: Examined) -> Effect:
    def effect(connection: Connection) -> Json:
        examining.keep(connection, task.house, examined, task.job.asked_by)
        return {"scorecard": examined.card.id}

    return effect
