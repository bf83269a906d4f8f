"""The index of a merge, as somebody in a notebook meets it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.api.tables import as_html, as_text, frame_of
from analysis.index import merge
from analysis.index.merge import Merged

HEAD = ["name_vi", "class", "index", "lo", "hi", "rank", "rank_lo", "rank_hi", "band", "grade"]


class MergedIndex:
    """Survey points joined with self-assessed and appraised points: what `merge` returns.

    Parameters
    ----------
    merged : Merged
        The joined rows; `SurveyResults.merge` makes them.
    """

    def __init__(self, merged: Merged) -> None:
        self._merged = merged

    @cached_property
    def units(self) -> pd.DataFrame:
        """The index of each unit, with its interval, rank and grade.

        Returns
        -------
        DataFrame
            Indexed by unit, with the columns of merged.csv; the chance of each grade is a column
            of its own (`A_grade_probability`). Ranks and bands are within the class of a unit.
        """
        return frame_of(self._merged.units, ("unit",)).set_index("unit")

    @cached_property
    def fields(self) -> pd.DataFrame:
        """The points of each unit in each field of the index.

        Returns
        -------
        DataFrame
            unit, field, name_vi, self, appraised, survey, total, max and percent.
        """
        return frame_of(self._merged.fields, ("unit", "field"))

    @cached_property
    def grades(self) -> pd.DataFrame:
        """What each grade asks for, the best first.

        Returns
        -------
        DataFrame
            grade, label_vi, min and component_floor (per cent that every field must reach).
        """
        return frame_of(self._merged.grades, ("grade",))

    @property
    def settings(self) -> Mapping[str, Any]:
        """How ties are treated, and the settings of the scores.

        Returns
        -------
        mapping
            As in merged.json.
        """
        return dict(self._merged.settings)

    def write(self, out: str | Path) -> Path:
        """Write what ``python -m analysis merge`` writes, byte for byte.

        Parameters
        ----------
        out : str or Path
            A folder; it is made where there is none.

        Returns
        -------
        Path
            The folder, with merged.json, merged.csv, fields.csv and manifest.json.
        """
        folder = Path(out)
        merge.write(self._merged, folder)
        return folder

    def __repr__(self) -> str:
        return as_text(self._told, self._head)

    def _repr_html_(self) -> str:
        return as_html(self._told, self._head)

    @property
    def _told(self) -> str:
        return f"MergedIndex. units: {len(self.units)}, out of 100, ranked within their class"

    @property
    def _head(self) -> pd.DataFrame:
        return self.units[HEAD].sort_values(["class", "rank"], kind="stable")
