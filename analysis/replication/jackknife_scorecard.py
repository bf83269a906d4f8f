"""A scorecard whose every standard error is by jackknife: `score --variance jkn`.

Between PSUs the delete-one-PSU jackknife (design/replicate_weights.py) takes the place of
linearisation, with a new calibration in each replicate; intervals, covariance between units,
differences, ranks and what rests on them follow. The jackknife knows nothing of a second stage, so
what persons within PSUs add (V2 of design/domains.py) stays linearised: for an estimate that is
linear in the weights both variances are the same number.

Samples are independent, and are taken one by one. A cell (or a sample that serves several) with a
replicate that has no value keeps its linearised variance, and jackknife_errors.py tells why. So
does a cell with two phases (estimation/two_phase.py): replicates take the factors of its classes as
known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from analysis.design.design import Design
from analysis.design.replicate_weights import Replicates
from analysis.estimation.means import Estimates, with_variance
from analysis.numeric import Bools, Floats
from analysis.replication.variances import ReplicateVariances, replicate_variances
from analysis.scoring.aggregation import Contribution
from analysis.scoring.score import JackknifeVariances, Scorecard, Scoring
from analysis.scoring.shared_raters import covariance_of_sample


def jackknifed(linearised: Scoring, card: Scorecard) -> Scorecard:
    """The scorecard of a scoring again, with jackknife variances.

    Parameters
    ----------
    linearised : Scoring
    card : Scorecard
        Its scorecard, with linearised variances.

    References
    ----------
    Rust and Rao (1996), Statistical Methods in Medical Research 5, 283-310.
    """
    replicates = replicate_variances(card, Replicates(design=card.data.design))
    values = {field.name: getattr(linearised, field.name) for field in fields(Scoring)}
    values["estimates"] = _estimates(linearised, replicates)
    scoring = _JackknifeScoring(**values, card=card, replicates=replicates)
    return replace(scoring.scorecard(), jackknife=scoring.jackknife)


@dataclass(frozen=True, kw_only=True)
class _JackknifeScoring(Scoring):
    """A scoring that asks the jackknife for its variances."""

    card: Scorecard
    replicates: ReplicateVariances

    @property
    def jackknife(self) -> JackknifeVariances:
        """What goes with the scorecard: the jackknife's own variances."""
        by_unit = self.replicates.separate[:, 0].reshape(self.shape).sum(axis=1)
        for joint in self.replicates.joint.values():
            by_unit = by_unit + joint.scores.diagonal()
        return JackknifeVariances(
            means=self.replicates.means,
            units=np.where(np.isnan(self.card.units.se), np.nan, by_unit),
            joint={
                sample: matrix[np.ix_(units, units)]
                for sample, matrix in self._joint_covariances.items()
                for units in [np.unique(self.data.unit[self.data.design.sample == sample])]
            },
        )

    def design_variances(
        self, influence: Floats, used: Bools, contribution: Contribution | None = None, /
    ) -> tuple[Floats, Floats]:
        """Of the score, or of one criterion: variance by (units, groups), and by unit."""
        column = 0
        if contribution is not None:
            contributions = self.aggregation.contributions
            column = 1 + next(n for n, one in enumerate(contributions) if one is contribution)
        is_shared = np.isin(self.data.design.sample, list(self.replicates.joint))
        separate = self._by_cell(
            np.where(is_shared, 0.0, influence), self.replicates.separate[:, column]
        )
        if not is_shared.any():
            by_group = self.by_group(separate, used)
            return by_group, np.asarray(by_group.sum(axis=1))
        shared = self._by_cell(
            np.where(is_shared, influence, 0.0), self.replicates.shared[:, column]
        )
        by_group = self.by_group(separate + shared, used)
        if not self.groups_share_a_sample:
            return by_group, np.asarray(by_group.sum(axis=1))
        total = self.by_group(separate, used).sum(axis=1) + self._of_joint_samples(
            influence, column
        )
        return by_group, np.where(np.isnan(by_group.sum(axis=1)), np.nan, total)

    def _by_cell(self, influence: Floats, squares: Floats) -> Floats:
        """By cell: V1 by jackknife and V2; linearised where a replicate has no value."""
        domains = self.cells.domains
        variance = squares + domains.within(influence, domains.totals(influence))
        variance = np.where(np.isnan(variance), domains.variance(influence), variance)
        return self.two_phase.variance(influence, variance) if self.two_phase else variance

    def covariance(self, _influence: Floats, /) -> Floats:
        """(units, units): between scores; only samples that serve several units have a part."""
        matrix = np.zeros((len(self.data.units),) * 2)
        for of_sample in self._joint_covariances.values():
            matrix += of_sample
        return (matrix + matrix.T) / 2

    @cached_property
    def _joint_covariances(self) -> dict[int, Floats]:
        """By joint sample (units, units): between scores."""
        return {
            sample: self._joint(sample, self.card.influence, joint.scores)
            for sample, joint in self.replicates.joint.items()
        }

    def _joint(self, sample: int, influence: Floats, squares: Floats) -> Floats:
        """Of one sample, (units, units): V1 by jackknife and V2; or linearised, as a whole."""
        data = self.data
        if not np.isnan(squares).any() and not _has_second_stage(data.design, sample):
            return squares
        linearised = covariance_of_sample(data, sample, influence)
        if (np.isnan(squares) & ~np.isnan(linearised)).any():
            return linearised
        if not _has_second_stage(data.design, sample):
            return squares
        first_stage = replace(data, design=_first_stage(data.design))
        return squares + linearised - covariance_of_sample(first_stage, sample, influence)

    def _of_joint_samples(self, influence: Floats, column: int) -> Floats:
        """By unit: what samples that serve several cells add to the variance of one column."""
        total = np.zeros(len(self.data.units))
        for sample, joint in self.replicates.joint.items():
            squares = np.diag(joint.columns[:, column])
            total += self._joint(sample, influence, squares).diagonal()
        return total


def _estimates(scoring: Scoring, replicates: ReplicateVariances) -> Estimates:
    """The means with jackknife variances; two-phase cells keep theirs."""
    means, squares = scoring.estimates, replicates.mean_variances
    second_stage = np.maximum(means.variance - means.se_ultimate_cluster**2, 0.0)
    if scoring.cells.domains.second_stage is None:
        second_stage = np.zeros_like(second_stage)  # and not what rounding leaves
    variance = np.where(np.isnan(squares), means.variance, squares + second_stage)
    if scoring.two_phase:
        variance = np.where(scoring.two_phase.cells[:, None], means.variance, variance)
    return with_variance(means, variance, scoring.cells, scoring.settings.level)


def _has_second_stage(design: Design, sample: int) -> bool:
    psus = np.flatnonzero(design.sample_of_stratum[design.stratum_of_psu] == sample)
    return bool((design.within[psus] > 0).any())


def _first_stage(design: Design) -> Design:
    """The same design as if every person of a drawn PSU were in the file: V1 alone."""
    single_stage = np.isnan(design.population_persons)
    persons = np.where(single_stage, np.nan, design.persons_drawn)
    return replace(design, population_persons=persons)
