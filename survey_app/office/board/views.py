"""The fieldwork board, and the cases behind each of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app import i18n
from survey_app.board.units import UnitRow
from survey_app.fieldwork import disposition
from survey_app.office.blueprint import blueprint
from survey_app.office.board.shown import Board, board_of
from survey_app.office.guard.access import needs
from survey_app.office.page import language, page, say, words
from survey_app.office.pieces import figures, tables
from survey_app.office.results.page import index_of
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.sample.case_states import STATES, CaseState, Sample, State
from survey_app.store.waves import NoSuchWave, Wave
from survey_app.web import house

GROUP, CLASS, BELOW, UNIT, SAMPLE, STATE = "nhom", "loai", "duoi", "don-vi", "mau", "trang-thai"
NUMBERS = "so-lieu"
"""The words of an address."""

PAGE_LENGTH = 50

SHADES = ("< 20%", "20–40%", "40–60%", "60–75%", "75–90%", "≥ 90%")

_ENDS_OF_A_LINE = 2
"""Days that a line of returns needs at least."""

_TABLE: tables.Table[UnitRow] = tables.Table(
    columns={
        "thu-tu": lambda _: 0,
        "don-vi": lambda row: row.name,
        "ty-le": lambda row: row.total.rate,
        "thu-ve": lambda row: row.total.returned,
        "khoang": lambda row: row.now,
        "khoang-dong": lambda row: row.at_closing,
    },
    first="thu-tu",
    searched=lambda row: row.name,
    filters={
        CLASS: lambda row: row.unit_class,
        BELOW: lambda row: "1" if row.is_below else "0",
    },
)


@blueprint.get("/dot/<name>/tien-do", endpoint="board")
@needs("board.see")
def whole(name: str) -> ResponseReturnValue:
    """The board of a wave on one screen."""
    return page("board/board", **_shown(_wave(name)))


@blueprint.get("/dot/<name>/tien-do/manh", endpoint="board_part")
@needs("board.see")
def part(name: str) -> ResponseReturnValue:
    """What changes of the board, for the page that renews itself."""
    return page("board/_board", **_shown(_wave(name)))


def _shown(wave: Wave) -> dict[str, object]:
    shown = board_of(wave, request.args.get(GROUP, ""), language())
    asked = {
        key: value
        for key, value in request.args.items()
        if key in {GROUP, CLASS, BELOW, NUMBERS, tables.SEARCH, tables.SORT}
    }
    return {
        "wave": wave,
        "board": shown,
        "in_numbers": asked.get(NUMBERS) == "1",
        "listed": _TABLE.page(shown.rows, asked),
        "fields": _fields(shown, asked),
        "clear": url_for("office.board", name=wave.name) if asked else "",
        "figure": _figure(shown),
        "shades": SHADES,
        "links": _links(wave, shown),
        "part": url_for("office.board_part", name=wave.name),
        "now": house().stamp(),
    }


def _links(wave: Wave, shown: Board) -> Mapping[str, str]:
    """Where the cases of each group are listed, but for their unit; none where not permitted."""
    if not current_user.may("case.see"):
        return {}
    cases = url_for("office.board_cases", name=wave.name)
    return {group: f"{cases}?{urlencode({GROUP: group})}" for group in shown.groups}


def _fields(shown: Board, asked: Mapping[str, str]) -> list[dict[str, object]]:
    w, names = words(), shown.index.groups
    classes = sorted({row.unit_class for row in shown.rows if row.unit_class})
    fields: list[dict[str, object]] = [
        {
            "name": GROUP,
            "label": w["group"],
            "value": asked.get(GROUP, ""),
            "choices": [(group, say(names[group], language())) for group in shown.groups],
        },
        {
            "name": BELOW,
            "label": w["board_minimum"],
            "value": asked.get(BELOW, ""),
            "choices": [("1", w["board_only_below"])],
        },
        {
            "name": tables.SEARCH,
            "label": w["board_search"],
            "value": asked.get(tables.SEARCH, ""),
            "kind": "search",
        },
    ]
    if len(classes) > 1:
        by_class: dict[str, object] = {
            "name": CLASS,
            "label": w["board_class"],
            "value": asked.get(CLASS, ""),
            "choices": [(each, each) for each in classes],
        }
        fields.insert(1, by_class)
    return fields


def _figure(shown: Board) -> figures.Lines | None:
    """The line of returns; none before the first day that has two beside it."""
    if len(shown.days) < _ENDS_OF_A_LINE:
        return None
    w, spoken, days = words(), language(), shown.days
    series: dict[figures.Kind, tuple[str, list[float | None]]] = {
        "now": (w["board_line_now"], [day.until for day in days])
    }
    if any(day.plan is not None for day in days):
        series["plan"] = (w["board_line_plan"], [day.plan for day in days])
    if shown.last_year:
        year = w["board_line_before"].format(year=shown.last_year.year)
        series["before"] = (year, [day.before for day in days])
    top = figures.nice_top(max(value or 0 for _, line in series.values() for value in line))
    written = {top * at / 4: i18n.number(top * at / 4, spoken, 0) for at in range(5)}
    now = shown.today
    said = w["board_figure_said"].format(
        count=i18n.number(now.until if now else None, spoken, 0),
        plan=i18n.number(now.plan if now else None, spoken, 0),
    )
    short = [f"{day.day:%d/%m}" for day in days]
    return figures.lines(series, short, said=said, written=written)


@blueprint.get("/dot/<name>/tien-do/truong-hop", endpoint="board_cases")
@needs("case.see")
def cases(name: str) -> ResponseReturnValue:
    """The cases of one sample by their states; never an answer."""
    wave = _wave(name)
    where = {key: request.args.get(key, "") for key in (GROUP, UNIT, SAMPLE)}
    sample = Sample(wave, where[GROUP], where[UNIT], where[SAMPLE])
    state = next((each for each in STATES if each == request.args.get(STATE)), None)
    with house().database.reading() as connection:
        tells = sample.tells_who_answered(connection)
        counts = sample.counts(connection, tells=tells)
        if not counts:
            abort(404)
        listed = _listed(connection, sample, where, counts, state, tells=tells)
    return page(
        "board/cases",
        wave=wave,
        grp=where[GROUP],
        index=index_of(wave),
        unit=house().units(wave.id).get(where[UNIT]),
        sample=where[SAMPLE],
        tells=tells,
        counts=counts,
        state=state,
        listed=listed,
        codes=disposition.codes(),
        back=url_for("office.board", name=name),
    )


def _listed(
    connection: Connection,
    sample: Sample,
    where: Mapping[str, str],
    counts: Mapping[State, int],
    state: State | None,
    *,
    tells: bool,
) -> tables.Page[CaseState]:
    """The page of cases that the address asks for."""
    total = counts.get(state, 0) if state else sum(counts.values())
    pages = max(1, -(-total // PAGE_LENGTH))
    at = min(tables.page_number(request.args.get(tables.PAGE, "")), pages)
    start = (at - 1) * PAGE_LENGTH
    rows = sample.page(connection, tells=tells, state=state or "", start=start, length=PAGE_LENGTH)
    asked = {**where, STATE: state or ""}
    return tables.Page(
        rows=rows,
        total=total,
        first=start + 1,
        last=start + len(rows),
        by="",
        is_descending=False,
        args={key: value for key, value in asked.items() if value},
        at=at,
        pages=pages,
    )


def _wave(name: str) -> Wave:
    with house().database.reading() as connection:
        try:
            return waves.find(connection, name)
        except NoSuchWave:
            abort(404)
