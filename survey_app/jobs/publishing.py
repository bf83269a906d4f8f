"""The work of publishing: results are put before an approver, shown, and open data with them."""

from __future__ import annotations

from survey_app.conduct.scoring import open_data, publication, publish
from survey_app.conduct.scoring.open_data import OpenData
from survey_app.jobs.task import Effect, Task
from survey_app.store import scorecards
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import WaveState


def prepare(task: Task) -> Effect:
    """Put the scorecard that was looked at before whoever approves."""
    wave, card = task.wave, _looked_at(task)
    known = tuple(task.job.arguments.get("known", ()))

    def effect(connection: Connection) -> Json:
        publication.prepare(connection, task.house, wave, card, task.job.asked_by, known)
        return {"scorecard": card.id}

    return effect


def show(task: Task) -> Effect:
    """Show the scorecard to everyone that was looked at when it was asked for, and no other.

    Where that was decided, its open data are made first and become public in the same moment.
    """
    wave, card = task.wave, _looked_at(task)
    archive = _open_data(task, card) if task.job.arguments.get("open_data") else None

    def effect(connection: Connection) -> Json:
        publication.approve(connection, task.house, wave, card, task.job.asked_by)
        if archive:
            open_data.show(connection, task.house, archive, task.job.asked_by)
        return {"scorecard": card.id}

    return effect


def show_open_data(task: Task) -> Effect:
    """Make the open data of a scorecard that is public already, and show them beside it."""
    by = task.job.asked_by
    with task.house.database.reading() as connection:
        card = scorecards.find(connection, int(task.job.arguments["card"]))
        open_data.check_may_be_shown(connection, card, by)
    archive = _open_data(task, card)

    def effect(connection: Connection) -> Json:
        open_data.show(connection, task.house, archive, by)
        return {"scorecard": card.id}

    return effect


def _open_data(task: Task, card: Scorecard) -> OpenData:
    most = open_data.STEPS + 1
    task.tell(0, most, "open_data_read")

    def told(said: str) -> None:
        number, step = said.split()
        task.tell(int(number), most, f"open_data_{step}")

    work = task.work_folder()
    archive = open_data.write_to_publish(task.house, task.wave, card, work, told, task.pause)
    task.tell(open_data.STEPS, most, "keep")
    return archive


def _looked_at(task: Task) -> Scorecard:
    """The scorecard that may be shown now, if it is the one that was looked at."""
    task.tell(0, 2, "release")
    card = publish.publishable(task.house, task.wave)
    if card.id != task.job.arguments["card"]:
        message = "a newer scorecard was made meanwhile: look at it first"
        raise WaveState("newer-scorecard", message, wave=task.wave.name, scorecard=str(card.id))
    task.tell(1, 2, "keep")
    return card
