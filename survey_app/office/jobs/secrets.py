"""A file of links: fetched once, by who asked for it, and gone after a day at the latest."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

from flask import Response, abort
from flask_login import current_user

from survey_app.jobs import folder
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.jobs import shown
from survey_app.store.jobs import Job
from survey_app.store.log import audit
from survey_app.web import house

KINDS = ("letters",)
_PIECE = 65536


def may_fetch(job: Job) -> bool:
    """Whether the file is there, and whoever looks is who asked for it."""
    permitted = current_user.may("links.issue") and current_user.may("contacts.see")
    is_ours = job.kind in KINDS and job.state == "done" and shown.is_mine(job)
    return bool(is_ours and permitted and folder.has_secret(house().settings, job.folder))


def handed_over(job: Job) -> Response:
    """The file; it is deleted when its last byte was sent, and stays where that failed."""
    if not shown.is_mine(job):
        not_theirs()
    if not may_fetch(job):
        abort(404)
    file = folder.path(house().settings, job.folder) / folder.LINKS
    taken = file.with_name(f"{folder.LINKS}-{secrets.token_hex(4)}")
    try:
        file.rename(taken)  # whoever asks at the same moment gets none
    except FileNotFoundError:
        abort(404)
    with house().database.writing() as connection:
        audit.append(connection, who(), "links-fetch", f"{job.wave} {job.id}", house().stamp())
    reply = Response(_sent(taken, file), content_type=job.result["type"])
    reply.headers["Content-Length"] = str(taken.stat().st_size)
    reply.headers["Content-Disposition"] = f'attachment; filename="{job.result["name"]}"'
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _sent(taken: Path, file: Path) -> Iterator[bytes]:
    is_whole = False
    try:
        with taken.open("rb") as opened:
            while piece := opened.read(_PIECE):
                yield piece
        is_whole = True
    finally:
        if is_whole:
            taken.unlink(missing_ok=True)
        elif taken.exists():
            taken.replace(file)  # as one step, over whatever is there
