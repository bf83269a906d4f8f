"""The work of drawing a sample: drawing from a list, making a draw the sample."""

from __future__ import annotations

from survey_app.conduct import drawing
from survey_app.jobs import rules
from survey_app.jobs.task import Effect, Task
from survey_app.sampling import drawing as sampling
from survey_app.sampling.design import Design
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.sample import weight_sums


def draw(task: Task) -> Effect:
    """Draw from the list that the wave keeps, and put the draw on record; nobody is asked yet."""
    wave = task.wave
    design = Design.again(task.job.arguments["design"])
    task.tell(0, 3, "list")
    listed = drawing.kept_list(task.house, wave)
    task.tell(1, 3, "draw")
    drawn = sampling.draw(listed.population, design)
    task.tell(2, 3, "keep")

    def effect(connection: Connection) -> Json:
        now = waves.find(connection, wave.name)
        by, at = task.job.asked_by, task.house.stamp()
        return {"draw": drawing.record(connection, now, listed, design, drawn, by=by, at=at)}

    return effect


def take(task: Task) -> Effect:
    """Make a draw the sample: it is drawn again from its seed, and has to come out the same."""
    wave, number = task.wave, int(task.job.arguments["draw"])
    task.tell(0, 2, "draw")
    kept, drawn = drawing.again(task.house, wave, number)
    task.tell(1, 2, "keep")

    def effect(connection: Connection) -> Json:
        now = waves.find(connection, wave.name)
        by, at = task.job.asked_by, task.house.stamp()
        count = drawing.take(connection, now, number, drawn, by=by, at=at)
        said = weight_sums.remarks(connection, now, kept.file)
        return {"draw": number, "count": count, "remarks": rules.kept_problems(said)}

    return effect
