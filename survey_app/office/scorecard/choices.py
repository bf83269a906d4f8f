"""How far ranks depend on choices, on the sample, and on who did not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from survey_app.conduct.scoring import kept_pages
from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.page import language, say, words
from survey_app.office.pieces.figures import Tick, placed
from survey_app.office.pieces.forms import Confirm
from survey_app.office.pieces.tables import Table
from survey_app.office.results import remarks
from survey_app.office.results.read import Results
from survey_app.office.scorecard import asked, found
from survey_app.office.scorecard.views import of_card
from survey_app.web import house

_MOST_TICKS = 5


@dataclass(frozen=True, kw_only=True)
class Line:
    """A unit: its rank by the rules, between which ranks choices move it, and the sample."""

    unit: str
    name: str
    rank: int | None
    choices: str
    sampling: str
    moved_by: str
    at: float | None
    choices_lo: float | None
    choices_hi: float | None
    sampling_lo: float | None
    sampling_hi: float | None
    tipping: Sequence[Mapping[str, Any]]


TABLE: Table[Line] = Table(
    columns={"hang": lambda line: line.rank, "don-vi": lambda line: line.name},
    first="hang",
    searched=lambda line: line.name,
)


@blueprint.get("/dot/<name>/ket-qua/<int:number>/do-nhay")
@needs("results.see")
def card_sensitivity(name: str, number: int) -> ResponseReturnValue:
    """How sure the ranks are, as it was worked out."""
    shown = found.overview(name, number)
    found.log(shown, "sensitivity")
    return _page(shown)


@blueprint.post("/dot/<name>/ket-qua/<int:number>/do-nhay/tinh")
@needs("results.compute")
def card_examine(name: str, number: int) -> ResponseReturnValue:
    """Have it worked out."""
    shown = found.overview(name, number)
    return asked.worked_out("sensitivity", shown, _page)


def _page(card: Results, **more: Any) -> str:
    content = kept_pages.read(house(), card.card.id, "sensitivity")
    labels = remarks.grade_labels(card, language())
    return of_card(
        "sensitivity",
        card,
        examined=content,
        shown=TABLE.page(_lines(card, content) if content else (), request.args.to_dict()),
        ticks=_ticks(len(content["units"])) if content else (),
        scenarios=_scenarios(card, content) if content else (),
        grade_label=lambda grade: labels.get(grade, grade),
        form=Confirm(),
        **more,
    )


def _lines(shown: Results, content: Json) -> list[Line]:
    names = {unit.unit: say(unit.name, language()) for unit in shown.units}
    scale = (1.0, float(max(len(content["units"]), 2)))
    labels = {row["scenario"]: said(shown, row["scenario"]) for row in content["scenarios"]}
    return [_line(row, names, scale, labels) for row in content["units"]]


def _line(
    row: Json, names: Mapping[str, str], scale: tuple[float, float], labels: Mapping[str, str]
) -> Line:
    return Line(
        unit=row["unit"],
        name=names.get(row["unit"], row["unit"]),
        rank=row["rank"],
        choices=_between(row["rank_lo"], row["rank_hi"]),
        sampling=_between(row["sampling_rank_lo"], row["sampling_rank_hi"]),
        moved_by=labels.get(row["moved_by"], row["moved_by"]),
        at=placed(row["rank"], scale),
        choices_lo=placed(row["rank_lo"], scale),
        choices_hi=placed(row["rank_hi"], scale),
        sampling_lo=placed(row["sampling_rank_lo"], scale),
        sampling_hi=placed(row["sampling_rank_hi"], scale),
        tipping=[
            {**point, "to_name": names.get(point["to"], point["to"])} for point in row["tipping"]
        ],
    )


def _between(low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return "–"
    return str(low) if low == high else f"{low} – {high}"


def _ticks(units: int) -> Sequence[Tick]:
    every = -(-max(units - 1, 1) // (_MOST_TICKS - 1))
    ranks = sorted({*range(1, units + 1, every)})
    return [Tick(at=placed(rank, (1.0, max(units, 2))) or 0.0, text=str(rank)) for rank in ranks]


def _scenarios(shown: Results, content: Json) -> Sequence[Mapping[str, Any]]:
    """Every other way to score, in words, those that move ranks farthest first."""
    rows = [{**row, "name": said(shown, row["scenario"])} for row in content["scenarios"]]
    return sorted(rows, key=lambda row: -(row["mean_rank_shift"] or 0))


def said(shown: Results, scenario: str) -> str:
    """A scenario in words: those of the analysis have names of their own."""
    w = words()
    for start, about in (("without group ", "group"), ("without criterion ", "criterion")):
        if scenario.startswith(start):
            code = scenario.removeprefix(start)
            what = say(shown.groups[code], language()) if code in shown.groups else code
            return w[f"scorecard_without_{about}"].format(what=what)
    key = "scorecard_scenario_" + _KEYS.get(scenario, "")
    return w.get(key, scenario)


_KEYS = {
    "100/60/20/0": "steps",
    "equal steps": "equal_steps",
    "top two": "top_two",
    "+10 %": "more",
    "-10 %": "less",
    "groups equal": "groups_equal",
    "groups pooled": "groups_pooled",
    "weights base": "base",
    "weights poststratified": "poststratified",
    "weights raked": "raked",
    "missing strict": "strict",
    "missing renormalise": "renormalise",
    "criterion points equal": "points_equal",
    "no opinion as zero": "no_opinion",
}
