"""Recorded questions: served by the SHA-256 of their bytes, so that a phone fetches each once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, request, url_for

from survey_app.questionnaire.model import Recording
from survey_app.questionnaire.reader.audio import KINDS
from survey_app.respondent.session import RespondentSession
from survey_app.store import waves
from survey_app.web import house

blueprint = Blueprint("sound", __name__, url_prefix="/p/am-thanh")


def address(session: RespondentSession, audio: Mapping[str, Recording]) -> str:
    """Where the words are spoken in the language at hand; empty where they are not.

    It names the wave and not the invitation: what is shown of an item is kept for everyone.
    """
    recording = audio.get(session.language)
    if recording is None:
        return ""
    return url_for("sound.play", wave=session.invited.wave, digest=recording.digest)


@blueprint.get("/<wave>/<digest>")
def play(wave: str, digest: str) -> Response:
    """A recording of a wave's questionnaires: the one that was pinned, or none."""
    recording = _found(wave, digest)
    try:
        raw = (house().library / recording.path).read_bytes()
    except OSError:
        abort(404)
    if hashlib.sha256(raw).hexdigest() != digest:  # somebody has put another file in its place
        abort(404)
    kind = KINDS[PurePosixPath(recording.path).suffix]
    reply = Response(raw, mimetype=kind)
    reply.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    reply.make_conditional(request, accept_ranges=True, complete_length=len(raw))  # iPhones ask so
    return reply


def _found(name: str, digest: str) -> Recording:
    with house().database.reading() as connection:
        try:
            wave = waves.find(connection, name)
        except waves.NoSuchWave:
            abort(404)
    forms = house().study(wave.id, wave.study).questionnaires.values()
    known = [form.recordings[digest] for form in forms if digest in form.recordings]
    return known[0] if known else abort(404)
