"""Questionnaires held against those of before: what changed, at its line, and whether it may.

A questionnaire is held against the one of the same name; where none has its name, against the one
that asked the same group, as the study of another year does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from analysis.problems import Problem
from survey_app.questionnaire.editions.changes import Rewording, changes, rewordings
from survey_app.questionnaire.model import Item, Questionnaire, Study


class Form(NamedTuple):
    """A questionnaire, its `file` as it is shown to its author, and the whole text of that file."""

    questionnaire: Questionnaire
    text: str


@dataclass
class Compared:
    """The outcome: `problems` that forbid it to be fielded, `lines` for all that may change."""

    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)


def forms(study: Study, shown: Callable[[str], str] = str) -> tuple[Form, ...]:
    """The questionnaires of a study; `shown` says how a path below the library is shown."""
    return tuple(
        Form(replace(each, file=shown(each.file)), study.texts[each.file])
        for each in study.questionnaires.values()
    )


def compared(before: Sequence[Form], now: Sequence[Form], source: str) -> Compared:
    """Hold every questionnaire against its last version; `source` is what those were read from."""
    comparison = Compared()
    for each, _ in (*before, *now):
        if any(_lacks_scale(item) for item in each.items.values()):
            message = "the scales of this questionnaire are not beside it"
            problem = Problem("scales-not-at-hand", message, each.file, help=_BESIDE)
            comparison.problems.append(problem)
    if comparison.problems:
        return comparison
    for form in now:
        last = _last(form.questionnaire, [each.questionnaire for each in before])
        if last is not None:
            _compare(last, form, comparison)
    if not comparison.forms and not comparison.problems:
        help_ = "name the file or the folder that holds an earlier version of what is checked"
        message = "no questionnaire of this name or for this group is here"
        comparison.problems.append(Problem("nothing-to-compare", message, source, help=help_))
    return comparison


def refielded(fielded: Sequence[Form], now: Iterable[Form]) -> Compared:
    """Hold questionnaires against those of the same name that respondents have answered.

    `fielded` is in the order in which they were fielded. What was fielded before may be fielded
    again as it was, whatever its version; a questionnaire of a new name is held against nothing.
    """
    comparison = Compared()
    for form in now:
        known = [
            each.questionnaire
            for each in fielded
            if each.questionnaire.name == form.questionnaire.name
        ]
        if known and not any(_same(each, form.questionnaire) for each in known):
            _compare(max(known, key=lambda each: each.version), form, comparison)
    return comparison


_BESIDE = "put the scales.yaml of the same time beside it, or name the folder of the study"


def _lacks_scale(item: Item) -> bool:
    return item.kind in {"choice", "choices"} and item.scale is None


def _last(form: Questionnaire, known: Sequence[Questionnaire]) -> Questionnaire | None:
    namesakes = [each for each in known if each.name == form.name]
    return next(iter(namesakes or [each for each in known if each.group == form.group]), None)


def _same(old: Questionnaire, new: Questionnaire) -> bool:
    return replace(new, file=old.file) == old


def _compare(old: Questionnaire, form: Form, comparison: Compared) -> None:
    new = form.questionnaire
    comparison.problems += [_placed(each, form.text) for each in changes(old, new)]
    words = rewordings(old, new)
    added = [name for name in new.items if name not in old.items]
    gone = [name for name in old.items if name not in new.items]
    comparison.lines.append(
        f"{new.name} version {new.version}, held against {old.name} version {old.version}:"
        f" {len(words)} reworded, {len(added)} new, {len(gone)} gone"
    )
    comparison.lines += [line for each in words for line in _said(each, form)]
    comparison.lines += [f"  {_place(form, name)}: `{name}` is new" for name in added]
    comparison.lines += [f"  {new.file}: `{name}` is no longer asked" for name in gone]
    comparison.forms.append(
        {
            "questionnaire": new.name,
            "version": new.version,
            "since": {"questionnaire": old.name, "version": old.version},
            "reworded": [
                {**vars(each), "line": _line(form.text, each.what.partition(" ")[0])}
                for each in words
            ],
            "new": added,
            "gone": gone,
        }
    )


def _said(each: Rewording, form: Form) -> Iterator[str]:
    """Where it is, the old words and the new, whole: the difference may be their last letter."""
    yield f"  {_place(form, each.what.partition(' ')[0])}: `{each.what}` ({each.language})"
    for mark, said in (("-", each.old), ("+", each.new)):
        if said:
            yield f"    {mark} {' '.join(said.split())}"


def _place(form: Form, item: str) -> str:
    line = _line(form.text, item)
    return f"{form.questionnaire.file}:{line}" if line else form.questionnaire.file


def _placed(problem: Problem, text: str) -> Problem:
    """The problem at the line that it speaks of: the item's, or the version's."""
    item = problem.values.get("item", "")
    line = _line(text, item) if item else _line_of(r"version\s*:", text)
    if not line:
        return problem
    written = text.splitlines()[line - 1]
    start = len(written) - len(written.lstrip(" -"))
    width = len(written.rstrip()) - start
    return replace(problem, line=line, column=start + 1, text=written, width=width)


def _line(text: str, item: str) -> int:
    """Where an item stands; 0 where its line is written in some rare way."""
    return _line_of(rf"\s*-?\s*item\s*:\s*[\"']?{re.escape(item)}[\"']?\s*(#.*)?$", text)


def _line_of(pattern: str, text: str) -> int:
    wanted = re.compile(pattern)
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if wanted.match(line)), 0)
