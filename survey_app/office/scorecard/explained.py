"""How a number came about, down to counted answers and formulas, on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue

from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.page import language, say
from survey_app.office.results.page import study_of, unit_parts
from survey_app.office.results.read import CriterionLine, Results, UnitLine
from survey_app.office.scorecard import found, options
from survey_app.office.scorecard.views import of_card
from survey_app.questionnaire.model import Study


@blueprint.get("/dot/<name>/ket-qua/<int:number>/giai-thich/<unit>")
@needs("results.see")
def card_explained(name: str, number: int, unit: str) -> ResponseReturnValue:
    """How the total, the index, the rank and the grade of a unit came about."""
    shown = found.unit(name, number, unit)
    found.log(shown.results, f"{unit} explained")
    return of_card(
        "explained",
        shown.results,
        **unit_parts(shown.results, shown.line),
        assessed=_assessed(shown.results, shown.laid_out),
        explained=_address(shown.results, unit),
    )


@blueprint.get("/dot/<name>/ket-qua/<int:number>/giai-thich/<unit>/<criterion>")
@needs("results.see")
def card_explained_criterion(
    name: str, number: int, unit: str, criterion: str
) -> ResponseReturnValue:
    """How the points of a criterion came about, from what was answered."""
    shown = found.unit(name, number, unit)
    line = _line(shown.line, criterion) or abort(404)
    found.log(shown.results, f"{unit} {criterion} explained")
    rows = {} if shown.laid_out is None else _derivations(shown.laid_out)
    study = study_of(shown.results.wave)
    return of_card(
        "explained_criterion",
        shown.results,
        **unit_parts(shown.results, shown.line),
        line=line,
        row=rows.get(criterion),
        links=_links(shown.results, study, rows.get(criterion)),
        is_laid_out=shown.laid_out is not None,
    )


@dataclass(frozen=True, kw_only=True)
class Counted:
    """An option, or several that are counted together, with what it adds to the ratio."""

    label: str
    n: int
    weight: float | None
    coefficient: float | None
    is_declined: bool


@dataclass(frozen=True, kw_only=True)
class Link:
    """What one group's answers do to a criterion. Withheld: too few answered to be told."""

    group: str
    about: Json
    counted: Sequence[Counted]
    is_joined: bool
    """Whether some options are counted together, because few chose them."""


def _links(results: Results, study: Study, row: Json | None) -> list[Link]:
    spoken = language()
    return [_link(results, study, link, spoken) for link in (row or {}).get("links", ())]


def _link(results: Results, study: Study, link: Json, spoken: str) -> Link:
    known = options.scale(study, link["group"], link["question"])
    answers = link.get("answers", ())
    return Link(
        group=say(results.groups.get(link["group"], link["group"]), spoken),
        about=link,
        counted=[
            Counted(
                label=options.label(known, row["options"], spoken),
                n=row["n"],
                weight=row.get("weight"),
                coefficient=row.get("coefficient"),
                is_declined=bool(row.get("declined")),
            )
            for row in answers
        ],
        is_joined=any(len(row["options"]) > 1 for row in answers),
    )


def _derivations(laid_out: Json) -> Mapping[str, Json]:
    return {row["criterion"]: row for row in laid_out["derivation"]}


def _line(unit: UnitLine, criterion: str) -> CriterionLine | None:
    lines = (line for field in unit.fields for line in field.criteria)
    return next((line for line in lines if line.code == criterion), None)


def _assessed(results: Results, laid_out: Json | None) -> Mapping[str, Sequence[Any]]:
    """The points that a unit gave itself and those that it was given, by field."""
    names = {
        leaf.code: (field.code, say(leaf.name, language()))
        for field in results.index.fields
        for leaf in field.leaves
    }
    rows: dict[str, list[Any]] = {}
    for row in (laid_out or {}).get("assessed", ()):
        field, name = names.get(row["criterion"], ("", ""))
        rows.setdefault(field, []).append({**row, "name": name})
    return rows


def _address(results: Results, unit: str) -> Any:
    return lambda code: found.address(
        "card_explained_criterion", results, unit=unit, criterion=code
    )
