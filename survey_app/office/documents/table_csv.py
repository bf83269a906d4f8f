"""The scorecard as a table, one row a unit, full precision, codes and names.

As open data it has decimal points; for a spreadsheet on a Vietnamese machine, decimal commas.
"""

from __future__ import annotations

from survey_app.fieldwork import csv_out
from survey_app.office.results.read import CriterionLine, Results, UnitLine

_COLUMNS = (
    "rank", "rank_lo", "rank_hi", "band", "unit", "name_vi", "name_en", "self", "appraised",
    "survey", "survey_max", "survey_lo", "survey_hi", "bonus", "penalty", "total", "max", "index",
    "index_lo", "index_hi", "grade", "flags", "published_at", "fingerprint",
)  # fmt: skip


def table_csv(results: Results, *, kind: str = csv_out.PLAIN) -> bytes:
    """The whole file: UTF-8 with a byte-order mark, so that Excel shows Vietnamese letters."""
    codes = [leaf.code for leaf in results.index.leaves if leaf.assessed == "survey"]
    header = [*_COLUMNS, *(f"points_{code}" for code in codes)]
    rows = ([*_unit(results, unit), *_points(unit, codes)] for unit in results.units)
    return csv_out.KINDS[kind](header, rows).encode()


def _unit(results: Results, unit: UnitLine) -> list[object]:
    card = results.card
    cells = (
        unit.rank, unit.rank_lo, unit.rank_hi, unit.band, unit.unit, unit.name["vi"],
        unit.name["en"], unit.self_points, unit.appraised, unit.survey, unit.survey_maximum,
        unit.survey_lo, unit.survey_hi, unit.bonus, unit.penalty, unit.total, unit.maximum,
        unit.index, unit.lo, unit.hi, unit.grade, " ".join(unit.flags), card.published_at,
        card.fingerprint,
    )  # fmt: skip
    return ["" if cell is None else cell for cell in cells]


def _points(unit: UnitLine, codes: list[str]) -> list[object]:
    lines: dict[str, CriterionLine] = {
        line.code: line for each in unit.fields for line in each.criteria
    }
    shown = (lines[code] for code in codes)
    return ["" if line.withheld or line.points is None else line.points for line in shown]
