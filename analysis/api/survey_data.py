"""A data set that has passed every check, as somebody in a notebook meets it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.api.tables import as_html, as_text, frame_of
from analysis.dataset.model import Dataset
from analysis.io.frames import MEMORY


class SurveyData:
    """Survey answers that passed every check: what `read` and `read_frame` return.

    A notebook shows it as a table of how many answered, by unit and group. Its tables are copies:
    to change one changes nothing else.

    Parameters
    ----------
    dataset : Dataset
        The checked arrays; `analysis.read` and `analysis.read_frame` make them.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @property
    def dataset(self) -> Dataset:
        """The checked arrays, for other modules of the package such as `analysis.planning`.

        Returns
        -------
        Dataset
            Units, groups, questions, criteria, design and answers.
        """
        return self._dataset

    @property
    def source(self) -> str:
        """Where the data came from.

        Returns
        -------
        str
            The folder, or ``"DataFrames in memory"``.
        """
        return str(self._dataset.folder)

    @property
    def in_memory(self) -> bool:
        """Whether the data came from DataFrames.

        Returns
        -------
        bool
            False for a folder.
        """
        return self._dataset.folder == MEMORY

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of the units that are rated.

        Returns
        -------
        tuple of str
            In the order of the frame, else sorted.
        """
        return self._dataset.units

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the respondent groups.

        Returns
        -------
        tuple of str
            In the order of the frame, else of the criteria.
        """
        return self._dataset.groups

    @cached_property
    def criteria(self) -> pd.DataFrame:
        """Who is asked what for which criterion.

        Returns
        -------
        DataFrame
            criterion, max_points, group, question, group_weight and average, a row for each group
            and question of a criterion.
        """
        data = self._dataset
        return frame_of(
            {
                "criterion": criterion.name,
                "max_points": criterion.max_points,
                "group": data.groups[link.group],
                "question": data.questions[link.question].name,
                "group_weight": link.weight,
                "average": criterion.average,
            }
            for criterion in data.criteria
            for link in criterion.links
        )

    @cached_property
    def options(self) -> pd.DataFrame:
        """What each answer is worth.

        Returns
        -------
        DataFrame
            question, option and coef, which is NaN for an option that carries no opinion.
        """
        return frame_of(
            {"question": question.name, "option": option, "coef": coef}
            for question in self._dataset.questions
            for option, coef in zip(question.options, question.coefs, strict=True)
        )

    @cached_property
    def counts(self) -> pd.DataFrame:
        """How many ratings there are.

        Returns
        -------
        DataFrame
            A row for each unit, a column for each group.
        """
        data = self._dataset
        shape = len(data.units), len(data.groups)
        ratings = np.bincount(data.cell, minlength=data.cells).reshape(shape)
        of_rows, of_columns = pd.Index(data.units, name="unit"), pd.Index(data.groups, name="group")
        return pd.DataFrame(ratings, index=of_rows, columns=of_columns)

    @property
    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of what the data came from, by name; written into every manifest.

        Returns
        -------
        mapping from str to str
            Of each file its bytes. Of a DataFrame its cells as text, column by column, whatever
            their dtype; it differs from that of a CSV file of the same cells.
        """
        return dict(self._dataset.fingerprints)

    def __repr__(self) -> str:
        return as_text(self._told, self.counts)

    def _repr_html_(self) -> str:
        return as_html(self._told, self.counts)

    @property
    def _told(self) -> str:
        data = self._dataset
        points = sum(criterion.max_points for criterion in data.criteria)
        return (
            f"SurveyData from {self.source}. units: {len(data.units)}, groups: {len(data.groups)}, "
            f"questions: {len(data.questions)}, criteria: {len(data.criteria)}, "
            f"points: {points:g}, ratings: {data.rows:,}. Ratings by unit and group:"
        )
