"""What is wrong with a file, and what cannot be done now, in the language of the reader.

The catalogue is faults.yaml. The command line keeps the English sentence, which stands here as the
detail below the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.understanding import kinds_of_faults
from survey_app.fieldwork.understanding.annotated import Mark, Said
from survey_app.fieldwork.understanding.words import vocabulary
from survey_app.i18n import Words
from survey_app.jobs import lists
from survey_app.office.page import HERE, WORDS, language
from survey_app.store.waves import Refused

CATALOGUE = Words.load(HERE / "faults.yaml")

FACTS = tuple(key.partition(".")[2] for key in CATALOGUE if key.startswith("fact."))
"""Values that a fault may speak of, in the order in which they are shown."""

MOST = 100
"""So many faults are shown at once: who mends these sees the others next."""

_NUMBERS = ("wanted", "most", "least", "weights")
_DECIMAL = re.compile(r"(-?[0-9]+)\.([0-9]+)")


@dataclass(frozen=True)
class Fault:
    """A fault as it is told: where, what, what was written, how to mend it, and the detail."""

    place: str
    what: str
    facts: tuple[tuple[str, str], ...]
    help: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class FaultLine:
    """All faults of one kind in one column of a list."""

    column: str
    count: int
    what: str
    help: str
    places: str


def shown(error: ProblemsFound | Refused) -> Mapping[str, object]:
    """What a page needs to tell of faults: the first of them, and how many there are."""
    spoken = language()
    if isinstance(error, Refused):
        return {"faults": (of_refusal(error, spoken),), "refused": True}
    if kinds_of_faults.are_firsts(error.problems):
        return _by_kind(error.problems, spoken)
    told = tuple(of_file(problem, spoken) for problem in error.problems[:MOST])
    return {"faults": told, "count_of_faults": len(error.problems)}


def _by_kind(firsts: Sequence[Problem], spoken: str) -> Mapping[str, object]:
    """Faults of a list: how many of each kind, and the first of each in full."""
    kinds = kinds_of_faults.by_kind(firsts)
    told = tuple(of_file(kind.first, spoken) for kind in kinds)
    lines = [
        FaultLine(
            column=column_name(kind.column, spoken), count=kind.count, what=fault.what,
            help=fault.help, places=kind.places,
        )
        for kind, fault in zip(kinds, told, strict=True)
    ]  # fmt: skip
    total = sum(kind.count for kind in kinds)
    return {"fault_kinds": lines, "faults": told, "count_of_faults": total}


def column_name(column: str, spoken: str) -> str:
    """What our templates call a column of a list; what is no column of one is said as it is."""
    heading = vocabulary().headings.get(column)
    if heading is None:
        return column or WORDS(spoken)["lists_whole_file"]
    return heading.vi if spoken == "vi" else heading.en


def marked(problems: Sequence[Problem], spoken: str) -> tuple[list[Mark], Said]:
    """Faults of a list as they are written beside their cells."""
    marks = []
    for problem in problems:
        line, place = lists.place_of(problem)
        fault = of_file(problem, spoken)
        facts = "; ".join(f"{label}: {value}" for label, value in fault.facts)
        text = f"{fault.what} {facts}".strip()
        marks.append(Mark(line=line, place=place, text=text, help=fault.help))
    w = WORDS(spoken)
    said = Said(
        cell=w["lists_cell"], what=w["faults_what"], remedy=w["upload_help"],
        values_only=w["lists_values_only"],
    )  # fmt: skip
    return marks, said


def remarked(remarks: Sequence[Problem]) -> Mapping[str, object]:
    """What a page needs to tell what to look at in a file that was taken."""
    spoken = language()
    told = tuple(of_file(problem, spoken) for problem in remarks[:MOST])
    return {"faults": told, "count_of_faults": len(remarks)}


def in_one_line(notes: Sequence[Problem]) -> Iterator[str]:
    """Each of a few notes as a sentence, for those that need no page."""
    for note in notes:
        told = of_file(note, language())
        yield " ".join((told.what, *(f"{label}: {value}." for label, value in told.facts)))


def of_file(problem: Problem, spoken: str) -> Fault:
    """A fault of a file, or a remark about it."""
    said = CATALOGUE(spoken)
    return Fault(
        _place(problem, said),
        said.get(problem.slug, problem.message),
        _facts(problem.values, spoken),
        said.get(f"{problem.slug}.help", problem.help),
        f"{problem.place}: {problem.message}",
    )


def of_refusal(refused: Refused, spoken: str) -> Fault:
    """Something that cannot be done now."""
    said = CATALOGUE(spoken)
    what, help = said[refused.slug], said[f"{refused.slug}.help"]
    return Fault("", what, _facts(refused.values, spoken), help, str(refused))


def _place(problem: Problem, said: Mapping[str, str]) -> str:
    sheet, _, cell = problem.cell.rpartition("!")
    if cell:
        return said["place.cell"].format(file=problem.file, sheet=sheet, cell=cell)
    if problem.line:
        return said["place.row"].format(file=problem.file, line=problem.line)
    return problem.file


def _facts(values: Mapping[str, str], spoken: str) -> tuple[tuple[str, str], ...]:
    said = CATALOGUE(spoken)
    return tuple(
        (said[f"fact.{name}"], _value(name, values[name], spoken))
        for name in FACTS
        if values.get(name)
    )


def _is_of_numbers(value: str) -> bool:
    """Whether there is nothing in a value but numbers, as in `12 × 2.3333 = 28`."""
    return all(_DECIMAL.fullmatch(each) or each in "×=" or each.isdigit() for each in value.split())


def _value(name: str, value: str, spoken: str) -> str:
    if name == "named" and value in vocabulary().headings:
        return f"{column_name(value, spoken)} ({value})"
    if name == "state":
        return WORDS(spoken)[f"state_{value}"]
    if name in _NUMBERS and spoken == "vi":
        return _DECIMAL.sub(r"\1,\2", value) if _is_of_numbers(value) else value
    return value
