"""A scorecard whose every standard error is by jackknife: `score --variance jkn`.

Between PSUs the delete-one-PSU jackknife (resample.py) takes the place of linearisation, with a
new calibration in each replicate; intervals, covariance between units, differences, ranks and
what rests on them follow. The jackknife knows nothing of a second stage, so what persons within
PSUs add (V2 of design.py) stays linearised: for an estimate that is linear in the weights both
variances are the same number.

Samples are independent, and are taken one by one. A cell (or a sample that serves several) with a
replicate that has no value keeps its linearised variance, and jkn.py tells why. So does a cell with
two phases (class_variance.py): replicates take the factors of its classes as known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.design.design import Design
from analysis.design.replicate_weights import Jackknife, Replicates
from analysis.estimation.means import Estimates
from analysis.estimation.two_phase import ClassVariance
from analysis.estimation.with_variance import revised
from analysis.numeric import Bools, Floats, Ints
from analysis.old.products import product
from analysis.replication.variances import counted, means_moved, moments_of, moved
from analysis.scoring.aggregation import Share
from analysis.scoring.score import Scorecard, Scoring
from analysis.scoring.shared_raters import covariance_of_sample, is_joint


def jackknifed(taylor: Scoring, card: Scorecard) -> Scorecard:
    """The scorecard of a scoring again, with jackknife variances."""
    return _Jackknifed(taylor, card).scorecard()


@dataclass(frozen=True)
class _Squares:
    """Σ (1 − f)(m − 1)/m (θ_(hi) − θ)², of every sample.

    Columns of what is by points: the score, then each criterion. `alone` and `shared` are (cells,
    columns), of samples that serve one cell and of those that serve several, which `joint` has
    once more: (units, units) of the score, and (units, columns).
    """

    means: Floats
    alone: Floats
    shared: Floats
    joint: dict[int, tuple[Floats, Floats]]


def _squares(card: Scorecard, is_shared: Bools) -> _Squares:
    data = card.data
    groups, units, columns = len(data.groups), len(data.units), 1 + len(data.criteria)
    found = _Squares(
        np.zeros(card.estimates.mean.shape),
        np.zeros((data.cells, columns)),
        np.zeros((data.cells, columns)),
        {int(s): (np.zeros((units, units)), np.zeros((units, columns)))
         for s in np.flatnonzero(is_shared)},
    )  # fmt: skip
    for block in Replicates(data.design).blocks():
        moments, sample = moments_of(card, block), int(data.design.sample[block.rows[0]])
        by_cell = found.shared if is_shared[sample] else found.alone
        for cell, own in moments.items():
            found.means[cell] += (block.count[:, None] * means_moved(card, cell, own) ** 2).sum(
                axis=0
            )
            apart = _points(moved(card, cell // groups, {cell: own}, len(block.count)))
            by_cell[cell] += (counted(block, apart)[:, None] * apart**2).sum(axis=0)
        if is_shared[sample]:
            matrix, squares = found.joint[sample]
            touched = sorted({cell // groups for cell in moments})
            apart = np.stack([_points(moved(card, u, moments, len(block.count))) for u in touched])
            count, total = counted(block, apart), apart[:, :, 0]
            squares[touched] += (count[:, :, None] * apart**2).sum(axis=1)
            matrix[np.ix_(touched, touched)] += product((total * count).T, total.T)
    return found


def _points(criteria: Floats) -> Floats:
    """(replicates, columns): how far the score moves, and each criterion."""
    return np.concatenate([criteria.sum(axis=1, keepdims=True), criteria], axis=1)


class _Jackknifed(Scoring):
    """A scoring that asks the jackknife for its variances."""

    def __init__(self, taylor: Scoring, card: Scorecard) -> None:
        self.is_shared = is_joint(card)
        self.squares = _squares(card, self.is_shared)
        self.card = card
        super().__init__(
            taylor.data,
            taylor.settings,
            taylor.cells,
            taylor.weighted,
            taylor.count,
            responses=taylor.responses,
            found=_means(card, self.squares.means, taylor.two_phase),
            made=taylor.made,
            two_phase=taylor.two_phase,
            classes=taylor.classes,
        )

    def scorecard(self) -> Scorecard:
        """Everything anew; the raw jackknife goes with it."""
        raw = self.squares.alone[:, 0].reshape(self.shape).sum(axis=1)
        raw += sum(matrix.diagonal() for matrix, _ in self.squares.joint.values())
        raw = np.where(np.isnan(self.card.units.se), np.nan, raw)
        means = np.where(np.isnan(self.card.estimates.variance), np.nan, self.squares.means)
        joint = {s: own[np.ix_(at, at)] for s, (at, own) in self._joints.items()}
        return replace(super().scorecard(), jackknife=Jackknife(means, raw, joint))

    def variances(
        self, z: Floats, used: Bools, share: Share | None = None, /
    ) -> tuple[Floats, Floats]:
        """Of the score, or of one criterion: variance by (units, groups), and by unit."""
        column = 0
        if share is not None:
            column = 1 + next(at for at, one in enumerate(self.made.shares) if one is share)
        shared = self.is_shared[self.data.design.sample]
        alone = self._by_cell(np.where(shared, 0.0, z), self.squares.alone[:, column])
        if not shared.any():
            v = self.by_group(alone, used)
            return v, np.asarray(v.sum(axis=1))
        joint = self._by_cell(np.where(shared, z, 0.0), self.squares.shared[:, column])
        v = self.by_group(alone + joint, used)
        if not self.groups_share_a_sample:
            return v, np.asarray(v.sum(axis=1))
        total = self.by_group(alone, used).sum(axis=1) + self._of_joints(z, column)
        return v, np.where(np.isnan(v.sum(axis=1)), np.nan, total)

    def _by_cell(self, z: Floats, squares: Floats) -> Floats:
        """By cell: V1 by jackknife and V2; linearised where a replicate has no value."""
        domains = self.cells.domains
        found = squares + domains.within(z, domains.totals(z))
        found = np.where(np.isnan(found), domains.variance(z), found)
        return self.two_phase.variance(z, found) if self.two_phase else found

    def covariance(self, _z: Floats, /) -> Floats:
        """(units, units): between scores; only samples that serve several units have a part."""
        matrix = np.zeros((len(self.data.units),) * 2)
        for _, own in self._joints.values():
            matrix += own
        return (matrix + matrix.T) / 2

    @cached_property
    def _joints(self) -> dict[int, tuple[Ints, Floats]]:
        """By joint sample its units, and (units, units) between scores."""
        z, found = self.card.influence, {}
        for sample, (matrix, _) in self.squares.joint.items():
            units = np.unique(self.data.unit[self.data.design.sample == sample])
            found[sample] = units, self._joint(sample, z, matrix)
        return found

    def _joint(self, sample: int, z: Floats, squares: Floats) -> Floats:
        """Of one sample, (units, units): V1 by jackknife and V2; or linearised, as a whole."""
        data = self.data
        if not np.isnan(squares).any() and not _has_second_stage(data.design, sample):
            return squares
        taylor = covariance_of_sample(data, sample, z)
        if np.isnan(squares).any():
            return taylor
        first = covariance_of_sample(replace(data, design=_first_stage(data.design)), sample, z)
        return squares + taylor - first

    def _of_joints(self, z: Floats, column: int) -> Floats:
        """By unit: what samples that serve several cells add to the variance of one column."""
        total = np.zeros(len(self.data.units))
        for sample, (_, squares) in self.squares.joint.items():
            total += self._joint(sample, z, np.diag(squares[:, column])).diagonal()
        return total


def _means(card: Scorecard, squares: Floats, classes: ClassVariance | None) -> Estimates:
    found = card.estimates
    second = np.maximum(found.variance - found.se_ultimate_cluster**2, 0.0)
    if card.cells.domains.second_stage is None:
        second = np.zeros_like(second)  # and not what rounding leaves
    variance = np.where(np.isnan(squares), found.variance, squares + second)
    if classes:
        variance = np.where(classes.cells[:, None], found.variance, variance)
    return revised(found, variance, card.cells, card.settings.level)


def _has_second_stage(design: Design, sample: int) -> bool:
    psus = np.flatnonzero(design.sample_of_stratum[design.stratum_of_psu] == sample)
    return bool((design.within[psus] > 0).any())


def _first_stage(design: Design) -> Design:
    """The same design as if every person of a drawn PSU were in the file: V1 alone."""
    there = np.where(np.isnan(design.persons_there), np.nan, design.persons_drawn)
    return replace(design, persons_there=there)
