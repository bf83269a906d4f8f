"""Charts of results as Matplotlib figures; nothing is saved and pyplot is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.report import draw, score_tables
from analysis.report.draw import Material
from analysis.report.explain import require
from analysis.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Plots:
    """Charts of results: each method returns a Matplotlib figure, and a notebook shows it.

    Names come from units.csv (or `units`), criteria from an index.csv in the folder; without them
    codes stand there. The words are Vietnamese, and grey tones survive every copier.

    Parameters
    ----------
    scored : Results
        What was computed; `SurveyResults.plot` hands it over.
    """

    def __init__(self, scored: Results) -> None:
        card = scored.scorecard
        content: dict[str, Any] = {
            "units": score_tables.unit_rows(scored),
            "ranks": scored.ranking.rank_rows(),
            "criteria": score_tables.criterion_table(card).rows(),
        }
        names = draw.names_of_criteria(card.data.folder)
        self._material = Material(data=card.data, scores=content, criteria=names)

    def scores(self) -> Figure:
        """Every unit's score and its interval, the highest on top.

        Returns
        -------
        matplotlib.figure.Figure
            Units without a score stand at the bottom, by name alone.
        """
        with draw.look():
            return draw.scores_chart(self._material)

    def ranks(self) -> Figure:
        """The rank of each unit, those that the data do not rule out, and the bands.

        Returns
        -------
        matplotlib.figure.Figure
            Units without a rank are left out.
        """
        with draw.look():
            return draw.ranks_chart(self._material)

    def unit(self, code: str) -> Figure:
        """One unit by criterion, in per cent of the maximum, beside the mean of its class.

        Parameters
        ----------
        code : str
            The code of the unit.

        Returns
        -------
        matplotlib.figure.Figure
            A row for each criterion; the title is the unit's name.

        Raises
        ------
        ProblemsFound
            When there is no such unit; the help names near ones.
        """
        require(code, self._material.data.units, "unit", str(self._material.data.folder))
        with draw.look():
            return draw.profile_chart(self._material, code)

    def __repr__(self) -> str:
        return 'Charts: .scores(), .ranks(), .unit("CODE")'
