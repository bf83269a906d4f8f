"""The tables of reports."""

from __future__ import annotations

from collections.abc import Sequence

from survey_app import i18n
from survey_app.office.documents.paper.blocks import WIDTH, Table
from survey_app.office.documents.reports.telling import Telling, mean, share_of
from survey_app.office.results.read import RateLine, UnitLine

_POINTS = 1.6
_MERGED = (
    ("rank", 1.4), ("unit", 0.0), ("self_points", _POINTS), ("appraised", _POINTS),
    ("survey", 1.7), ("bonus", _POINTS), ("penalty", _POINTS), ("total", _POINTS),
    ("index_percent", _POINTS), ("interval", 3.2), ("rank_range", 1.8), ("band", 1.8),
    ("grade", 2.0),
)  # fmt: skip
_SURVEY = (
    ("rank", 1.5), ("unit", 0.0), ("survey", 2.4), ("survey_percent", 2.6), ("interval", 3.4),
    ("rank_range", 2.2), ("band", 2.2),
)  # fmt: skip


def points(it: Telling) -> Table:
    """Every unit with what its index is made of."""
    adjusted = any(unit.bonus or unit.penalty for unit in it.results.units)
    kind = [
        (key, width)
        for key, width in (_MERGED if it.results.is_merged else _SURVEY)
        if (adjusted or key not in {"bonus", "penalty"}) and (it.is_graded or key != "grade")
    ]
    left = WIDTH[True] - sum(width for _, width in kind)
    return Table(
        head=[it.w[key].format(level=it.level()) for key, _ in kind],
        rows=[[_cell(it, unit, key) for key, _ in kind] for unit in it.results.units],
        widths=[width or left for _, width in kind],
    )


def _cell(it: Telling, unit: UnitLine, key: str) -> str:
    secret = it.w["withheld"] if unit.withheld else ""
    return {
        "rank": it.n(unit.rank, 0),
        "unit": it.name(unit),
        "self_points": it.n(unit.self_points),
        "appraised": it.n(unit.appraised),
        "survey": secret or it.n(unit.survey),
        "bonus": it.n(unit.bonus),
        "penalty": it.n(unit.penalty),
        "total": secret or it.n(unit.total),
        "index_percent": it.index(unit),
        "survey_percent": it.index(unit),
        "interval": it.span(unit.lo, unit.hi),
        "rank_range": it.span(unit.rank_lo, unit.rank_hi, 0),
        "band": unit.band or i18n.DASH,
        "grade": it.grade(unit.grade),
    }[key]


def standings(it: Telling, units: Sequence[UnitLine], room: float = WIDTH[False]) -> Table:
    """Rank, index and interval of some units."""
    index = "index_percent" if it.results.is_merged else "survey_percent"
    keys = ["rank", "unit", index, "interval"] + (["grade"] if it.is_graded else [])
    widths = {"rank": 1.4, index: 2.3, "interval": 3.2, "grade": 2.4}
    left = room - sum(widths.get(key, 0.0) for key in keys)
    return Table(
        head=[it.w[key].format(level=it.level()) for key in keys],
        rows=[[_cell(it, unit, key) for key in keys] for unit in units],
        widths=[widths.get(key, left) for key in keys],
    )


def fields(it: Telling) -> Table:
    """Each field: its most points, the mean share of the units, the highest and the lowest."""
    rows = []
    for at, field in enumerate(it.results.index.fields):
        known = [
            (share, unit)
            for unit in it.results.units
            if (share := share_of(unit.fields[at])) is not None
        ]
        if not known:
            rows.append([f"{field.code}. {it.said(field.name)}", *[i18n.DASH] * 3])
            continue
        best, last = max(known, key=lambda one: one[0]), min(known, key=lambda one: one[0])
        rows.append(
            [
                f"{field.code}. {it.said(field.name)}",
                it.share(mean([share for share, _ in known])),
                *(f"{it.share(share)} ({it.name(unit)})" for share, unit in (best, last)),
            ]
        )
    keys = ("field", "reports_mean_share", "reports_highest", "reports_lowest")
    return Table(head=[it.w[key] for key in keys], rows=rows, widths=(5.4, 2.1, 4.4, 4.4))


def rates(it: Telling) -> Table:
    """Each group over all units, and all of them."""
    rows = [[it.said(text), _added(it, group)] for group, text in it.results.groups.items()]
    rows.append([it.w["reports_all_groups"], _added(it, "")])
    head = (it.w["group"], it.w["reports_answered_of"])
    return Table(head=head, rows=rows, widths=(8.3, 8.0), strong=frozenset({len(rows) - 1}))


def _added(it: Telling, group: str) -> str:
    """The counts of a group, or of all where it is blank, over the units that show theirs."""
    counted = counts(it, group)
    if not counted:
        return i18n.DASH
    invited = sum(rate.invited or 0 for rate in counted)
    responded = sum(rate.responded or 0 for rate in counted)
    return it.of(responded, invited, responded / invited if invited else None)


def counts(it: Telling, group: str = "") -> list[RateLine]:
    """The counts that are shown and whole."""
    return [
        rate
        for unit in it.results.units
        for rate in unit.rates
        if group in ("", rate.group) and rate.invited is not None and rate.responded is not None
    ]


def rates_by_unit(it: Telling) -> Table:
    """Each unit and group."""
    groups = it.results.groups
    rest = (WIDTH[True] - 6.0) / len(groups)
    return Table(
        head=[it.w["unit"], *(it.said(text) for text in groups.values())],
        rows=[
            [it.name(unit), *(it.answered(unit.rate_of(group)) for group in groups)]
            for unit in it.results.units
        ],
        widths=[6.0, *[rest] * len(groups)],
    )


def modes(it: Telling) -> Table:
    """Each group and mode of answering."""
    rows = []
    for line in it.results.modes:
        if line.invited is not None and line.responded is not None:
            answered = it.of(line.responded, line.invited, line.rate)
        else:
            answered = it.n(line.responded, 0)
        mode = it.w.get(f"mode_{line.mode}", line.mode)
        rows.append([it.said(it.results.groups[line.group]), mode, answered])
    head = (it.w["group"], it.w["mode"], it.w["reports_answered_of"])
    return Table(head=head, rows=rows, widths=(6.3, 4.0, 6.0))


def years(it: Telling) -> Table:
    """Each unit in both years."""
    last = it.beside.last
    assert last is not None
    year, this = (it.w["reports_year_of"].format(year=y) for y in (last.year, it.results.wave.year))
    keys = ("reports_change", "interval", "reports_verdict") if last.is_tested else (
        "reports_change",)  # fmt: skip
    rows = []
    for unit in it.results.units:
        line = last.units.get(unit.unit)
        cells = [it.name(unit)]
        if line is None:
            rows.append(cells + [i18n.DASH] * (2 + len(keys)))
            continue
        cells += [it.n(line.last), it.n(line.this), it.n(line.change)]
        if last.is_tested:
            verdict = it.w.get(f"reports_verdict_{line.verdict}", i18n.DASH)
            cells += [it.span(line.lo, line.hi), verdict]
        rows.append(cells)
    widths = (5.2, 2.0, 2.0, 2.0, 2.7, 2.4) if last.is_tested else (8.0, 2.6, 2.6, 3.1)
    head = [it.w["unit"], year, this, *(it.w[key].format(level=it.level()) for key in keys)]
    return Table(head=head, rows=rows, widths=widths)
