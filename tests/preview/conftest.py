from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from survey_app.preview.files import Target
from survey_app.preview.serving import Preview, previewing
from tests.builders import NAME, write_study
from tests.support.server import serving

YEAR = 2026


class Author:
    """Whoever writes the tiny study, with an editor."""

    def __init__(self, folder: Path) -> None:
        write_study(folder)
        self.folder = folder

    def file(self, name: str = "citizens") -> Path:
        return self.folder / NAME / f"{name}.yaml"

    def save(self, old: str, new: str, name: str = "citizens") -> None:
        text = self.file(name).read_text(encoding="utf-8")
        assert old in text
        self.file(name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path / "library")


@pytest.fixture
def preview(author: Author) -> Iterator[Callable[..., Preview]]:
    """preview() of the citizens' questionnaire; preview(path, language) of another file."""
    with ExitStack() as stack:
        yield lambda path=None, language="vi": stack.enter_context(
            previewing(Target.of(path or author.file()), YEAR, language)
        )


@pytest.fixture
def address(preview: Any) -> Iterator[Callable[..., str]]:
    """address() is where a preview is served."""
    with ExitStack() as stack:
        yield lambda *what: stack.enter_context(serving(preview(*what)))
