"""The results of one scoring, as somebody in a notebook meets them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.api import tables
from analysis.api.merged_index import MergedIndex
from analysis.api.plots import Plots
from analysis.api.survey_data import SurveyData
from analysis.index import merge, merge_files
from analysis.index.merge import Merged, Ties
from analysis.problems import ProblemsFound
from analysis.report import score_tables
from analysis.report.explain import explain
from analysis.results import Choices, Results
from analysis.scoring.settings import one_of

HEAD = ["name", "score", "lo", "hi", "rank", "rank_lo", "rank_hi", "band", "grade", "status"]
OF_MERGE = ("units.csv", "self_assessment.csv", "index.csv", "grading.csv")


class SurveyResults:
    """Scores, ranks and rates of one data set under one set of choices: what `score` returns.

    Every table is a DataFrame with the columns of the CSV file of its name and the same numbers.
    The tables are copies: to change one changes nothing else.

    Parameters
    ----------
    data : SurveyData
        What was scored.
    scored : Results
        What was computed; `analysis.score` makes it.
    """

    def __init__(self, data: SurveyData, scored: Results) -> None:
        self._data, self._scored = data, scored

    @property
    def data(self) -> SurveyData:
        """What was scored.

        Returns
        -------
        SurveyData
            As `read` or `read_frame` returned it.
        """
        return self._data

    @property
    def scored(self) -> Results:
        """The arrays behind the tables, for other modules of the package.

        Returns
        -------
        Results
            Its `scorecard` is what `analysis.sensitivity`, `analysis.planning` and others take.
        """
        return self._scored

    @cached_property
    def units(self) -> pd.DataFrame:
        """What each unit earned, how sure that is, where it ranks, and why something is missing.

        Returns
        -------
        DataFrame
            Indexed by unit.

            name
                From units.csv.
            score, se, lo, hi, df
                Points, standard error, interval and degrees of freedom.
            rank, rank_lo, rank_hi
                Rank, and the ranks that the data do not rule out; those of all units hold together
                at the level of confidence.
            band
                Units of one band cannot be told apart.
            grade
                Of the index, where the folder has what a merge needs (see `merge`); else NA.
            status
                ``ok``, ``no_se``, ``incomplete`` or ``no_score``.
            se_nr, max_available, df_design, flags, rank_lo_t, rank_hi_t, expected_rank, top_k,
            bottom_k, reason
                The other columns of units.csv and ranks.csv. The flags of a unit have ``;`` between
                them; `reason` says why a unit has no rank.
        """
        return tables.units(self._scored, self._grades[0])

    @cached_property
    def criteria(self) -> pd.DataFrame:
        """The points of each unit in each criterion.

        Returns
        -------
        DataFrame
            unit, criterion, score, se, se_nr, df, lo, hi and max_points.
        """
        return tables.criteria(self._scored)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The mean coefficient of each question in each unit and group.

        Returns
        -------
        DataFrame
            unit, group, question, status, counts, mean, se, se_nr, lo, hi and design effects.
        """
        return tables.estimates(self._scored)

    @cached_property
    def covariance(self) -> pd.DataFrame:
        """The covariance between the scores of units; the diagonal is `se` squared.

        Returns
        -------
        DataFrame
            A row and a column for each unit; NaN for units without a standard error.
        """
        names, card = self._data.units, self._scored.scorecard
        return tables.square(names, card.covariance)

    @cached_property
    def covariance_nr(self) -> pd.DataFrame:
        """The same with what skipped questions add, on which ranks and pairs rest.

        Returns
        -------
        DataFrame
            A row and a column for each unit; the diagonal is `se_nr` squared.
        """
        return tables.square(self._data.units, self._scored.ranking.covariance_nr)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Every pair of ranked units, compared.

        Returns
        -------
        DataFrame
            unit_a and unit_b (the higher score first), difference, se, df, p_raw, p_holm and
            distinct: whether the two can be told apart.
        """
        return tables.pairs(self._scored)

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Units that cannot be told apart, from the top down.

        Returns
        -------
        DataFrame
            band, units (with ``;`` between them), size, score_highest, score_lowest, rank_lo,
            rank_hi and meaning_vi. Units without a band stand in a last row.
        """
        return tables.bands(self._scored)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Response rates by unit and group.

        Returns
        -------
        DataFrame
            unit, group, N, invited, responded, in_file, AAPOR's rates, coverage and flags; of each
            rate its numerator and denominator, and the reason where there is none
            (``RR1_reason``). Without a frame it has no rows.
        """
        return tables.rates(self._scored)

    @cached_property
    def rates_by_mode(self) -> pd.DataFrame:
        """Response rates by unit, group and mode of answering.

        Returns
        -------
        DataFrame
            As `rates`, with `mode`; it has no rows without frame_modes.csv.
        """
        return tables.rates_by_mode(self._scored)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """How calibration and trimming went.

        Returns
        -------
        DataFrame
            unit, group, status and what weights went through, a row for each unit and group whose
            weights were calibrated or trimmed.
        """
        return tables.calibration(self._scored)

    @cached_property
    def response_classes(self) -> pd.DataFrame:
        """What weights were multiplied by for those who did not answer.

        Returns
        -------
        DataFrame
            unit, group, class, invited, in_file and factor; it has no rows without ``adjust``.
        """
        return tables.response_classes(self._scored)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every choice by name, as written into scores.json and manifest.json.

        Returns
        -------
        mapping
            ``analysis.score(data, **results.settings)`` gives the same results.
        """
        return self._scored.choices.written()

    @property
    def notes(self) -> list[str]:
        """What a reader of the results should know.

        Returns
        -------
        list of str
            What the command prints as notes, and why there are no grades where files for them are.
        """
        return [*self._scored.ranking.notes, *self._grades[1]]

    @cached_property
    def plot(self) -> Plots:
        """Charts: ``plot.scores()``, ``plot.ranks()``, ``plot.unit("CODE")``.

        Returns
        -------
        Plots
            Each of its methods returns a Matplotlib figure.
        """
        return Plots(self._scored)

    def explain(self, unit: str, criterion: str | None = None) -> str:
        """The way from a score back to the answers that were counted.

        Parameters
        ----------
        unit : str
            The code of the unit.
        criterion : str, optional
            One criterion; without it all of them.

        Returns
        -------
        str
            Lines of numbers that can be checked by hand; `print` shows them.

        Raises
        ------
        ProblemsFound
            When there is no such unit or criterion; the help names near ones.
        """
        return explain(self._scored.scorecard, unit, criterion)

    def write(self, out: str | Path) -> Path:
        """Write what ``python -m analysis score`` writes, byte for byte.

        Parameters
        ----------
        out : str or Path
            A folder; it is made where there is none.

        Returns
        -------
        Path
            The folder, with scores.json, its tables as CSV, pairs.csv and manifest.json. The
            manifest of data that came from DataFrames names these and the SHA-256 of their cells.
        """
        folder = Path(out)
        score_tables.write(self._scored, folder)
        return folder

    def merge(self, folder: str | Path | None = None, ties: Ties = "exact") -> MergedIndex:
        """Join the scores with self-assessed and appraised points: index, ranks and grades.

        Parameters
        ----------
        folder : str or Path, optional
            A folder with units.csv, index.csv, self_assessment.csv and, for grades, grading.csv;
            without it the folder of the data set.
        ties : {"exact", "printed"}, default "exact"
            Whether indices share a rank when equal to nine decimals, or when equal as printed.

        Returns
        -------
        MergedIndex
            Tables of units and of fields; `write` writes what ``python -m analysis merge`` does.

        Raises
        ------
        ProblemsFound
            When a file is missing or not sound, or has other units or criteria than the scores.
        ValueError
            When `ties` is none of the two, or data that came from DataFrames are merged without a
            folder.
        """
        one_of("ties", ties, Ties)
        if folder is None and self._data.in_memory:
            raise ValueError("folder: data from DataFrames have none; name that of the points")
        return MergedIndex(self._merge(Path(folder or self._data.source), ties))

    def _merge(self, folder: Path, ties: Ties) -> Merged:
        inputs = merge_files.read_for(score_tables.results(self._scored), "results", folder)
        prints = merge.fingerprints(folder) | {
            "scores.json": score_tables.fingerprint(self._scored)
        }
        return merge.merge(inputs, ties, prints)

    @cached_property
    def _grades(self) -> tuple[Mapping[str, str | None], list[str]]:
        """The grade of each unit by the files in the folder of the data set, and what to note.

        What is wrong with those files is no fault of the scores: a note says it, `merge` lists it.
        """
        folder = Path(self._data.source)
        if self._data.in_memory or not all((folder / name).is_file() for name in OF_MERGE):
            return {}, []
        try:
            merged = self._merge(folder, "exact")
        except ProblemsFound as faults:
            count = len(faults.problems)
            return {}, [
                f"no_grade: {count} problem(s) in the files of the merge; merge() lists them"
            ]
        return {row["unit"]: row["grade"] for row in merged.units}, []

    def __repr__(self) -> str:
        return tables.as_text(self._told, self._head)

    def _repr_html_(self) -> str:
        return tables.as_html(self._told, self._head)

    @property
    def _told(self) -> str:
        card, usual = self._scored.scorecard, Choices().written()
        chosen = {name: v for name, v in self.settings.items() if usual.get(name) != v}
        options = ", ".join(f"{name}={value!r}" for name, value in chosen.items())
        most = sum(criterion.max_points for criterion in card.data.criteria)
        return (
            f"SurveyResults from {self._data.source}. units: {len(self._data.units)}, points: "
            f"{most:g}, level: {card.settings.level:g}, {options or 'all other options as usual'}"
        )

    @property
    def _head(self) -> pd.DataFrame:
        best_first = self.units[HEAD].sort_values("score", ascending=False, kind="stable")
        return best_first.dropna(axis="columns", how="all")
