"""What an author previews: a questionnaire or a study, and the files that it is read from."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.problems import Problem, ProblemsFound
from survey_app.questionnaire import library
from survey_app.questionnaire.check import home
from survey_app.questionnaire.library import Folder
from survey_app.questionnaire.reader import audio

_WATCHED = {".yaml", *audio.KINDS}
_SETTLES = 0.05
"""Seconds between two looks at a file that is just being written."""

Seen = frozenset[tuple[str, int, int]]
"""Files by path, time of the last change and size."""


@dataclass(frozen=True)
class Target:
    """A study on disk, and the questionnaire in it that was named; "" when it was the study."""

    study: str
    root: Path
    file: str = ""

    @classmethod
    def of(cls, path: Path) -> Target:
        """The study of a folder, or of a file that stands beside an index.

        Raises
        ------
        ProblemsFound
        """
        folder = path if path.is_dir() else path.parent
        index = folder / library.INDEX_FILE
        if not index.is_file():
            help_ = f"name the folder of a study, or a file beside its `{library.INDEX_FILE}`"
            message = "a questionnaire is read with the index and the scales beside it"
            raise ProblemsFound([Problem("no-such-study", message, str(path), help=help_)])
        study, root = home(index, library.LIBRARY)
        whole = path.resolve()
        is_one = whole.is_file() and whole.name != library.INDEX_FILE
        return cls(study, root.resolve(), whole.relative_to(root.resolve()).as_posix() * is_one)

    def shelf(self) -> Folder:
        """The files, to be read once; shown as `cchc check` shows them."""
        return Folder(self.root)

    def seen(self, taken: Iterable[str]) -> Seen:
        """The files that the study may be read from, as they are now: those taken, and others.

        Looks again until nothing is being written.
        """
        before, now = None, self._seen(taken)
        while before != now:
            if before is not None:
                time.sleep(_SETTLES)
            before, now = now, self._seen(taken)
        return now

    def _seen(self, taken: Iterable[str]) -> Seen:
        folder = self.root / self.study
        near = [*folder.rglob("*"), *folder.parent.glob("*.yaml")]
        named = {each for each in near if each.suffix in _WATCHED}
        states = []
        for file in named | {self.root / path for path in taken}:
            try:
                state = file.stat()
            except OSError:
                continue
            states.append((str(file), state.st_mtime_ns, state.st_size))
        return frozenset(states)
