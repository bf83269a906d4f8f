from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import IN_VIETNAM, PHONE
from tests.respondent.live_survey import LiveSurvey, live_copy
from tests.support.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.respondent.weak import Place


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> str:
    """A running PostgreSQL, or none: what asks for it runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[LiveSurvey]:
    """A wave of the tiny study in the field: two delegates, three citizens."""
    with live_copy(tmp_path, council=2, citizens=3) as made:
        yield made


@pytest.fixture
def surveys(tmp_path: Path) -> Iterator[Any]:
    """Fields a wave of one's own: surveys(council=..., citizens=..., asked=...)."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda **wave: stack.enter_context(live_copy(tmp_path, **wave))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A wave in the field behind a network that can fail."""
    from tests.respondent.weak import Network, Place

    with live_copy(tmp_path, council=1, citizens=2) as survey:
        network = Network(survey.app)
        with serving(network) as base:
            yield Place(survey, network, base)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A small phone's browser."""
    context = browser.new_context(**IN_VIETNAM, **PHONE)
    context.set_default_timeout(15_000)
    yield context
    context.close()
