"""Scores: what each unit earned, how sure that is, and who can be told apart.

    data = dataset.read(Path("folder"))
    card = score.score(data, score.Settings())

The variance of a score comes from one influence a row, the sum over questions of
M_c w_cg w (x - theta)/W, so that the covariance between questions, groups and units is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import FEW, ROWS, in_threads
from analysis.design.replicate_weights import Jackknife
from analysis.estimation.item_nonresponse import Responses
from analysis.estimation.means import Cells, Estimates, Tally, estimates, tally
from analysis.estimation.two_phase import ClassVariance
from analysis.numeric import Bools, Floats, group_ids
from analysis.scoring.aggregation import Composition, Share, add_influence, compose
from analysis.scoring.flags import Flags
from analysis.scoring.points import Points, Variances, points, reaches
from analysis.scoring.settings import Settings
from analysis.scoring.two_groups import TwoGroups
from analysis.weighting.calibration import Calibrated, calibrate, need_population
from analysis.weighting.nonresponse_adjustment import ResponseClass, adjusted


@dataclass(frozen=True)
class Scorecard:
    """Every number of one scoring."""

    data: Dataset
    settings: Settings
    cells: Cells
    weighted: Calibrated
    count: Tally
    estimates: Estimates
    composition: Composition
    units: Points
    criteria: Points
    covariance: Floats
    influence: Floats
    group_variance: Floats
    group_response: Floats
    responses: Responses
    classes: tuple[ResponseClass, ...] = ()
    jackknife: Jackknife | None = None

    @cached_property
    def df_design(self) -> Floats:
        """By unit: PSUs less strata, summed over the groups used."""
        used = self.composition.used.any(axis=1)
        df = np.where(used, self.cells.df, 0).reshape(len(self.data.units), -1)
        return np.asarray(df.sum(axis=1), dtype=float)

    def flags(self, unit: int) -> list[str]:
        """What a reader of a unit's score should know: `group:question:status`, and more."""
        return self._flags.of(unit)

    @cached_property
    def _flags(self) -> Flags:
        return Flags(self.data, self.weighted, self.estimates, self.composition)


def score(data: Dataset, settings: Settings | None = None) -> Scorecard:
    """Score every unit of a data set, with linearised variances.

    Raises `ProblemsFound` when calibration lacks its counts. Jackknife variances are made from
    this scoring by `replication.scorecards`, which also serves both methods.
    """
    scoring = scoring_of(data, settings)
    if scoring.settings.variance != "taylor":
        raise ValueError("variance='jkn' is for analysis.replication.scorecards.scorecard")
    return scoring.scorecard()


def scoring_of(data: Dataset, settings: Settings | None = None) -> Scoring:
    """Everything up to the variances. Raises `ProblemsFound` when calibration lacks its counts."""
    settings = settings or Settings()
    need_population(data, settings.weights)
    data, classes = adjusted(data, settings.adjust)
    if data.design.lonely != settings.lonely_psu:
        data = replace(data, design=replace(data.design, lonely=settings.lonely_psu))
    cells = Cells.of(data)
    weighted = calibrate(data, settings.weights, ~cells.usable, settings.trim)
    count = tally(data, weighted.weight)
    responses = Responses.of(data, cells.domains, count.n)
    found = estimates(data, cells, weighted, count, responses, settings.level)
    two_phase = ClassVariance.of(data, classes)
    if two_phase:
        found = two_phase.estimates(found, cells, weighted, count, settings.level)
    made = compose(data, count, found.mean, settings.missing, settings.min_group)
    return Scoring(
        data,
        settings,
        cells,
        weighted,
        count,
        responses,
        found,
        made,
        two_phase,
        classes,
    )


@dataclass
class Scoring:
    """One scoring under way; where variances come from another method, a subclass says."""

    data: Dataset
    settings: Settings
    cells: Cells
    weighted: Calibrated
    count: Tally
    responses: Responses
    found: Estimates
    made: Composition
    two_phase: ClassVariance | None = None
    classes: tuple[ResponseClass, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Units and groups."""
        return len(self.data.units), len(self.data.groups)

    def scorecard(self) -> Scorecard:
        """Every number of the scoring."""
        z, by_cell = self._influence(self.made.tables), self.made.used
        v, total = self.variances(z, by_cell)
        vr, skipped = self._skipped(self.made.tables, by_cell)
        made, groups = self.made, self.shape[1]
        each = [reaches(share, self.found, groups) for share in made.shares]
        below, above = (np.stack(side) for side in zip(*each, strict=True))
        total = np.where(np.isnan(made.score), np.nan, total)
        units = self._points(
            made.score,
            made.max_available,
            Variances(total, skipped, v, vr),
            (below.sum(axis=0), above.sum(axis=0)),
        )
        covariance = self.covariance(z)
        np.fill_diagonal(covariance, units.se**2)
        unknown = np.isnan(units.se)
        covariance[unknown, :] = np.nan
        covariance[:, unknown] = np.nan
        return Scorecard(
            self.data,
            self.settings,
            self.cells,
            self.weighted,
            self.count,
            self.found,
            self.made,
            units,
            self._criteria((below, above)),
            covariance,
            z,
            v,
            vr,
            self.responses,
            self.classes,
        )

    def _influence(self, tables: Floats) -> Floats:
        """By row: its influence on its unit's points."""
        effect, codes = np.zeros(self.data.rows), tables.shape[2]
        own = [(n, np.ascontiguousarray(tables[:, n]).ravel()) for n in range(tables.shape[1])]

        def add(start: int) -> None:
            rows = slice(start, start + ROWS)
            base = self.data.cell[rows].astype(np.int64) * codes
            for number, table in own:
                effect[rows] += table.take(base + self.data.answers[number, rows])

        in_threads(add, range(0, self.data.rows, ROWS), few=self.data.rows < FEW)
        return self.weighted.influence(effect, spent=True)

    def _skipped(self, tables: Floats, used: Bools) -> tuple[Floats, Floats]:
        """VR by (units, groups), and by unit: with the covariance of persons in two groups."""
        weight, carries = self.weighted.weight, self.count.carries
        by_cell = self.responses.composite(tables, weight, carries, self.cells.parts)
        vr = self.by_group(by_cell, used)
        total = np.asarray(vr.sum(axis=1))
        if self.groups_share_a_sample:
            persons = TwoGroups(self.data, weight, self.count, self.responses)
            for sample in persons.samples:
                total = total + persons.covariance(tables, vr, sample).diagonal()
        return vr, total

    def by_group(self, by_cell: Floats, used: Bools) -> Floats:
        """(units, groups) of a variance by cell: 0 where unused, NaN where a part used has none."""
        unknown = (used & np.isnan(self.found.variance)).any(axis=1)
        value = np.where(used.any(axis=1), by_cell, 0.0)
        return np.where(unknown, np.nan, value).reshape(self.shape)

    def variances(
        self, z: Floats, used: Bools, _share: Share | None = None, /
    ) -> tuple[Floats, Floats]:
        """Of the score, or of one criterion: variance by (units, groups), and by unit."""
        plain = self.cells.domains.variance(z)
        if self.two_phase is None:
            v = self.by_group(plain, used)
            return v, self._total(z, v)
        by_cell = self.two_phase.variance(z, plain)
        v, apart = self.by_group(by_cell, used), self.by_group(by_cell - plain, used)
        return v, self._total(z, v) + (apart.sum(axis=1) if self.groups_share_a_sample else 0.0)

    def covariance(self, z: Floats, /) -> Floats:
        """(units, units): between scores; the diagonal counts for nothing."""
        return self.data.design.between_domains(z, self.data.unit, len(self.data.units))

    def _total(self, z: Floats, by_group: Floats) -> Floats:
        """By unit: the variance; groups add up unless one sample serves several of them."""
        if not self.groups_share_a_sample:
            return np.asarray(by_group.sum(axis=1))
        units = self.data.design.domains(self.data.unit, len(self.data.units))
        totals = units.totals(z)  # and not `variance`: a group that is not used may be unusable
        found = units.between(totals) + units.within(z, totals)
        return np.where(np.isnan(by_group.sum(axis=1)), np.nan, found)

    @cached_property
    def groups_share_a_sample(self) -> bool:
        """Whether a sample serves several groups of a unit."""
        design = self.data.design
        cells = len(group_ids(design.sample, self.data.cell)[1])
        return len(group_ids(design.sample, self.data.unit)[1]) < cells

    def _points(
        self, score: Floats, maximum: Floats, found: Variances, by_luck: tuple[Floats, Floats]
    ) -> Points:
        alone = np.asarray((self.found.one_weight & self.made.used).any(axis=1))
        df = np.maximum(self.cells.df, 1).astype(float)  # what varies has one
        return points(
            score,
            maximum,
            found,
            by_luck=by_luck,
            alone=alone.reshape(self.shape),
            df=df.reshape(self.shape),
            level=self.settings.level,
        )

    def _criteria(self, by_luck: tuple[Floats, Floats]) -> Points:
        """(units, criteria)."""
        shares = self.made.shares
        score = np.stack([share.score for share in shares])
        most = np.array([share.criterion.max_points for share in shares])[:, None]
        found = Variances.stacked([self._criterion(share) for share in shares])
        made = self._points(score, np.broadcast_to(most, score.shape), found, by_luck)
        return Points(*(getattr(made, name).T.copy() for name in Points.__annotations__))

    def _criterion(self, share: Share) -> Variances:
        groups = [link.group for link in share.criterion.links]
        simple = share.criterion.average == "equal" and len(set(groups)) == len(groups)
        if simple and not self.groups_share_a_sample:
            v, vr = self._simple(share, groups)
            total, skipped = v.sum(axis=1), vr.sum(axis=1)
        else:
            v, total, vr, skipped = self._compound(share)
        return Variances(np.where(share.counts, total, np.nan), skipped, v, vr)

    def _simple(self, share: Share, groups: list[int]) -> tuple[Floats, Floats]:
        """One question a group, groups independent: squared parts times the means' variances."""
        v, vr = np.zeros(self.shape), np.zeros(self.shape)
        at, part = (share.cells, share.questions), share.parts
        v[:, groups] = np.where(part > 0, part**2 * self.found.variance[at], 0.0)
        vr[:, groups] = part**2 * self.found.response_variance[at]
        return v, vr

    def _compound(self, share: Share) -> tuple[Floats, Floats, Floats, Floats]:
        """Any criterion, by the influence of each row."""
        tables = np.zeros(self.count.heads.shape)
        own = self.count.influence(self.found.mean, self.count.sum_w)
        add_influence(tables, share, own, self.count)
        used = np.zeros(self.found.mean.shape, dtype=bool)
        used[share.cells, share.questions] |= share.parts > 0
        z = self._influence(tables)
        return *self.variances(z, used, share), *self._skipped(tables, used)
