"""What checking a wave refuses."""

from __future__ import annotations

from survey_app.store.waves import Refused


class QualityRefused(Refused):
    """Nothing was changed; the message says why, and what would be needed."""
