"""A year against another: what has changed, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from survey_app import i18n
from survey_app.conduct import examining
from survey_app.conduct.scoring import kept_pages
from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.page import language, say, words
from survey_app.office.pieces.figures import Tick, placed
from survey_app.office.pieces.forms import Confirm
from survey_app.office.pieces.tables import Table
from survey_app.office.results.page import study_of
from survey_app.office.results.read import Results
from survey_app.office.results.standings import scale_of, ticks
from survey_app.office.scorecard import asked, found
from survey_app.office.scorecard.views import of_card
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class Line:
    """A unit in both years; places are in per cent of the figure's width, None where not known."""

    unit: str
    name: str
    last: float | None
    this: float | None
    change: float | None
    lo: float | None
    hi: float | None
    verdict: str
    reason: str
    rank_last: int | None
    rank_this: int | None
    rank_verdict: str
    before: tuple[str, ...]
    """What the unit was called last year, where that was another."""
    at_last: float | None
    at_this: float | None


TABLE: Table[Line] = Table(
    columns={
        "don-vi": lambda line: line.name,
        "thay-doi": lambda line: line.change,
        "nam-truoc": lambda line: line.last,
        "nam-nay": lambda line: line.this,
        "hang": lambda line: line.rank_this,
    },
    first="-thay-doi",
    searched=lambda line: line.name,
    filters={"ket-luan": lambda line: line.verdict},
)


@blueprint.get("/dot/<name>/ket-qua/<int:number>/nam-truoc")
@needs("results.see")
def card_years(name: str, number: int) -> ResponseReturnValue:
    """What has changed since another year, as it was compared."""
    shown = found.overview(name, number)
    found.log(shown, "years")
    return _page(shown)


@blueprint.post("/dot/<name>/ket-qua/<int:number>/nam-truoc/tinh")
@needs("results.compute")
def card_compare(name: str, number: int) -> ResponseReturnValue:
    """Have the scorecard compared with one of an earlier year."""
    shown = found.overview(name, number)
    rule = "frame" if request.form.get("rule") == "frame" else "leave_out"
    wanted = {"last": request.form.get("last", "")[:100], "rule": rule}
    return asked.worked_out("compare", shown, _page, wanted)


def _page(card: Results, **more: Any) -> str:
    content = kept_pages.read(house(), card.card.id, "comparison")
    lines = _lines(card, content) if content else []
    return of_card(
        "years",
        card,
        compared=content,
        common=_common(card, content) if content else (),
        shown=TABLE.page(lines, request.args.to_dict()),
        ticks=_ticks(content) if content else (),
        verdicts=_verdicts(lines),
        others=examining.earlier(house(), card.wave),
        form=Confirm(),
        **more,
    )


def _lines(shown: Results, content: Json) -> list[Line]:
    ranks = {row["unit"]: row for row in content["ranks"]}
    listed = study_of(shown.wave).units
    names = {unit.code: say(unit.name, language()) for unit in listed}
    names |= {unit.unit: say(unit.name, language()) for unit in shown.units}
    scale = _scale(content)
    return [_line(row, ranks.get(row["unit"], {}), names, scale) for row in content["units"]]


def _scale(content: Json) -> tuple[float, float]:
    rows = content["units"]
    return scale_of([row.get(name) for row in rows for name in ("score_last", "score_this")])


def _ticks(content: Json) -> Sequence[Tick]:
    spoken = language()
    return ticks(_scale(content), lambda value: i18n.number(value, spoken, 0))


def _line(
    row: Mapping[str, Any],
    rank: Mapping[str, Any],
    names: Mapping[str, str],
    scale: tuple[float, float],
) -> Line:
    is_another = row.get("basis") in {"renamed", "merged"}
    return Line(
        unit=row["unit"],
        name=names.get(row["unit"], row["unit"]),
        before=tuple(names.get(it, it) for it in row["predecessors"]) if is_another else (),
        last=row.get("score_last"),
        this=row.get("score_this"),
        change=row.get("change"),
        lo=row.get("lo"),
        hi=row.get("hi"),
        verdict=row.get("verdict") or "",
        reason=row.get("reason") or "",
        rank_last=rank.get("rank_last"),
        rank_this=rank.get("rank_this"),
        rank_verdict=rank.get("verdict") or "",
        at_last=placed(row.get("score_last"), scale),
        at_this=placed(row.get("score_this"), scale),
    )


def _common(shown: Results, content: Json) -> Sequence[Mapping[str, Any]]:
    """The criteria of either year that are not compared, with why."""
    names = {leaf.code: say(leaf.name, language()) for leaf in shown.index.leaves}
    return [
        {**row, "name": names.get(row["criterion"], "")}
        for row in content["common_criteria"]
        if not row["compared"]
    ]


def _verdicts(lines: Sequence[Line]) -> Sequence[tuple[str, int]]:
    """How many units are better, worse, or cannot be told."""
    w = words()
    return [
        (w[f"scorecard_verdict_{verdict}"], sum(line.verdict == verdict for line in lines))
        for verdict in ("better", "worse", "cannot_be_told")
    ]
