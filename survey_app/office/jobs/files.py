"""Files that jobs have made: who may fetch them, and that it is in the log."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, request, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.jobs import folder
from survey_app.office.documents.making import FILE
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.jobs import shown
from survey_app.store.jobs import Job
from survey_app.store.log import audit
from survey_app.web import house

NEEDS: Mapping[str, str] = {
    "report": "results.see",
    "release": "release.download",
    "unit_reports": "results.see",
    "open_data": "release.download",
}
"""Kind of a job with a file -> what one must be allowed, to fetch it."""


def may_fetch(job: Job) -> bool:
    """Whether there is a file that whoever looks may take away."""
    permission = NEEDS.get(job.kind)
    is_done = permission is not None and job.state == "done"
    file = folder.path(house().settings, job.folder) / FILE
    return is_done and bool(current_user.may(permission)) and file.is_file()


def fetched(job: Job) -> ResponseReturnValue:
    """The file of a job that is done; the page of one that is not yet."""
    if job.is_unfinished:
        return shown.way_on(job)
    permission = NEEDS.get(job.kind)
    if permission and not current_user.may(permission):
        not_theirs()
    if not may_fetch(job):
        abort(404)
    if request.method != "HEAD":
        _log(job)
    return _file(job)


def _log(job: Job) -> None:
    what = job.kind
    if job.kind in {"report", "unit_reports"}:
        units = "units " if job.kind == "unit_reports" else ""
        what = f"{job.arguments['card']} {units}{job.arguments['kind']}"
    with house().database.writing() as connection:
        detail = f"{job.wave} {what}"
        audit.append(connection, who(), "download", detail, house().stamp())


def _file(job: Job) -> Response:
    file = folder.path(house().settings, job.folder) / FILE
    reply = send_file(file.resolve(), job.result["type"], as_attachment=True, download_name="file")
    reply.headers["Content-Disposition"] = f'attachment; filename="{job.result["name"]}"'
    return reply
