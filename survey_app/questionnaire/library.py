"""The library of studies: a folder of texts, or the same texts pinned in a wave.

Both go one way: whole texts by their path, then nodes, then frozen objects. A study with a fault
is refused whole, with every fault of every one of its files.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path

from analysis.problems import Problem, ProblemsFound, closest
from survey_app.questionnaire.model import CODE, Study
from survey_app.questionnaire.reader import audio
from survey_app.questionnaire.reader.reading import StudyReader
from survey_app.questionnaire.yaml import encoding

LIBRARY = Path(__file__).resolve().parents[2] / "questionnaires"
INDEX_FILE = "index.yaml"


def study(name: str, root: Path = LIBRARY) -> Study:
    """The study of this name (its folder below the library), or ProblemsFound."""
    if not is_study_name(name) or not (root / name / INDEX_FILE).is_file():
        known = studies(root)
        help_ = closest(name, known) or f"a study is a folder with an `{INDEX_FILE}`"
        raise ProblemsFound([Problem("no-such-study", "there is no such study", name, help=help_)])
    return read_study(name, Folder(root))


def studies(root: Path = LIBRARY) -> tuple[str, ...]:
    """The names of all studies below a folder, in order."""
    names = (path.parent.relative_to(root).as_posix() for path in root.rglob(INDEX_FILE))
    return tuple(sorted(name for name in names if is_study_name(name)))


def study_from_texts(name: str, texts: Mapping[str, str]) -> Study:
    """A study from whole texts by their path below the library, as a wave pins them."""
    return read_study(name, Shelf(lambda path: texts[path].encode(errors="surrogatepass")))


def fingerprint(texts: Mapping[str, str]) -> str:
    """The SHA-256 of texts and their paths: equal for equal texts, on every machine."""
    digest = hashlib.sha256()
    for path, text in sorted(texts.items()):
        for part in (path.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def is_study_name(name: str) -> bool:
    """Whether a name is a path of codes, so that it cannot lead out of the library."""
    return all(CODE.fullmatch(part) for part in name.split("/"))


class Shelf:
    """Where whole texts come from; remembers which were taken."""

    def __init__(self, read: Callable[[str], bytes], shown: str = "") -> None:
        self._read = read
        self.shown = shown
        self.taken: dict[str, str] = {}

    def text(self, path: str) -> str | None:
        """The text at a path below the library; None when there is none."""
        try:
            text = encoding.decoded(self._read(path), self.label(path))
        except (OSError, KeyError, ValueError):
            return None
        self.taken[path] = text
        return text

    def recording(self, path: str) -> audio.Heard | None:
        """The SHA-256 and the size of a recording, as a pinned text tells them."""
        return audio.unpinned(self.text(path) or "")

    def label(self, path: str) -> str:
        """How a path is shown to an author."""
        return posixpath.join(self.shown, path)


class Folder(Shelf):
    """Texts in a folder on disk, shown as seen from where the command runs."""

    def __init__(self, root: Path) -> None:
        super().__init__(lambda path: (root / path).read_bytes(), _seen(root))

    def recording(self, path: str) -> audio.Heard | None:
        """The SHA-256 and the size of the file itself; the line that says so is what is taken."""
        try:
            line = audio.pinned(self._read(path))
        except (OSError, ValueError):
            return None
        self.taken[path] = line
        return audio.unpinned(line)


def _seen(root: Path) -> str:
    whole = root.resolve()
    here = Path.cwd()
    shown = whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.as_posix()
    return "" if shown == "." else shown


def read_study(name: str, shelf: Shelf) -> Study:
    """A study from a shelf, or ProblemsFound with the faults of all its files."""
    reader = StudyReader(name, shelf)
    study_read = reader.read(f"{name}/{INDEX_FILE}")
    if reader.problems:
        raise ProblemsFound(reader.problems)
    assert study_read is not None
    return study_read
