"""DataFrames of results: the columns of scores.json, every number the same.

Ranks and bands are nullable whole numbers (`Int64`), all other numbers are floats with NaN for what
does not exist, text is `string` with NA for what does not exist.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.io.long_tables import LongTable
from analysis.numeric import Floats
from analysis.report import fieldwork_tables, score_tables
from analysis.results import Results

Row = Mapping[str, Any]
WHOLE = frozenset(
    {"rank", "rank_lo", "rank_hi", "rank_lo_t", "rank_hi_t", "band", "size", "in_file", "trimmed"}
    | {"over_cap"}
)
FIRST = ("name", "score", "se", "lo", "hi", "df", "rank", "rank_lo", "rank_hi", "band", "grade")
OF_RANK = {"lo": "rank_lo", "hi": "rank_hi", "lo_t": "rank_lo_t", "hi_t": "rank_hi_t"}
RATES = ("unit", "group", "N", "invited", "responded", "in_file", "RR1", "coverage", "flags")
MODES = ("unit", "group", "mode", "invited", "responded", "RR1")
CALIBRATION = ("unit", "group", "status", "empty", "deff_kish_base")
CLASSES = ("unit", "group", "class", "invited", "in_file", "factor")
TEXT = frozenset(
    {"unit", "group", "mode", "status", "empty", "flags", "class", "name", "name_vi", "name_en"}
    | {"grade", "grade_lo", "grade_hi", "label_vi", "reason", "question", "option", "criterion"}
)
SHOWN = 20
"""Rows of a table that a notebook shows."""


def units(scored: Results, grades: Mapping[str, str | None]) -> pd.DataFrame:
    """A row for each unit: its score, its rank, its grade, and why something is missing."""
    names = scored.scorecard.data.labels.get("units", {})
    rows = []
    for row, place in zip(score_tables.unit_rows(scored), scored.ranking.rank_rows(), strict=True):
        unit = row["unit"]
        ranked = {OF_RANK.get(name, name): value for name, value in place.items()}
        told = {"name": names.get(unit), "grade": grades.get(unit), **row, **ranked}
        rows.append({"unit": unit} | {name: told[name] for name in (*FIRST, "status")} | told)
    return frame_of(rows, ("unit", *FIRST, "status")).set_index("unit")


def criteria(scored: Results) -> pd.DataFrame:
    """A row for each unit and criterion."""
    return long(score_tables.criterion_table(scored.scorecard).columns)


def estimates(scored: Results) -> pd.DataFrame:
    """A row for each unit, group and question."""
    tables: dict[str, LongTable] = dict(score_tables.long_tables(scored))
    return long(tables["estimates"].columns)


def pairs(scored: Results) -> pd.DataFrame:
    """A row for each pair of ranked units, the higher score first."""
    return long(scored.ranking.pair_columns())


def bands(scored: Results) -> pd.DataFrame:
    """A row for each band, and a last one for the units that have none."""
    return frame_of(scored.ranking.band_rows(), ("band", "units", "size"))


def rates(scored: Results) -> pd.DataFrame:
    """A row for each line of the frame."""
    return frame_of(fieldwork_tables.rate_rows(scored), RATES)


def rates_by_mode(scored: Results) -> pd.DataFrame:
    """A row for each line of the frame by mode of answering."""
    return frame_of(fieldwork_tables.mode_rows(scored), MODES)


def calibration(scored: Results) -> pd.DataFrame:
    """A row for each unit and group whose weights were calibrated or trimmed."""
    return frame_of(fieldwork_tables.calibration_rows(scored), CALIBRATION)


def response_classes(scored: Results) -> pd.DataFrame:
    """A row for each response class: what its weights were multiplied by."""
    return frame_of(fieldwork_tables.class_rows(scored.scorecard), CLASSES)


def square(names: Sequence[str], values: Floats) -> pd.DataFrame:
    """A number for each pair of units."""
    of_rows, of_columns = pd.Index(names, name="unit"), pd.Index(names, name="other")
    return pd.DataFrame(values.copy(), index=of_rows, columns=of_columns)


def long(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns that are whole already: arrays of numbers, lists of labels or of truths."""
    return pd.DataFrame({name: _of_kind(values) for name, values in columns.items()})


def _of_kind(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        return values.copy()
    if all(isinstance(value, bool) for value in values):
        return np.array(values, dtype=bool)
    return pd.array(list(values), dtype="string")


def frame_of(rows: Iterable[Row], first: Sequence[str] = ()) -> pd.DataFrame:
    """Rows as a DataFrame under the union of their keys; lists and mappings are taken apart.

    A list becomes its parts with `;` between them, as in CSV; a mapping a column for each key:
    `reasons` {"RR1": "no_frame"} is the column `RR1_reason`.
    """
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys([*first, *(name for row in flat for name in row)]))
    return pd.DataFrame({name: _column(name, [row.get(name) for row in flat]) for name in names})


def _flat(row: Row) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            out |= {f"{key}_{name.removesuffix('s')}": part for key, part in value.items()}
        else:
            out[name] = ";".join(map(str, value)) if isinstance(value, list | tuple) else value
    return out


def _column(name: str, values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    if name in WHOLE:
        return pd.array(values, dtype="Int64")
    if known and all(isinstance(value, bool) for value in known):
        return pd.array(values, dtype="boolean")
    if name in TEXT or any(isinstance(value, str) for value in known):
        return pd.array(values, dtype="string")
    return np.array(values, dtype=float)


def as_text(told: str, table: pd.DataFrame) -> str:
    """A line of words and a table, as `repr` shows them."""
    return f"{told}\n\n{table.to_string(max_rows=SHOWN, float_format=_two_places, na_rep='–')}"


def as_html(told: str, table: pd.DataFrame) -> str:
    """The same as a notebook shows it; no word of it is taken for HTML."""
    cells = table.to_html(max_rows=SHOWN, float_format=_two_places, na_rep="–", border=0)
    return f"<p>{html.escape(told)}</p>{cells}"


def _two_places(value: float) -> str:
    return f"{value:.2f}"
