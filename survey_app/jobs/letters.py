"""The kind of work that issues links: letters and tables are made, then the links count."""

from __future__ import annotations

from survey_app import file_modes
from survey_app.conduct import issuing
from survey_app.jobs import folder
from survey_app.jobs.task import Effect, Task
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.jobs import Json
from survey_app.store.log import audit
from survey_app.store.sample import links
from survey_app.store.sample.links import Selection


def letters(task: Task) -> Effect:
    """Links for a selection, as letters and tables in one file that is fetched once."""
    house, wave, asked = task.house, task.wave, task.job.arguments
    selection = Selection(**{name: tuple(asked[name]) for name in ("labels", "groups", "units")})
    again, day = bool(asked["again"]), house.today()
    task.tell(0, 2, "letters")
    with house.database.reading() as connection:
        writing = issuing.writing(house, connection, wave, asked["language"])
        ready = links.make_ready(connection, wave, selection, day, again=again)
    invitations = [each.invitation for each in ready]
    issuing.checked(writing, invitations)
    file = task.work_folder() / folder.LINKS
    file_modes.make_file(file)
    issuing.pack(house, writing, invitations, file, task.pause)
    task.tell(1, 2, "keep")

    def effect(connection: Connection) -> Json:
        by = task.job.asked_by
        links.issue(connection, waves.find(connection, wave.name), ready, day, by, again=again)
        detail = f"{wave.name} {len(ready)}"
        audit.append(connection, by, "invitations-issue", detail, house.stamp())
        file.replace(task.folder / folder.LINKS)
        return {"count": len(ready), "name": f"thu-moi-{wave.name}.zip", "type": "application/zip"}

    return effect
