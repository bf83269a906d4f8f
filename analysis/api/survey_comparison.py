"""Two years compared, as somebody in a notebook meets them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.api.tables import as_html, as_text, frame_of
from analysis.comparison.comparison import Comparison
from analysis.report import comparison_tables

HEAD = ["score_last", "score_this", "change", "lo", "hi", "verdict"]


class SurveyComparison:
    """Two years compared, unit by unit: what `compare` returns.

    Every table is a DataFrame with the columns of the CSV file of its name and the same numbers.

    Parameters
    ----------
    comparison : Comparison
        What was computed; `analysis.compare` makes it.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    @cached_property
    def _content(self) -> dict[str, Any]:
        return comparison_tables.results(self._comparison)

    @cached_property
    def units(self) -> pd.DataFrame:
        """How the score of each unit changed, on the criteria that both years ask alike.

        Returns
        -------
        DataFrame
            Indexed by unit: score_last, score_this, change with se, lo and hi, p, p_holm, verdict
            (``better``, ``worse``, ``cannot_be_told``), and the reason where nothing is compared.
            Units that only last year has stand at the end.
        """
        return frame_of(self._content["units"], ("unit", *HEAD)).set_index("unit")

    @cached_property
    def criteria(self) -> pd.DataFrame:
        """The same by unit and criterion.

        Returns
        -------
        DataFrame
            unit, criterion and the columns of `units`.
        """
        return frame_of(self._content["criteria"], ("unit", "criterion", *HEAD))

    @cached_property
    def fields(self) -> pd.DataFrame:
        """The same by unit and field of the index, where the folders have an index.csv.

        Returns
        -------
        DataFrame
            unit, field and the columns of `units`.
        """
        return frame_of(self._content["fields"], ("unit", "field", *HEAD))

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """The rank of each unit in both years, and how far it may have moved.

        Returns
        -------
        DataFrame
            Indexed by unit: rank_last, rank_this, change, lo, hi, verdict and reason.
        """
        first = ("unit", "rank_last", "rank_this", "change", "lo", "hi")
        whole = [*first[1:], "lo_last", "hi_last", "lo_this", "hi_this"]
        table = frame_of(self._content["ranks"], first).set_index("unit")
        return table.astype(dict.fromkeys(whole, "Int64"))

    @cached_property
    def common_criteria(self) -> pd.DataFrame:
        """Every criterion of either year: whether it is compared, and why not.

        Returns
        -------
        DataFrame
            criterion, compared, field, max_points, reason, detail and reworded.
        """
        return frame_of(self._content["common_criteria"], ("criterion", "compared"))

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every choice by name, as written into comparison.json and manifest.json.

        Returns
        -------
        mapping
            ``analysis.compare(last, this, **comparison.settings)`` gives the same.
        """
        return dict(self._content["settings"])

    @property
    def notes(self) -> list[str]:
        """What a reader of the changes should know.

        Returns
        -------
        list of str
            Which criteria count, over what verdicts hold together, whether samples overlap.
        """
        return list(self._content["notes"])

    def write(self, out: str | Path) -> Path:
        """Write what ``python -m analysis compare`` writes, byte for byte.

        Parameters
        ----------
        out : str or Path
            A folder; it is made where there is none.

        Returns
        -------
        Path
            The folder, with comparison.json, its tables as CSV and manifest.json.
        """
        folder = Path(out)
        comparison_tables.write(self._comparison, folder)
        return folder

    def __repr__(self) -> str:
        return as_text(self._told, self.units[HEAD])

    def _repr_html_(self) -> str:
        return as_html(self._told, self.units[HEAD])

    @property
    def _told(self) -> str:
        return comparison_tables.summary(self._comparison)
