"""What respondents wrote in their own words: masked, searched, coded into themes, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app import collation
from survey_app.conduct.quality import free_texts
from survey_app.conduct.quality.free_texts import FreeTexts
from survey_app.fieldwork import xlsx_out
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import language, say, words
from survey_app.office.pieces import faults, tables
from survey_app.office.quality.shown import is_ready, show, unit_name
from survey_app.office.results.page import index_of, study_of
from survey_app.office.waves.forms import Typed
from survey_app.office.waves.found import wave_named
from survey_app.quality.remarks import OTHERS, Remark
from survey_app.store import waves
from survey_app.store.log import audit
from survey_app.store.quality import remarks
from survey_app.store.quality.remarks import Mark, Theme
from survey_app.store.waves import Refused, Wave
from survey_app.web import house

GROUP, UNIT, QUESTION, THEME = "nhom", "don-vi", "cau", "chu-de"
_ADDRESS = (GROUP, UNIT, QUESTION, THEME, tables.SEARCH, tables.PAGE)
NO_THEME = "0"
LENGTH = 25
LONGEST_THEME = 80
MOST_THEMES = 60
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A text as it is shown, with its place in words and its themes."""

    remark: Remark
    group: str
    unit: str
    question: str
    marks: tuple[Mark, ...]
    names: str

    @property
    def coders(self) -> tuple[tuple[str, str], ...]:
        """Who gave it themes, and when; each once."""
        return tuple(dict.fromkeys((mark.by, mark.at) for mark in self.marks))

    @property
    def themes(self) -> frozenset[int]:
        """The numbers of its themes."""
        return frozenset(mark.theme for mark in self.marks)


_TABLE: tables.Table[Line] = tables.Table(
    columns={"": lambda _: 0},
    first="",
    searched=lambda line: f"{line.remark.text} {line.names}",
    filters={
        GROUP: lambda line: line.remark.group,
        UNIT: lambda line: line.remark.unit or "-",
        QUESTION: lambda line: line.remark.question,
    },
    length=LENGTH,
)

_LONGEST_NUMBER = 9  # digits of a theme


@blueprint.get("/dot/<name>/kiem-tra/y-kien")
@needs("remarks.see")
def remarks_page(name: str) -> ResponseReturnValue:
    """The texts of a closed wave, by unit and question; as a file where that is asked for.

    Looking is in the log: what people write may name others, whatever is masked.
    """
    wave = wave_named(name)
    wanted = request.args.get(tables.DOWNLOAD, "")
    if wanted in {*tables.KINDS, "xlsx"} and is_ready(wave):
        return _file(wave, wanted)
    if request.method != "HEAD" and is_ready(wave):
        with house().database.writing() as connection:
            audit.append(connection, who(), "remarks-view", wave.name, house().stamp())
    return _page(wave)


@blueprint.post("/dot/<name>/kiem-tra/y-kien/ghi")
@needs("remarks.code")
def mark_remarks(name: str) -> ResponseReturnValue:
    """Keep the themes of the texts of a page: what was changed on it, and nothing else."""
    wave = wave_named(name)
    if Typed().validate_on_submit() and is_ready(wave):
        _mark(wave)
    kept = urlencode({key: value for key, value in request.args.items() if key in _ADDRESS})
    back = url_for("office.remarks_page", name=name)
    return redirect(f"{back}?{kept}" if kept else back, 303)


def _mark(wave: Wave) -> None:
    here, by, at = house(), who(), house().stamp()
    shown = {each.name for each in free_texts.of_wave(here, wave).remarks}
    before = {pair for pair in map(_pair, request.form.getlist("truoc")) if pair[0] in shown}
    now = {pair for pair in map(_pair, request.form.getlist("chon")) if pair[0] in shown}
    with here.database.writing() as connection:
        held = waves.hold(connection, wave.name)
        count = remarks.mark(connection, held, now - before, before - now, by, at)
        for hidden in set(request.form.getlist("an")) & shown:
            remarks.hide(connection, held, hidden, by, at)
            audit.append(connection, by, "remark-hide", f"{wave.name} {hidden[:8]}", at)
        if count:
            audit.append(connection, by, "remarks-code", f"{wave.name} {count}", at)
    flash(words()["quality_marked"].format(count=count))


def _pair(sent: str) -> tuple[str, int]:
    remark, _, theme = sent.partition(" ")
    is_number = theme.isascii() and theme.isdecimal() and len(theme) <= _LONGEST_NUMBER
    return remark, int(theme) if is_number else -1


@blueprint.post("/dot/<name>/kiem-tra/y-kien/chu-de")
@needs("remarks.code")
def add_theme(name: str) -> ResponseReturnValue:
    """A new theme."""
    wave = wave_named(name)
    typed = " ".join(request.form.get("ten", "").split())
    if Typed().validate_on_submit():
        said = _theme_problem(wave, typed)
        if said:
            return _page(wave, theme_problem=said, theme_typed=typed), 422
        try:
            _added(wave, typed)
        except Refused as refused:
            return _page(wave, theme_typed=typed, **faults.shown(refused)), 409
        flash(words()["quality_theme_added"].format(theme=typed))
    return redirect(url_for("office.remarks_page", name=name) + "#chu-de", 303)


def _theme_problem(wave: Wave, typed: str) -> str:
    with house().database.reading() as connection:
        count = len(remarks.themes_of(connection, wave))
    if not typed or len(typed) > LONGEST_THEME:
        return words()["quality_theme_length"].format(most=LONGEST_THEME)
    return words()["quality_themes_most"].format(most=MOST_THEMES) if count >= MOST_THEMES else ""


def _added(wave: Wave, typed: str) -> None:
    here, by, at = house(), who(), house().stamp()
    with here.database.writing() as connection:
        held = waves.hold(connection, wave.name)
        number = remarks.add_theme(connection, held, typed, by, at)
        audit.append(connection, by, "theme-add", f"{wave.name} {number}", at)


@blueprint.post("/dot/<name>/kiem-tra/y-kien/chu-de/<int:theme>/xoa")
@needs("remarks.code")
def drop_theme(name: str, theme: int) -> ResponseReturnValue:
    """Take a theme away that no text has."""
    wave = wave_named(name)
    if Typed().validate_on_submit():
        here, by, at = house(), who(), house().stamp()
        try:
            with here.database.writing() as connection:
                held = waves.hold(connection, wave.name)
                remarks.drop_theme(connection, held, theme)
                audit.append(connection, by, "theme-drop", f"{wave.name} {theme}", at)
        except Refused as refused:
            return _page(wave, **faults.shown(refused)), 409
        flash(words()["quality_theme_dropped"])
    return redirect(url_for("office.remarks_page", name=name) + "#chu-de", 303)


def _page(wave: Wave, **more: Any) -> str:
    args = request.args.to_dict()
    asked = {key: args[key] for key in _ADDRESS if args.get(key)}
    if not is_ready(wave):
        return show("remarks", wave, shown=None, listed=None, themes=(), **more)
    shown, lines, themes = _lines(wave)
    listed = _TABLE.page(_with_theme(lines, asked.get(THEME, "")), asked)
    counted = Counter(theme for line in lines for theme in line.themes)
    return show(
        "remarks",
        wave,
        shown=shown,
        listed=listed,
        themes=[(theme, counted[theme.id]) for theme in themes],
        coded=sum(bool(line.marks) for line in lines),
        total=len(lines),
        fields=_fields(lines, themes, asked),
        clear=url_for("office.remarks_page", name=wave.name) if asked else "",
        asked=asked,
        may_code=current_user.may("remarks.code"),
        longest=LONGEST_THEME,
        **{"theme_problem": "", "theme_typed": "", **more},
    )


def _lines(wave: Wave) -> tuple[FreeTexts, list[Line], tuple[Theme, ...]]:
    shown = free_texts.of_wave(house(), wave)
    with house().database.reading() as connection:
        themes, marks = remarks.themes_of(connection, wave), remarks.marks(connection, wave)
    named = {theme.id: theme.name for theme in themes}
    groups, units, asked = index_of(wave).groups, house().units(wave.id), _questions(wave)
    lines = []
    for each in shown.remarks:
        mine = marks.get(each.name, ())
        lines.append(
            Line(
                remark=each,
                group=say(groups.get(each.group, each.group), language()),
                unit=_unit_of(units, each.unit),
                question=asked.get(each.question, each.question),
                marks=mine,
                names="; ".join(named[mark.theme] for mark in mine),
            )
        )
    return shown, lines, themes


def _questions(wave: Wave) -> Mapping[str, str]:
    """What each question says; a `{unit}` in it stands for the unit at hand."""
    spoken = language()
    forms = study_of(wave).questionnaires.values()
    return {
        name: say(item.ask, spoken).replace("{unit}", words()["quality_the_unit"])
        .replace("{year}", str(wave.year))
        for form in forms
        for name, item in form.items.items()
    }  # fmt: skip


def _unit_of(units: Mapping[str, Any], unit: str) -> str:
    if unit == OTHERS:
        return words()["quality_other_units"]
    return unit_name(units, unit) if unit else words()["quality_no_unit"]


def _with_theme(lines: Iterable[Line], theme: str) -> Iterable[Line]:
    if theme == NO_THEME:
        return [line for line in lines if not line.marks]
    if theme:
        return [line for line in lines if theme in {str(each) for each in line.themes}]
    return lines


def _fields(
    lines: list[Line], themes: tuple[Theme, ...], asked: Mapping[str, str]
) -> list[dict[str, object]]:
    w = words()
    of = {
        GROUP: ("group", {line.remark.group: line.group for line in lines}),
        UNIT: ("unit", {line.remark.unit or "-": line.unit for line in lines}),
        QUESTION: ("quality_question", {line.remark.question: line.question for line in lines}),
        THEME: (
            "quality_theme",
            {NO_THEME: w["quality_no_theme"], **{str(each.id): each.name for each in themes}},
        ),
    }
    fields: list[dict[str, object]] = [
        {
            "name": name,
            "label": w[label],
            "value": asked.get(name, ""),
            "choices": sorted(choices.items(), key=lambda it: collation.key(it[1])),
        }
        for name, (label, choices) in of.items()
        if len(choices) > 1
    ]
    search = {"name": tables.SEARCH, "label": w["quality_search"], "kind": "search"}
    return [*fields, {**search, "value": asked.get(tables.SEARCH, "")}]


def _file(wave: Wave, kind: str) -> Response:
    """What is shown, as a table without names of texts: its order is of nobody."""
    w, args = words(), request.args.to_dict()
    _, lines, _ = _lines(wave)
    rows = _TABLE.page(_with_theme(lines, args.get(THEME, "")), args).rows
    header = tuple(w[key] for key in ("group", "unit", "quality_question", "quality_text",
                                      "quality_themes"))  # fmt: skip
    body = [(line.group, line.unit, line.question, line.remark.text, line.names) for line in rows]
    with house().database.writing() as connection:
        detail = f"{wave.name} {len(rows)} {kind}"
        audit.append(connection, who(), "remarks-export", detail, house().stamp())
    name = f"y-kien-{wave.name}"
    if kind in tables.KINDS:
        return tables.as_csv(name, header, body, kind)
    told = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(xlsx_out.table(header, body), content_type=_XLSX, headers=told)
