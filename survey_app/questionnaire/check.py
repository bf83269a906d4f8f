"""What `cchc check` finds: every fault of every file, and a line for whatever is sound.

A file is known by its first key, so that an author may name an index, a questionnaire, a scales or
a units file, or the folder of a study. A file that is not an index is checked by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from analysis.problems import Problem, ProblemsFound
from survey_app.questionnaire import library
from survey_app.questionnaire.codebook import plain
from survey_app.questionnaire.editions.since import Compared, Form, compared, forms
from survey_app.questionnaire.model import Scale, Study
from survey_app.questionnaire.reader.forms import load_questionnaire
from survey_app.questionnaire.reader.index import counts, sums
from survey_app.questionnaire.reader.scales import languages_seen, load_scales
from survey_app.questionnaire.reader.units import load_units
from survey_app.questionnaire.yaml import encoding
from survey_app.questionnaire.yaml.document import Node
from survey_app.questionnaire.yaml.tree import grown

_KINDS = ("index", "questionnaire", "scales", "programme")
_PROVENANCES = ("quoted", "analogous", "proposed")


@dataclass
class Checked:
    """The outcome: `lines` for what is sound, `problems` for what is not."""

    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    studies: list[dict[str, Any]] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    since: Compared | None = None

    def as_json(self) -> dict[str, Any]:
        """The same for programs: text, whole numbers and lists only."""
        return {
            "studies": self.studies,
            "problems": [asdict(each) | {"place": each.place} for each in self.problems],
            **({"since": self.since.forms} if self.since else {}),
        }


def check_files(
    paths: Sequence[Path] | None = None,
    root: Path = library.LIBRARY,
    *,
    since: Path | None = None,
) -> Checked:
    """Check files and folders; without any, the whole library.

    `since`: an earlier questionnaire, or the folder of an earlier study, to hold all that is sound
    against.
    """
    checked = Checked()
    for name, home in _whole(root) if not paths else _named(paths, root, checked):
        _check_study(name, home, checked)
    if since is not None:
        before = check_files([since], root)
        checked.problems += before.problems
        if not before.problems:
            checked.since = compared(before.forms, checked.forms, str(since))
            checked.lines += checked.since.lines
            checked.problems += checked.since.problems
    checked.problems = list(dict.fromkeys(checked.problems))
    return checked


def _whole(root: Path) -> list[tuple[str, Path]]:
    return [(name, root) for name in library.studies(root)]


def _named(paths: Sequence[Path], root: Path, checked: Checked) -> list[tuple[str, Path]]:
    """The studies among the paths, each once; other files are checked on the way."""
    studies: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            below = sorted(path.rglob(library.INDEX_FILE))
            studies += [home(index, root) for index in below]
            if not below:
                help_ = f"the folder of a study holds an `{library.INDEX_FILE}`"
                message = "there is no study in this folder"
                checked.problems.append(Problem("no-such-study", message, str(path), help=help_))
        elif path.name == library.INDEX_FILE:
            studies.append(home(path, root))
        else:
            _check_file(path, checked)
    return list(dict.fromkeys(studies))


def home(index: Path, root: Path) -> tuple[str, Path]:
    """The name of an index's study, and the library it stands in."""
    folder = index.resolve().parent
    if folder.is_relative_to(root.resolve()):
        return folder.relative_to(root.resolve()).as_posix(), root
    return f"{folder.parent.name}/{folder.name}", folder.parent.parent


def _check_study(name: str, root: Path, checked: Checked) -> None:
    try:
        shelf = library.Folder(root)
        study = library.read_study(name, shelf)
    except ProblemsFound as error:
        checked.problems += error.problems
        return
    summary = summarised(study)
    checked.forms += forms(study, shelf.label)
    checked.studies.append(summary)
    checked.lines += described(summary)


def summarised(study: Study) -> dict[str, Any]:
    """A study in numbers."""
    provenances: Counter[str] = Counter(study.index.provenances)
    return {
        "study": study.name,
        "version": study.index.version,
        **counts(study.index.fields),
        **{key: plain(worth.normalize()) for key, worth in sums(study.index.fields).items()},
        "questionnaires": len(study.questionnaires),
        "units": len(study.units),
        "provenance": {each: provenances[each] for each in _PROVENANCES},
        "fingerprint": library.fingerprint(study.texts),
    }


def described(summary: dict[str, Any]) -> list[str]:
    """Two lines about a study: how much there is, and where its entries come from."""
    parts = [
        f"version {summary['version']}",
        _many(summary["fields"], "field"),
        _many(summary["criteria"], "criterion", "criteria"),
        _many(summary["sub_criteria"], "sub-criterion", "sub-criteria"),
        f"{summary['self']} + {summary['survey']} points",
        _many(summary["questionnaires"], "questionnaire"),
        _many(summary["units"], "unit"),
    ]
    said = ", ".join(f"{each} {count}" for each, count in summary["provenance"].items())
    return [f"{summary['study']}: {', '.join(parts)}", f"  provenance: {said}"]


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _check_file(path: Path, checked: Checked) -> None:
    """A file by itself: what other files would have to say is not asked."""
    try:
        root = _root(path)
    except ProblemsFound as error:
        checked.problems += error.problems
        return
    line = _described_file(path, root, checked) if root.is_mapping() else ""
    checked.problems += root.document.in_order
    if not root.document.problems:
        checked.lines.append(line)


def _root(path: Path) -> Node:
    try:
        text = encoding.decoded(path.read_bytes(), str(path))
    except OSError as error:
        help_ = "check its name, and that it may be read"
        message = f"the file cannot be read: {error.strerror}"
        raise ProblemsFound([Problem("missing-file", message, str(path), help=help_)]) from None
    return grown(text, str(path))[1]


def _described_file(path: Path, root: Node, checked: Checked) -> str:
    match next((key for key in root.entries if key in _KINDS), ""):
        case "questionnaire":
            form = load_questionnaire(root, _scales_beside(path))
            if not root.document.problems:
                text = "\n".join(root.document.lines)
                checked.forms.append(Form(replace(form, file=str(path)), text))
            parts = [_many(len(form.sections), "section"), _many(len(form.items), "item")]
            return f"{path}: version {form.version}, {', '.join(parts)}"
        case "scales":
            scales = load_scales(root, languages_seen(root))
            return f"{path}: {_many(len(scales), 'scale')}"
        case "programme":
            register = load_units(root)
            parts = [
                _many(len(register.classes), "class", "classes"),
                _many(len(register.units), "unit"),
            ]
            return f"{path}: {', '.join(parts)}"
        case "index":
            help_ = f"an index stands in a file called `{library.INDEX_FILE}`"
            root.key("index").problem("misplaced-index", "an index in a file of this name", help_)
        case _:
            help_ = "begin it with `index:`, `questionnaire:`, `scales:` or `programme:`"
            root.problem("unknown-file", "this is no file of a study", help_)
    return ""


def _scales_beside(path: Path) -> dict[str, Scale] | None:
    """The scales of the folder, if they can be read: their own faults are not this file's."""
    beside = path.parent / "scales.yaml"
    if not beside.is_file():
        return None
    try:
        root = _root(beside)
    except ProblemsFound:
        return None
    scales = dict(load_scales(root, languages_seen(root)))
    return None if root.document.problems else scales
