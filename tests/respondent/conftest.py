from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.respondent.door import Door, open_door


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
