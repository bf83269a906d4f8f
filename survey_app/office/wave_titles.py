"""What a wave is called on pages."""

from __future__ import annotations

from survey_app.office.page import language, say
from survey_app.office.results.page import index_of
from survey_app.store.waves import Wave


def title_of(wave: Wave) -> str:
    """Its own title, or that of its study."""
    return wave.plan.title(language()) or say(index_of(wave).title, language())
