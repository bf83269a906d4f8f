from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import IN_VIETNAM, PHONE
from tests.respondent.door import Door, open_door
from tests.support.server import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from tests.respondent.weak import Place


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The phone's door of a wave of the tiny study: two delegates, three citizens."""
    with open_door(tmp_path, council=2, citizens=3) as made:
        yield made


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Any]:
    """Makes a door of a wave of one's own: doors(council=..., citizens=..., asked=...)."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda **wave: stack.enter_context(open_door(tmp_path, **wave))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The door of a wave behind a network that can fail."""
    from tests.respondent.weak import Network, Place

    with open_door(tmp_path, council=1, citizens=2) as door:
        network = Network(door.app)
        with serving(network) as base:
            yield Place(door, network, base)


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A small phone's browser."""
    context = browser.new_context(**IN_VIETNAM, **PHONE)
    context.set_default_timeout(15_000)
    yield context
    context.close()
