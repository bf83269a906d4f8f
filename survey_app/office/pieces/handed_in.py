"""Files that came with a form, by names that can be shown."""

from __future__ import annotations

from flask import request

from survey_app.fieldwork.assessment.evidence_file import plain_name
from survey_app.fieldwork.sheets.cells import Source


def files() -> list[Source]:
    """What came, in its order: of a name no path counts, and nothing that cannot be seen."""
    sent = request.files.getlist("files")
    return [Source(plain_name(file.filename or ""), file.read()) for file in sent if file.filename]
