"""The page that shows what pages are made of. Nothing on it is of a real wave."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from flask import request
from flask.typing import ResponseReturnValue

from survey_app.i18n import percent
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.page import language, page
from survey_app.office.pieces import figures
from survey_app.office.pieces.tables import DOWNLOAD, Table, as_csv

_UNITS = (
    ("Sở Xây dựng", 0.81),
    ("Sở Nông nghiệp và Môi trường", 0.64),
    ("Sở Nội vụ", 0.93),
    ("Ủy ban nhân dân phường Tô Hiệu", 0.47),
    ("Sở Dân tộc và Tôn giáo", 0.28),
    ("Ủy ban nhân dân xã Ân Thi", None),
    ("Sở Y tế", 0.055),
)
"""Names that are sorted wrongly by their bytes, and rates in every step of a heat map."""

_LENGTH = 4
_MINIMUM = 0.5
_STEPS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Where the next step of the heat map begins."""

_DAYS = ("01/10", "05/10", "10/10", "15/10", "20/10", "25/10", "31/10")
_NOW, _PLAN, _BEFORE = (0, 12, 41, 58, 96), (0, 20, 45, 70, 95, 115, 132), (0, 8, 22, 51, 70, 98)


@dataclass(frozen=True, kw_only=True)
class _Cell:
    text: str
    step: int | None
    is_below: bool


@dataclass(frozen=True, kw_only=True)
class _Row:
    name: str
    cells: tuple[_Cell, ...]
    rate: float | None
    href: str = ""


@blueprint.get("/bo-phan")
@needs("parts.see")
def parts() -> ResponseReturnValue:
    """Every part in every state."""
    rows = [
        _Row(name=name, rate=rate, cells=tuple(map(_cell, _rates(rate)))) for name, rate in _UNITS
    ]
    table = Table[_Row](
        columns={"don-vi": lambda row: row.name, "ty-le": lambda row: row.rate},
        first="don-vi",
        searched=lambda row: row.name,
        length=_LENGTH,
    )
    shown = table.page(rows, request.args.to_dict())
    if asked := request.args.get(DOWNLOAD):
        header = (_here("Đơn vị", "Unit"), _here("Tỷ lệ trả lời", "Response rate"))
        return as_csv(
            "bo-phan", header, [(row.name, _blank(row.rate)) for row in shown.rows], asked
        )
    return page(
        "parts/parts",
        here=_here,
        rows=rows,
        shown=shown,
        steps=_key(),
        lines=_lines(),
        intervals=_intervals(),
    )


def _here(vi: str, en: str) -> str:
    """A text of the examples, which are no words of the house."""
    return vi if language() == "vi" else en


def _blank(rate: float | None) -> float | str:
    return "" if rate is None else rate


def _rates(rate: float | None) -> tuple[float | None, ...]:
    return (rate, None if rate is None else min(1.0, rate + 0.15), rate and rate * 0.6)


def _cell(rate: float | None) -> _Cell:
    if rate is None:
        return _Cell(text="–", step=None, is_below=False)
    step = sum(rate >= bound for bound in _STEPS)
    return _Cell(text=percent(rate, language(), 0), step=step, is_below=rate < _MINIMUM)


def _key() -> list[str]:
    bounds = [percent(bound, language(), 0) for bound in (0, *_STEPS, 1)]
    return [f"{low} – {high}" for low, high in pairwise(bounds)]


def _lines() -> figures.Lines:
    return figures.lines(
        {
            "now": (_here("Năm nay", "This year"), _NOW),
            "plan": (_here("Kế hoạch", "Plan"), _PLAN),
            "before": (_here("Năm trước", "Last year"), _BEFORE),
        },
        _DAYS,
        said=_here(
            "Đến ngày 20/10 đã có 96 người trả lời; kế hoạch là 95, năm trước là 70.",
            "By 20 October 96 forms were returned; planned were 95, last year there were 70.",
        ),
    )


def _intervals() -> list[figures.Interval]:
    scale = (60.0, 90.0)
    known = (
        ("Sở Nội vụ", "82,5 ± 2,5", 80.0, 82.5, 85.0, 81.0, 84.0),
        ("Sở Y tế", "71,0 ± 6,0", 65.0, 71.0, 77.0, 68.0, 74.0),
    )
    rows = [
        figures.Interval(
            name=name,
            text=text if language() == "vi" else text.replace(",", "."),
            lo=figures.placed(lo, scale),
            at=figures.placed(at, scale),
            hi=figures.placed(hi, scale),
            later_lo=figures.placed(later_lo, scale),
            later_hi=figures.placed(later_hi, scale),
        )
        for name, text, lo, at, hi, later_lo, later_hi in known
    ]
    return [*rows, figures.Interval(name="Sở Xây dựng", text="–", lo=None, at=None, hi=None)]
