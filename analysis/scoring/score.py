"""Scores: what each unit earned, and how sure that is.

    data = reader.read(Path("folder"))
    card = score.score(data, Settings())

The variance of a score comes from one influence a row, the sum over questions of
M_c w_cg w (x - theta)/W, so that the covariance between questions, groups and units is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import FEW, ROWS, in_threads
from analysis.design.domains import Domains
from analysis.estimation.answer_counts import AnswerCounts, count_answers
from analysis.estimation.cells import Cells
from analysis.estimation.item_nonresponse import Responses
from analysis.estimation.means import Estimates, estimates
from analysis.estimation.two_phase import TwoPhase
from analysis.numeric import Bools, Floats, group_ids
from analysis.scoring.aggregation import Aggregation, Contribution, add_influence, aggregate
from analysis.scoring.flags import Flags
from analysis.scoring.points import Points, Reaches, Variances, points, reaches_of
from analysis.scoring.settings import Settings
from analysis.scoring.two_groups import TwoGroups
from analysis.weighting.calibration import Calibrated, calibrate, need_population
from analysis.weighting.nonresponse_adjustment import ResponseClass, adjusted


@dataclass(frozen=True, kw_only=True)
class JackknifeVariances:
    """What the jackknife gives for a scorecard, NaN where a replicate has no value.

    Attributes
    ----------
    means : (cells, questions) array
    units : (units,) array
        Variances with the first stage's fpc alone, as R has them.
    joint : mapping from sample to (sample units, sample units) array
        By sample that serves several cells, the covariance between its units that the scores
        rest on.
    """

    means: Floats
    units: Floats
    joint: dict[int, Floats]


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Every number of one scoring.

    Attributes
    ----------
    data : Dataset
        With the weights adjusted for unit nonresponse, where that was asked for.
    settings : Settings
    cells : Cells
    weighted : Calibrated
    counts : AnswerCounts
    responses : Responses
    estimates : Estimates
        Means, (cells, questions).
    aggregation : Aggregation
    units : Points
        Scores, (units,).
    criteria : Points
        Their parts, (units, criteria).
    covariance : (units, units) array
        The design's covariance of the scores, as R survey gives it.
    influence : (rows,) array
        Of each rating on its unit's score.
    group_variance, group_response_variance : (units, groups) arrays
        What each group adds to the score's variance: by the design, and by skipped questions.
    response_classes : tuple of ResponseClass
        Where weights were adjusted for unit nonresponse.
    jackknife : JackknifeVariances or None
        Where variances are by the jackknife.
    """

    data: Dataset
    settings: Settings
    cells: Cells
    weighted: Calibrated
    counts: AnswerCounts
    responses: Responses
    estimates: Estimates
    aggregation: Aggregation
    units: Points
    criteria: Points
    covariance: Floats
    influence: Floats
    group_variance: Floats
    group_response_variance: Floats
    response_classes: tuple[ResponseClass, ...] = ()
    jackknife: JackknifeVariances | None = None

    @cached_property
    def df_design(self) -> Floats:
        """By unit: PSUs less strata, summed over the groups used."""
        used = self.aggregation.used.any(axis=1)
        df = np.where(used, self.cells.df, 0).reshape(len(self.data.units), -1)
        return np.asarray(df.sum(axis=1), dtype=float)

    def flags(self, unit: int) -> list[str]:
        """What a reader of a unit's score should know: `group:question:status`, and more."""
        return self._flags.of(unit)

    @cached_property
    def _flags(self) -> Flags:
        return Flags(
            data=self.data,
            weighted=self.weighted,
            estimates=self.estimates,
            aggregation=self.aggregation,
        )


def score(data: Dataset, settings: Settings | None = None) -> Scorecard:
    """Score every unit of a data set, with linearised variances.

    Parameters
    ----------
    data : Dataset
    settings : Settings, optional

    Raises
    ------
    ProblemsFound
        When calibration or an adjustment lacks its counts.
    ValueError
        With ``variance="jkn"``: `replication.scorecards.scorecard` serves both methods.
    """
    scoring = scoring_of(data, settings)
    if scoring.settings.variance != "taylor":
        raise ValueError("variance='jkn' is for analysis.replication.scorecards.scorecard")
    return scoring.scorecard()


def scoring_of(data: Dataset, settings: Settings | None = None) -> Scoring:
    """Everything up to the variances of scores. Raises `ProblemsFound` as `score` does."""
    settings = settings or Settings()
    need_population(data, settings.weights)
    data, classes = adjusted(data, settings.adjust)
    if data.design.lonely != settings.lonely_psu:
        data = replace(data, design=replace(data.design, lonely=settings.lonely_psu))
    cells = Cells.of(data)
    weighted = calibrate(data, settings.weights, ~cells.usable, settings.trim)
    counts = count_answers(data, weighted.weight)
    responses = Responses.of(data, cells.domains, counts.n)
    means = estimates(data, cells, weighted, counts, responses, settings.level)
    two_phase = TwoPhase.of(data, classes)
    if two_phase:
        means = two_phase.estimates(means, cells, weighted, counts, settings.level)
    return Scoring(
        data=data,
        settings=settings,
        cells=cells,
        weighted=weighted,
        counts=counts,
        responses=responses,
        estimates=means,
        aggregation=aggregate(data, counts, means.mean, settings.missing, settings.min_group),
        two_phase=two_phase,
        response_classes=classes,
    )


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """A scoring whose means are known; a subclass may give variances by another method."""

    data: Dataset
    settings: Settings
    cells: Cells
    weighted: Calibrated
    counts: AnswerCounts
    responses: Responses
    estimates: Estimates
    aggregation: Aggregation
    two_phase: TwoPhase | None = None
    response_classes: tuple[ResponseClass, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Units and groups."""
        return len(self.data.units), len(self.data.groups)

    def scorecard(self) -> Scorecard:
        """Every number of the scoring."""
        aggregation = self.aggregation
        influence = self._influence(aggregation.tables)
        variances = self._variances_of(influence, aggregation.tables, aggregation.used)
        reaches = self._reaches()
        units = self._points(
            aggregation.score,
            aggregation.max_available,
            replace(variances, design=_where_known(aggregation.score, variances.design)),
            Reaches(below=reaches.below.sum(axis=0), above=reaches.above.sum(axis=0)),
        )
        return Scorecard(
            data=self.data,
            settings=self.settings,
            cells=self.cells,
            weighted=self.weighted,
            counts=self.counts,
            responses=self.responses,
            estimates=self.estimates,
            aggregation=aggregation,
            units=units,
            criteria=self._criteria(reaches),
            covariance=self._covariance_of_scores(influence, units.se),
            influence=influence,
            group_variance=variances.design_by_group,
            group_response_variance=variances.response_by_group,
            response_classes=self.response_classes,
        )

    def _influence(self, tables: Floats) -> Floats:
        """By row: its influence on its unit's points."""
        effect, codes = np.zeros(self.data.rows), tables.shape[2]
        flat = [
            np.ascontiguousarray(tables[:, number]).ravel() for number in range(tables.shape[1])
        ]

        def add(start: int) -> None:
            rows = slice(start, start + ROWS)
            base = self.data.cell[rows].astype(np.int64) * codes
            for number, table in enumerate(flat):
                effect[rows] += table.take(base + self.data.answers[number, rows])

        in_threads(add, range(0, self.data.rows, ROWS), few=self.data.rows < FEW)
        return self.weighted.influence(effect, spent=True)

    def _variances_of(
        self,
        influence: Floats,
        tables: Floats,
        used: Bools,
        contribution: Contribution | None = None,
    ) -> Variances:
        """By unit and by (units, groups), of the score or of one criterion's contribution."""
        by_group, total = self.design_variances(influence, used, contribution)
        response_by_group, response = self._response_variances(tables, used)
        return Variances(
            design=total,
            response=response,
            design_by_group=by_group,
            response_by_group=response_by_group,
        )

    def _response_variances(self, tables: Floats, used: Bools) -> tuple[Floats, Floats]:
        """VR by (units, groups), and by unit: with the covariance of persons in two groups."""
        weight, carries = self.weighted.weight, self.counts.carries
        by_cell = self.responses.of_sums(tables, weight, carries, self.cells.chunks)
        by_group = self.by_group(by_cell, used)
        total = np.asarray(by_group.sum(axis=1))
        if self.groups_share_a_sample:
            persons = TwoGroups(
                data=self.data, weight=weight, counts=self.counts, responses=self.responses
            )
            for sample in persons.samples:
                total = total + persons.covariance(tables, by_group, sample).diagonal()
        return by_group, total

    def by_group(self, by_cell: Floats, used: Bools) -> Floats:
        """(units, groups) of a variance by cell: 0 where unused, NaN where a mean used has none."""
        unknown = (used & np.isnan(self.estimates.variance)).any(axis=1)
        value = np.where(used.any(axis=1), by_cell, 0.0)
        return np.where(unknown, np.nan, value).reshape(self.shape)

    def design_variances(
        self, influence: Floats, used: Bools, _contribution: Contribution | None = None, /
    ) -> tuple[Floats, Floats]:
        """Of the score, or of one criterion: variance by (units, groups), and by unit."""
        one_phase = self.cells.domains.variance(influence)
        if self.two_phase is None:
            by_group = self.by_group(one_phase, used)
            return by_group, self._total(influence, by_group)
        by_cell = self.two_phase.variance(influence, one_phase)
        by_group = self.by_group(by_cell, used)
        total = self._total(influence, by_group)
        if self.groups_share_a_sample:
            total = total + self.by_group(by_cell - one_phase, used).sum(axis=1)
        return by_group, total

    def covariance(self, influence: Floats, /) -> Floats:
        """(units, units): between scores; the diagonal counts for nothing."""
        return self._units.covariance(influence)

    def _covariance_of_scores(self, influence: Floats, se: Floats) -> Floats:
        matrix = self.covariance(influence)
        np.fill_diagonal(matrix, se**2)
        unknown = np.isnan(se)
        matrix[unknown, :] = np.nan
        matrix[:, unknown] = np.nan
        return matrix

    @cached_property
    def _units(self) -> Domains:
        return Domains(self.data.design, self.data.unit, len(self.data.units))

    def _total(self, influence: Floats, by_group: Floats) -> Floats:
        """By unit: the variance; groups add up unless one sample serves several of them."""
        if not self.groups_share_a_sample:
            return np.asarray(by_group.sum(axis=1))
        totals = self._units.totals(influence)
        # not `variance`: a group that is not used may be unusable
        variance = self._units.between(totals) + self._units.within(influence, totals)
        return _where_known(by_group.sum(axis=1), variance)

    @cached_property
    def groups_share_a_sample(self) -> bool:
        """Whether a sample serves several groups of a unit."""
        design = self.data.design
        cells = len(group_ids(design.sample, self.data.cell)[1])
        return len(group_ids(design.sample, self.data.unit)[1]) < cells

    def _reaches(self) -> Reaches:
        """(criteria, units, groups)."""
        groups = self.shape[1]
        by_criterion = [
            reaches_of(one, self.estimates, groups) for one in self.aggregation.contributions
        ]
        return Reaches(
            below=np.stack([one.below for one in by_criterion]),
            above=np.stack([one.above for one in by_criterion]),
        )

    def _points(
        self, score: Floats, maximum: Floats, variances: Variances, reaches: Reaches
    ) -> Points:
        one_weight = np.asarray((self.estimates.one_weight & self.aggregation.used).any(axis=1))
        df = np.maximum(self.cells.df, 1).astype(float)  # what varies has one
        return points(
            score,
            maximum,
            variances,
            reaches=reaches,
            one_weight=one_weight.reshape(self.shape),
            df=df.reshape(self.shape),
            level=self.settings.level,
        )

    def _criteria(self, reaches: Reaches) -> Points:
        """(units, criteria)."""
        contributions = self.aggregation.contributions
        score = np.stack([one.score for one in contributions])
        maximum = np.array([one.criterion.max_points for one in contributions])[:, None]
        maximum = np.broadcast_to(maximum, score.shape)
        variances = Variances.stacked([self._variances_of_criterion(one) for one in contributions])
        return self._points(score, maximum, variances, reaches).transposed()

    def _variances_of_criterion(self, contribution: Contribution) -> Variances:
        groups = [link.group for link in contribution.criterion.links]
        simple = contribution.criterion.average == "equal" and len(set(groups)) == len(groups)
        if simple and not self.groups_share_a_sample:
            variances = self._from_means(contribution, groups)
        else:
            variances = self._from_influence(contribution)
        return replace(variances, design=_where_known(contribution.ratio, variances.design))

    def _from_means(self, contribution: Contribution, groups: list[int]) -> Variances:
        """One question a group, groups independent: squared points times the means' variances."""
        by_group, response_by_group = np.zeros(self.shape), np.zeros(self.shape)
        at, squares = (contribution.cells, contribution.questions), contribution.link_points**2
        variance = squares * self.estimates.variance[at]
        by_group[:, groups] = np.where(squares > 0, variance, 0.0)
        response_by_group[:, groups] = squares * self.estimates.response_variance[at]
        return Variances(
            design=by_group.sum(axis=1),
            response=response_by_group.sum(axis=1),
            design_by_group=by_group,
            response_by_group=response_by_group,
        )

    def _from_influence(self, contribution: Contribution) -> Variances:
        """Any criterion, by the influence of each row."""
        tables = np.zeros(self.counts.by_code.shape)
        of_means = self.counts.influence(self.estimates.mean, self.counts.sum_w)
        add_influence(tables, contribution, of_means, self.counts)
        used = np.zeros(self.estimates.mean.shape, dtype=bool)
        used[contribution.cells, contribution.questions] |= contribution.link_points > 0
        return self._variances_of(self._influence(tables), tables, used, contribution)


def _where_known(known: Floats, values: Floats) -> Floats:
    """Values where another array is not NaN."""
    return np.where(np.isnan(known), np.nan, values)
