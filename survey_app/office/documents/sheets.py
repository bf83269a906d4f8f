"""What stands on the sheets of the workbook of a scorecard.

A sum or a ratio is a formula wherever the cells that it is made of are shown and give the number
that the scorecard has; where one of them is withheld, so is the number, or it stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from survey_app.i18n import Words
from survey_app.office.results import method
from survey_app.office.results.read import CriterionLine, GroupLine, Results, UnitLine
from survey_app.office.results.remarks import grade_labels, remarks
from survey_app.questionnaire.model import Text

_NEAR = 1e-9


@dataclass(frozen=True)
class Formula:
    """A formula of cells, `{row}` being its own row, and the number that it gives.

    `kind` says how it is shown where its column says otherwise.
    """

    text: str
    value: float
    kind: str = ""

    def at_row(self, row: int) -> str:
        """The formula in a row, as the program counts them."""
        return self.text.format(row=row)


Cell = str | float | int | Formula | None


@dataclass(frozen=True)
class Column:
    """A column: its head, how it is shown (points, count, percent, text, label), its width.

    A label is a short text, in the middle: one on the left would touch a number before it.
    """

    head: str
    kind: str
    width: float


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet. `title` stands in rows above the head; so many columns stay in view."""

    name: str
    about: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    title: Sequence[str] = field(default=())
    frozen: int = 2
    is_filtered: bool = True

    @property
    def above(self) -> int:
        """How many rows stand above the head."""
        return len(self.title)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A scorecard in a language."""

    results: Results
    words: Words
    language: str

    @cached_property
    def w(self) -> Mapping[str, str]:
        """The words."""
        return self.words(self.language)

    def said(self, text: Text) -> str:
        """A text of the questionnaires."""
        return text.get(self.language) or next(iter(text.values()), "")

    def head(self, *columns: tuple[str, str, float]) -> list[Column]:
        """Columns by the keys of their heads."""
        return [Column(self.w[key], kind, width) for key, kind, width in columns]

    def place(self, sheet: str, column: str) -> str:
        """A whole column of a sheet, as formulas name it; the head is no number."""
        name = self.w[f"sheet_{sheet}"].replace("'", "''")
        return f"'{name}'!${column}:${column}"


def of(it: Told) -> list[Sheet]:
    """Every sheet but the first."""
    listed = [_summary(it), _fields(it), _criteria(it), _groups(it), _rates(it)]
    if notes := _notes(it):
        listed.append(notes)
    return [*listed, _method(it)]


def about(it: Told, title: str, listed: Sequence[Sheet]) -> Sheet:
    """The first sheet: what the others are, and a few numbers that are formulas of them."""
    lines: list[list[Cell]] = [[sheet.name, sheet.about] for sheet in listed]
    known = [unit.index for unit in it.results.units if unit.index is not None]
    if known:
        column = it.place("summary", "K")
        lines.append([it.w["sheet_units"], Formula(f"=COUNT({column})", len(known), "count")])
        mean = Formula(f"=AVERAGE({column})", sum(known) / len(known))
        lines.append([it.w["sheet_mean"], mean])
    lines.append([it.w["sheet_formulas"], it.w["sheet_formulas_say"]])
    if it.results.is_public:
        fewest = it.results.index.publish_from
        lines.append([it.w["method_withheld"], it.w["withheld_note"].format(fewest=fewest)])
    if it.results.is_draft:
        lines.append([it.w["draft_mark"], it.w["draft_banner"]])
    return Sheet(
        name=it.w["sheet_about"],
        about="",
        columns=[Column(it.w["sheet_name"], "text", 24), Column(it.w["contents"], "points", 78)],
        rows=lines,
        title=(title,),
        frozen=0,
        is_filtered=False,
    )


def _summary(it: Told) -> Sheet:
    index = "index_percent" if it.results.is_merged else "survey_percent"
    columns = it.head(
        ("code", "text", 10), ("unit", "text", 28), ("rank", "count", 6),
        ("self_points", "points", 9), ("appraised", "points", 9), ("survey", "points", 9),
        ("bonus", "points", 7), ("penalty", "points", 7), ("total", "points", 8),
        ("maximum", "points", 8), (index, "points", 9), ("interval_low", "points", 9),
        ("interval_high", "points", 9), ("rank_low", "count", 8), ("rank_high", "count", 8),
        ("band", "label", 9), ("grade", "text", 10),
    )  # fmt: skip
    labels = grade_labels(it.results, it.language)
    rows = [
        [
            unit.unit, it.said(unit.name), unit.rank, unit.self_points, unit.appraised,
            _survey(it, unit), unit.bonus, unit.penalty, _total(it, unit), unit.maximum,
            _index(unit), unit.lo, unit.hi, unit.rank_lo, unit.rank_hi, unit.band,
            labels.get(unit.grade, unit.grade),
        ]
        for unit in it.results.units
    ]  # fmt: skip
    return _sheet(it, "summary", columns, rows)


def _survey(it: Told, unit: UnitLine) -> Cell:
    """The sum of the fields, where every one is shown."""
    points = [each.survey for each in unit.fields if each.survey_maximum]
    code, shown = it.place("fields", "A"), it.place("fields", "H")
    return _made(f"SUMIFS({shown},{code},A{{row}})", points, unit.survey)


def _total(it: Told, unit: UnitLine) -> Cell:
    if not it.results.is_merged:
        return _made("F{row}", [unit.survey], unit.total)
    penalty = None if unit.penalty is None else -unit.penalty
    parts = [unit.appraised, unit.survey, unit.bonus or 0.0, penalty or 0.0]
    return _made("E{row}+F{row}+G{row}-H{row}", parts, unit.total)


def _index(unit: UnitLine) -> Cell:
    if unit.total is None or not unit.maximum:
        return unit.index
    return _made("100*I{row}/J{row}", [100 * unit.total / unit.maximum], unit.index)


def _made(formula: str, parts: Sequence[float | None], value: float | None) -> Cell:
    """The formula, if its parts are shown and add up to the value; else the value."""
    known = [part for part in parts if part is not None]
    if value is None or not parts or len(known) < len(parts) or abs(sum(known) - value) > _NEAR:
        return value
    return Formula(f"={formula}", value)


def _fields(it: Told) -> Sheet:
    columns = it.head(
        ("code", "text", 10), ("unit", "text", 26), ("code", "text", 6), ("field", "text", 38),
        ("self_points", "points", 9), ("appraised", "points", 9), ("self_maximum", "points", 10),
        ("survey", "points", 9), ("survey_maximum", "points", 9), ("provenance", "text", 20),
    )  # fmt: skip
    unit_code, field_code = it.place("criteria", "A"), it.place("criteria", "K")
    summed = it.place("criteria", "E")
    rows: list[list[Cell]] = []
    for unit in it.results.units:
        for each in unit.fields:
            points = [line.points for line in each.criteria]
            formula = f"SUMIFS({summed},{unit_code},A{{row}},{field_code},C{{row}})"
            survey = _made(formula, points, each.survey)
            if each.withheld:
                survey = it.w["withheld"]
            rows.append(
                [
                    unit.unit, it.said(unit.name), each.code, it.said(each.name),
                    each.self_points, each.appraised, each.self_maximum, survey,
                    each.survey_maximum, it.w[each.provenance],
                ]
            )  # fmt: skip
    return _sheet(it, "fields", columns, rows, frozen=4)


def _criteria(it: Told) -> Sheet:
    columns = it.head(
        ("code", "text", 10), ("unit", "text", 26), ("code", "text", 7), ("criterion", "text", 44),
        ("points", "points", 8), ("maximum", "points", 8), ("share", "percent", 9),
        ("interval_low", "points", 9), ("interval_high", "points", 9), ("provenance", "text", 20),
        ("field", "text", 7),
    )  # fmt: skip
    rows = [
        [
            unit.unit, it.said(unit.name), line.code, it.said(line.name),
            it.w["withheld"] if line.withheld else line.points, line.maximum,
            _share(line), line.lo, line.hi, it.w[line.provenance], each.code,
        ]
        for unit in it.results.units
        for each in unit.fields
        for line in each.criteria
    ]  # fmt: skip
    return _sheet(it, "criteria", columns, rows, frozen=4)


def _share(line: CriterionLine) -> Cell:
    if line.withheld or line.points is None or not line.maximum:
        return None
    return Formula("=E{row}/F{row}", line.points / line.maximum)


def _groups(it: Told) -> Sheet:
    columns = it.head(
        ("code", "text", 10), ("unit", "text", 26), ("code", "text", 7), ("criterion", "text", 40),
        ("group", "text", 24), ("answers", "count", 8), ("ratio", "points", 8),
        ("no_opinion", "percent", 9), ("blank", "count", 8), ("remark", "text", 18),
    )  # fmt: skip
    rows = [
        [
            unit.unit, it.said(unit.name), line.code, it.said(line.name),
            it.said(it.results.groups.get(group.group, {})), *_answers(group, it.w),
        ]
        for unit in it.results.units
        for each in unit.fields
        for line in each.criteria
        for group in line.groups
    ]  # fmt: skip
    return _sheet(it, "groups", columns, rows, frozen=5)


def _answers(group: GroupLine, w: Mapping[str, str]) -> list[Cell]:
    """What a group said: a number of few people is not even a zero."""
    if group.withheld:
        return [None, None, None, None, w["withheld"]]
    said = "" if group.status == "ok" else w.get(f"status_{group.status}", group.status)
    return [group.n, group.mean, group.no_opinion_share, group.blank, said]


def _rates(it: Told) -> Sheet:
    columns = it.head(
        ("code", "text", 10), ("unit", "text", 34), ("group", "text", 34),
        ("population", "count", 11), ("invited", "count", 11), ("responded", "count", 11),
        ("response_rate", "percent", 11), ("remark", "text", 16),
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for unit in it.results.units:
        for rate in unit.rates:
            share = rate.responded / rate.invited if rate.responded and rate.invited else None
            group = it.said(it.results.groups.get(rate.group, {}))
            rows.append(
                [
                    unit.unit, it.said(unit.name), group, rate.population, rate.invited,
                    rate.responded, _made("F{row}/E{row}", [share], rate.rate),
                    it.w["withheld"] if rate.withheld else "",
                ]
            )  # fmt: skip
    return _sheet(it, "rates", columns, rows, frozen=3)


def _notes(it: Told) -> Sheet | None:
    said = [
        (unit, notes)
        for unit in it.results.units
        if (notes := remarks(unit, it.results, it.words, it.language))
    ]
    columns = it.head(("code", "text", 10), ("unit", "text", 30), ("notes", "text", 90))
    rows = [[unit.unit, it.said(unit.name), note] for unit, notes in said for note in notes]
    return _sheet(it, "notes", columns, rows) if rows else None


def _method(it: Told) -> Sheet:
    columns = it.head(("reports_setting", "text", 34), ("contents", "text", 94))
    rows = method.lines(it.results, it.words, it.language)
    return _sheet(it, "method", columns, rows, frozen=1, is_filtered=False)


def _sheet(
    it: Told,
    key: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    frozen: int = 2,
    is_filtered: bool = True,
) -> Sheet:
    return Sheet(
        name=it.w[f"sheet_{key}"],
        about=it.w[f"sheet_{key}_says"],
        columns=columns,
        rows=rows,
        frozen=frozen,
        is_filtered=is_filtered,
    )
