"""A scorecard from the store to a page: the same page for the office and for the public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import request

from survey_app.conduct import standing
from survey_app.office.page import WORDS, language, page, say
from survey_app.office.results import method, remarks
from survey_app.office.results.read import Results, UnitLine, read_results
from survey_app.office.tables import Table
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


def results_page(shown: Results, base: str, links: Links, trail: Trail, **more: object) -> str:
    """All units: the table, the chart, who answered, the method."""
    spoken = language()
    return page(
        "results",
        **_shared(shown, base, trail),
        shown=UNITS.page(shown.units, request.args.to_dict()),
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
)
"""How the table of units is sorted; units without a number come last."""


@dataclass(frozen=True)
class Notes:
    """What a reader of the table should know, each sentence once, with a mark where it holds."""

    all: tuple[tuple[str, str], ...]
    of: Callable[[UnitLine], tuple[str, ...]]


def _notes(shown: Results) -> Notes:
    said = partial(remarks.remarks, results=shown, words=WORDS, language=language())
    sentences = dict.fromkeys(sentence for unit in shown.units for sentence in said(unit))
    marks = {sentence: str(at) for at, sentence in enumerate(sentences, start=1)}
    return Notes(
        tuple((mark, sentence) for sentence, mark in marks.items()),
        lambda unit: tuple(marks[sentence] for sentence in said(unit)),
    )


def unit_page(shown: Results, unit: UnitLine, base: str, trail: Trail, **more: object) -> str:
    """One unit, down to what each group said about each criterion."""
    return page("unit", unit=unit, **_shared(shown, base, trail), **more)


def _shared(shown: Results, base: str, trail: Trail) -> dict[str, object]:
    spoken = language()
    labels = remarks.grade_labels(shown, spoken)
    return {
        "results": shown,
        "wave": shown.wave,
        "base": f"office/{base}.html",
        "trail": trail,
        "grade_label": lambda grade: labels.get(grade, grade),
        "remarks": partial(remarks.remarks, results=shown, words=WORDS, language=spoken),
    }
