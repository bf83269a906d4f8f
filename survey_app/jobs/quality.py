"""The work of screening: every form of a closed wave, by the analysis, in a process of its own."""

from __future__ import annotations

from survey_app.conduct.quality import screening
from survey_app.jobs.task import Effect, Task
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json

_STEPS = ("release", "screen")


def screen(task: Task) -> Effect:
    """Screen a wave; what was found is kept by form, and shown by class."""
    wave = task.wave
    result = screening.screened(
        task.house,
        wave,
        task.work_folder(),
        told=lambda step: task.tell(_STEPS.index(step), len(_STEPS) + 1, step),
        pause=task.pause,
    )
    task.tell(len(_STEPS), len(_STEPS) + 1, "keep")

    def effect(connection: Connection) -> Json:
        now = waves.find(connection, wave.name)
        screening.keep(connection, task.house, now, result, task.job.asked_by)
        return {"forms": len(result.flags)}

    return effect
