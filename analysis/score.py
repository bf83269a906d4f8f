"""Scores: what each unit earned, how sure that is, and who can be told apart.

    data = dataset.read(Path("folder"))
    card = score.score(data, score.Settings())

The variance of a score comes from one influence a row, the sum over questions of
M_c w_cg w (x - theta)/W, so that the covariance between questions, groups and units is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from analysis import interval
from analysis.arrays import Bools, Floats, group_ids, is_one_to_one
from analysis.class_variance import ClassVariance
from analysis.classes import Adjustment, ResponseClass, adjusted
from analysis.compose import Composition, MissingRule, Share, add_influence, compose
from analysis.design import LonelyRule
from analysis.estimate import STATUSES, ZERO, Cells, Estimates, Tally, estimates, tally
from analysis.model import Dataset
from analysis.nonresponse import Responses
from analysis.parts import FEW, ROWS, in_threads
from analysis.resample import Jackknife
from analysis.two_groups import TwoGroups
from analysis.weights import Calibrated, WeightKind, calibrate, need_population


@dataclass(frozen=True)
class Settings:
    """The choices of one scoring; each is printed with the results."""

    level: float = 0.95
    lonely_psu: LonelyRule = "report"
    weights: WeightKind = "base"
    missing: MissingRule = "strict"
    min_group: int = 1
    variance: Literal["taylor", "jkn"] = "taylor"
    adjust: Adjustment = "none"
    trim: float | None = None


@dataclass(frozen=True)
class Points:
    """Points with their uncertainty; arrays share a shape, NaN for what does not exist.

    `se` is the design's, `se_nr` adds item nonresponse, `df` is Satterthwaite's.
    """

    score: Floats
    maximum: Floats
    se: Floats
    se_nr: Floats
    df: Floats
    lo: Floats
    hi: Floats


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
        return [*self._status_flags(unit), *self._missing_flags(unit), *self._other_flags(unit)]

    def _groups_used(self, unit: int) -> list[int]:
        order: dict[int, None] = {}
        for share in self.composition.shares:
            for link, part in zip(share.criterion.links, share.parts[unit], strict=True):
                if part > 0:
                    order.setdefault(link.group)
        return list(order)

    def _status_flags(self, unit: int) -> list[str]:
        found = []
        for group in self._groups_used(unit):
            cell = unit * len(self.data.groups) + group
            for question in np.flatnonzero(self.composition.used[cell]):
                status = STATUSES[self.estimates.status[cell, question]]
                if self.estimates.one_weight[cell, question] and status == "ok":
                    status = "one_weight"
                if status not in ("ok", "census"):
                    name = self.data.questions[question].name
                    found.append(f"{self.data.groups[group]}:{name}:{status}")
        return found

    def _missing_flags(self, unit: int) -> list[str]:
        found = []
        for share in self.composition.shares:
            links = share.criterion.links
            for link, below in zip(links, share.below[unit], strict=True):
                if below:
                    question = self.data.questions[link.question].name
                    found.append(f"{self.data.groups[link.group]}:{question}:below_min")
            left_out = share.silent[unit].any() or share.below[unit].any()
            if not share.counts[unit]:
                found.append(f"{share.criterion.name}:missing")
            elif left_out:
                found.append(f"{share.criterion.name}:renormalised")
        return found

    def _other_flags(self, unit: int) -> list[str]:
        found = [] if self.composition.complete[unit] else ["incomplete"]
        for part in self.weighted.parts:
            if part.cell // len(self.data.groups) == unit and part.status != "ok":
                group = self.data.groups[part.cell % len(self.data.groups)]
                found.append(f"{group}:calibration:{part.status}")
        if unit in self._units_with_unlinked_raters:
            found.append("raters_shared_without_sample")
        return found

    @cached_property
    def _units_with_unlinked_raters(self) -> frozenset[int]:
        """Units whose raters rate others too, although no `sample` says that they are shared."""
        data = self.data
        if is_one_to_one(data.person):
            return frozenset()
        _, first = group_ids(data.person, data.design.sample)
        samples = np.bincount(data.person[first])
        return frozenset(np.unique(data.unit[(samples > 1)[data.person]]).tolist())


def score(data: Dataset, settings: Settings | None = None) -> Scorecard:
    """Score every unit of a data set. Raises `ProblemsFound` when calibration lacks its counts."""
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
    estimated = ClassVariance.of(data, classes)
    if estimated:
        found = estimated.estimates(found, cells, weighted, count, settings.level)
    made = compose(data, count, found.mean, settings.missing, settings.min_group)
    scoring = Scoring(data, settings, cells, weighted, count, responses, found, made, estimated)
    card = replace(scoring.scorecard(), classes=classes)
    if settings.variance == "jkn":
        from analysis.jackknifed import jackknifed  # only this option replicates

        return jackknifed(scoring, card)
    return card


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
    classes: ClassVariance | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Units and groups."""
        return len(self.data.units), len(self.data.groups)

    def scorecard(self) -> Scorecard:
        """Every number of the scoring."""
        z, by_cell = self._influence(self.made.tables), self.made.used
        v, total = self.variances(z, by_cell)
        vr, skipped = self._skipped(self.made.tables, by_cell)
        void = np.isnan(self.made.score)
        units = self._points(
            self.made.score,
            self.made.max_available,
            np.where(void, np.nan, total),
            skipped,
            v,
            parts_nr=vr,
            by_luck=self._by_luck(self.made.shares),
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
            self._criteria(),
            covariance,
            z,
            v,
            vr,
            self.responses,
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
        if self.classes is None:
            v = self.by_group(plain, used)
            return v, self._total(z, v)
        by_cell = self.classes.variance(z, plain)
        v, apart = self.by_group(by_cell, used), self.by_group(by_cell - plain, used)
        return v, self._total(z, v) + (apart.sum(axis=1) if self.groups_share_a_sample else 0.0)

    def covariance(self, z: Floats, /) -> Floats:
        """(units, units): between scores; the diagonal counts for nothing."""
        return self.data.design.covariance(z, self.data.unit, len(self.data.units))

    def _total(self, z: Floats, by_group: Floats) -> Floats:
        """By unit: the variance; groups add up unless one sample serves several of them."""
        if not self.groups_share_a_sample:
            return np.asarray(by_group.sum(axis=1))
        units = self.data.design.domains(self.data.unit, len(self.data.units))
        return np.where(np.isnan(by_group.sum(axis=1)), np.nan, units.variance(z))

    @cached_property
    def groups_share_a_sample(self) -> bool:
        """Whether a sample serves several groups of a unit."""
        design = self.data.design
        cells = len(group_ids(design.sample, self.data.cell)[1])
        return len(group_ids(design.sample, self.data.unit)[1]) < cells

    def _points(
        self,
        score: Floats,
        maximum: Floats,
        v: Floats,
        vr: Floats,
        parts: Floats,
        *,
        parts_nr: Floats,
        by_luck: tuple[Floats, Floats],
    ) -> Points:
        se = np.sqrt(np.maximum(v, 0))
        se = np.where(se < ZERO, 0.0, se)
        se_nr = np.sqrt(np.maximum(v + vr, 0))
        df_by_group = self.cells.df.reshape(self.shape).astype(float)
        df = interval.satterthwaite(parts, df_by_group)
        spare = interval.satterthwaite(parts + parts_nr, df_by_group)
        df = np.where(np.isnan(se), np.nan, df)
        most = np.where(maximum > 0, maximum, np.nan)
        ratio, width = score / most, np.nan_to_num(se_nr / most)
        usable = np.where(np.isnan(df), spare, df)
        low, high = interval.logit(ratio, width, usable, self.settings.level)
        lo, hi = low * most, high * most
        still = (np.nan_to_num(parts + parts_nr) <= 1e-20) | self._one_weight
        below, above = (np.where(still, reach, 0.0) for reach in by_luck)
        lo = score - np.sqrt((score - lo) ** 2 + (below**2).sum(axis=1))
        hi = score + np.sqrt((hi - score) ** 2 + (above**2).sum(axis=1))
        flat = ~np.isnan(se_nr) & (se_nr < ZERO * np.maximum(maximum, 1)) & ~np.isnan(score)
        lo = np.where(flat, score - by_luck[0].sum(axis=1), np.maximum(lo, 0.0))
        hi = np.where(flat, score + by_luck[1].sum(axis=1), np.minimum(hi, maximum))
        lo, hi = np.minimum(lo, score), np.maximum(hi, score)  # rounding would put 15 outside 15
        return Points(score, maximum, se, se_nr, df, lo, hi)

    @cached_property
    def _one_weight(self) -> Bools:
        """(units, groups): where one answer has nearly all of the weight."""
        alone = self.found.one_weight & self.made.used
        return np.asarray(alone.any(axis=1)).reshape(self.shape)

    def _by_luck(self, shares: tuple[Share, ...]) -> tuple[Floats, Floats]:
        """(units, groups): how far the parts' own intervals reach below and above their means.

        It counts for groups that show no variance at all: a census reaches nowhere, answers that
        were equal by luck do. Within a group reaches add up, since its questions go together.
        """
        reaches = np.zeros((2, *self.shape))
        for share in shares:
            mean = self.found.mean[share.cells, share.questions]
            for link, group in enumerate(link.group for link in share.criterion.links):
                at = share.cells[:, link], share.questions[link]
                part, centre = share.parts[:, link], mean[:, link]
                for side, end in enumerate(
                    (centre - self.found.lo[at], self.found.hi[at] - centre)
                ):
                    reaches[side][:, group] += np.where(part > 0, part * end, 0.0)
        return reaches[0], reaches[1]

    def _criteria(self) -> Points:
        """(units, criteria)."""
        columns = [self._criterion(share) for share in self.made.shares]
        names = ("score", "maximum", "se", "se_nr", "df", "lo", "hi")
        return Points(*(np.stack([getattr(c, name) for c in columns], axis=1) for name in names))

    def _criterion(self, share: Share) -> Points:
        groups = [link.group for link in share.criterion.links]
        simple = share.criterion.average == "equal" and len(set(groups)) == len(groups)
        if simple and not self.groups_share_a_sample:
            v, vr = self._simple(share)
            total, skipped = v.sum(axis=1), vr.sum(axis=1)
        else:
            v, total, vr, skipped = self._compound(share)
        total = np.where(share.counts, total, np.nan)
        most = np.full(len(share.ratio), share.criterion.max_points)
        return self._points(
            share.score,
            most,
            total,
            skipped,
            v,
            parts_nr=vr,
            by_luck=self._by_luck((share,)),
        )

    def _simple(self, share: Share) -> tuple[Floats, Floats]:
        """One question a group, groups independent: squared parts times the means' variances."""
        v, vr = np.zeros(self.shape), np.zeros(self.shape)
        for link, question in enumerate(share.questions):
            cells, part = share.cells[:, link], share.parts[:, link]
            group = share.criterion.links[link].group
            own = part**2 * self.found.variance[cells, question]
            v[:, group] = np.where(part > 0, own, 0.0)
            vr[:, group] = part**2 * self.found.response_variance[cells, question]
        return v, vr

    def _compound(self, share: Share) -> tuple[Floats, Floats, Floats, Floats]:
        """Any criterion, by the influence of each row."""
        tables = np.zeros(self.count.heads.shape)
        own = self.count.influence(self.found.mean, self.count.sum_w)
        add_influence(tables, share, own, self.count)
        used = np.zeros(self.found.mean.shape, dtype=bool)
        np.logical_or.at(used, (share.cells, share.questions[None, :]), share.parts > 0)
        z = self._influence(tables)
        return *self.variances(z, used, share), *self._skipped(tables, used)
