"""A scorecard from the store to a page: the same page for the office and for the public."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request

from survey_app import i18n
from survey_app.conduct import standing
from survey_app.office.page import WORDS, language, page, say, words
from survey_app.office.pieces.tables import SEARCH, Table
from survey_app.office.results import method, remarks
from survey_app.office.results.read import Results, UnitLine, read_results
from survey_app.office.results.standings import standings
from survey_app.questionnaire.model import Index, Study
from survey_app.store import waves
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import house

Trail = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Links:
    """Where the links of a results page lead; the public's lead elsewhere."""

    unit: Callable[[str], str]
    chart: str
    downloads: Trail
    explained: Callable[[str], str] | None = None


def index_of(wave: Wave) -> Index:
    """The wave's index as pinned."""
    return study_of(wave).index


def study_of(wave: Wave) -> Study:
    """The wave's texts as pinned."""
    return standing.study_of(house(), wave)


def results_of(wave: Wave, card: Scorecard) -> Results:
    """A scorecard with the wave's own words."""
    with house().database.reading() as connection:
        names = {unit.unit: unit for unit in waves.units(connection, wave.id)}
    return read_results(wave, card, index_of(wave), names)


def results_page(shown: Results, base: str, links: Links, trail: Trail, **more: Any) -> str:
    """All units: the chart, the table, who answered, the method; `more` is the office's."""
    spoken, asked = language(), request.args.to_dict()
    table = UNITS.page(shown.units, asked)
    is_filtered = any(asked.get(name) for name in _FILTERED)
    return page(
        "results",
        **_shared(shown, base, trail),
        standings=standings(shown, lambda value: i18n.number(value, spoken, 0)),
        by_grade=_by_grade(shown),
        shown=table,
        filters=_filters(shown),
        clear=table.address(dict.fromkeys(_FILTERED, "")) if is_filtered else "",
        kept=[(name, value) for name, value in asked.items() if name not in _FILTERED],
        notes=_notes(shown),
        links=links,
        adjusted=any(unit.bonus or unit.penalty for unit in shown.units),
        graded=any(unit.grade for unit in shown.units),
        method=method.lines(shown, WORDS, spoken),
        **more,
    )


UNITS: Table[UnitLine] = Table(
    columns={
        "hang": lambda unit: unit.rank if unit.is_ranked else None,
        "don-vi": lambda unit: say(unit.name, language()),
        "chi-so": lambda unit: None if unit.withheld else unit.index,
        "xep-loai": lambda unit: unit.grade or None,
        "tu-danh-gia": lambda unit: unit.self_points,
        "tham-dinh": lambda unit: unit.appraised,
        "khao-sat": lambda unit: unit.survey,
        "tong-diem": lambda unit: unit.total,
    },
    first="hang",
    searched=lambda unit: say(unit.name, language()),
    filters={"muc": lambda unit: unit.grade},
    length=100,
)
"""How the table of units is sorted; units without a number come last."""


_FILTERED = (SEARCH, "muc")


def _filters(shown: Results) -> list[dict[str, object]]:
    """The search for a unit, and the choice of a grade where there are grades."""
    w, asked = words(), request.args
    search = {"name": SEARCH, "label": w["scorecard_search_unit"], "kind": "search"}
    fields: list[dict[str, object]] = [{**search, "value": asked.get(SEARCH, "")}]
    if choices := [(code, label) for code, label, count in _by_grade(shown) if count]:
        grade = {"name": "muc", "label": w["grade"], "value": asked.get("muc", "")}
        fields.append({**grade, "choices": choices})
    return fields


def _by_grade(shown: Results) -> tuple[tuple[str, str, int], ...]:
    """Code and label of each grade, the best first, and how many units have it."""
    labels = remarks.grade_labels(shown, language())
    best_first = sorted(shown.index.grades, key=lambda grade: -grade.min)
    counted = [
        (grade.code, labels[grade.code], sum(unit.grade == grade.code for unit in shown.units))
        for grade in best_first
    ]
    return tuple(counted) if any(count for *_, count in counted) else ()


@dataclass(frozen=True)
class Notes:
    """What a reader of the table should know, each sentence once, with a mark where it holds."""

    all: tuple[tuple[str, str], ...]
    of: Callable[[UnitLine], tuple[str, ...]]


def _notes(shown: Results) -> Notes:
    of_one, tied = (
        partial(remarks.remarks, results=shown, words=WORDS, language=language()),
        _tied(shown),
    )

    def said(unit: UnitLine) -> tuple[str, ...]:
        return (*tied.get(unit.rank or 0, ()), *of_one(unit))

    sentences = dict.fromkeys(sentence for unit in shown.units for sentence in said(unit))
    marks = {sentence: str(at) for at, sentence in enumerate(sentences, start=1)}
    return Notes(
        tuple((mark, sentence) for sentence, mark in marks.items()),
        lambda unit: tuple(marks[sentence] for sentence in said(unit)),
    )


def _tied(shown: Results) -> Mapping[int, tuple[str, ...]]:
    """For each rank that several units share, a sentence that names them."""
    sharing: dict[int, list[str]] = {}
    for unit in shown.ranked:
        sharing.setdefault(unit.rank or 0, []).append(say(unit.name, language()))
    told = words()["tied_note"]
    return {
        rank: (told.format(rank=rank, units=", ".join(names)),)
        for rank, names in sharing.items()
        if len(names) > 1
    }


def unit_parts(shown: Results, unit: UnitLine) -> dict[str, object]:
    """What a page about one unit says of it in words."""
    spoken = language()
    labels = remarks.grade_labels(shown, spoken)
    return {
        "unit": unit,
        "grade_label": lambda grade: labels.get(grade, grade),
        "remarks": partial(remarks.remarks, results=shown, words=WORDS, language=spoken),
    }


def unit_page(shown: Results, unit: UnitLine, base: str, trail: Trail, **more: object) -> str:
    """One unit, down to what each group said about each criterion."""
    return page("unit", **{**_shared(shown, base, trail), **unit_parts(shown, unit), **more})


def _shared(shown: Results, base: str, trail: Trail) -> dict[str, object]:
    labels = remarks.grade_labels(shown, language())
    return {
        "results": shown,
        "wave": shown.wave,
        "base": f"office/{base}.html",
        "trail": trail,
        "grade_label": lambda grade: labels.get(grade, grade),
    }
