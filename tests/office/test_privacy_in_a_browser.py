"""The pages about personal data pass for everyone, in both languages, on a laptop and a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from survey_app.store.waves import Wave

PAGES = ("/dot/dot-2026/du-lieu-ca-nhan/citizens-SNV-1", "/ho-so-xu-ly-du-lieu")


@pytest.mark.parametrize("given", ["phone_page", "desktop_page"])
def test_what_is_held_and_the_record_of_processing_are_accessible_and_fit(
    request: pytest.FixtureRequest,
    signed_page: Callable[[Any], str],
    axe: Callable[[Any], None],
    wave: Wave,
    given: str,
) -> None:
    page = request.getfixturevalue(given)
    home = signed_page(page)
    for path in PAGES:
        for spoken in ("vi", "en"):
            page.goto(f"{home}/quan-tri{path}?lang={spoken}")
            assert page.get_attribute("html", "lang") == spoken
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
