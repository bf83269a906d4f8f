"""Group means of every question in every unit × group cell, with design-based standard errors.

theta = sum w x / sum w over the answers that carry a coefficient; influence of a row
z = w (x - theta) / sum w, 0 for rows without such an answer. Everything is a table over
(cell, question, answer code) first, so that a row costs one look-up a question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import FEW, ROWS, Part, Parts, in_threads
from analysis.design.design import Design, Domains
from analysis.estimation import interval
from analysis.estimation.block_sums import BlockSums, Rows
from analysis.estimation.item_nonresponse import Responses
from analysis.numeric import Bools, Floats, Ints, counts, group_ids, sums
from analysis.weighting.calibration import Calibrated

STATUSES = (
    "ok",
    "empty_group",
    "no_answers",
    "lonely_psu",
    "census",
    "single_answer",
    "zero_variance",
    "census_item_missing",
)
ZERO = 1e-12

STRETCHES = 8
"""So many parts of the file are counted before they are added up: enough for threads to share."""


@dataclass(frozen=True)
class Tally:
    """Answers counted: `heads` and `weights` are (cells, questions, codes)."""

    heads: Floats
    weights: Floats
    coefs: Floats

    @cached_property
    def carries(self) -> Bools:
        """(questions, codes): whether an answer code carries a coefficient."""
        return ~np.isnan(self.coefs)

    @cached_property
    def worth(self) -> Floats:
        """(questions, codes): the coefficients, 0 where there is none."""
        return np.nan_to_num(self.coefs)

    @cached_property
    def n(self) -> Floats:
        """(cells, questions): answers with a coefficient."""
        return np.asarray((self.heads * self.carries).sum(axis=2))

    @cached_property
    def sum_w(self) -> Floats:
        """(cells, questions): weight of the answers with a coefficient."""
        return np.asarray((self.weights * self.carries).sum(axis=2))

    @cached_property
    def sum_wx(self) -> Floats:
        """(cells, questions): weighted sum of the coefficients."""
        return np.asarray((self.weights * self.worth).sum(axis=2))

    @cached_property
    def mean(self) -> Floats:
        """(cells, questions): the weighted mean; NaN without answers."""
        empty = (self.n == 0) | (self.sum_w <= 0)
        return np.where(empty, np.nan, self.sum_wx / np.where(empty, 1.0, self.sum_w))

    def influence(self, centre: Floats, scale: Floats) -> Floats:
        """(cells, questions, codes): (x - centre)/scale where an answer counts, else 0."""
        apart = (self.worth - np.nan_to_num(centre)[..., None]) * self.carries
        known = np.isfinite(scale) & (scale > 0)
        return apart * np.where(known, 1 / np.where(known, scale, 1.0), 0.0)[..., None]


def tally(data: Dataset, weight: Floats) -> Tally:
    """Count the answers of every cell, in heads and in weight."""
    questions, codes = data.coefs.shape
    heads = np.zeros((questions, data.cells * codes))
    weights = np.zeros_like(heads)
    found: dict[int, list[tuple[slice, Ints, Floats]]] = {}

    def stretch(start: int) -> None:
        rows = slice(start, start + ROWS)
        base, own = data.cell[rows].astype(np.int64) * codes, weight[rows]
        low, high = int(base.min()), int(base.max()) + codes
        base, at, found[start] = base - low, np.empty_like(base), []
        for answers in data.answers[:, rows]:
            np.add(base, answers, out=at)
            some = counts(at, high - low), sums(at, own, high - low)
            found[start].append((slice(low, high), *some))

    starts = range(0, data.rows, ROWS)
    for together in (starts[at : at + STRETCHES] for at in range(0, len(starts), STRETCHES)):
        in_threads(stretch, together, few=data.rows < FEW)
        for start in together:  # in the order of the file, whichever thread was first
            for number, (where, some_heads, some_weights) in enumerate(found.pop(start)):
                heads[number, where] += some_heads
                weights[number, where] += some_weights
    shape = questions, data.cells, codes
    heads, weights = (t.reshape(shape).transpose(1, 0, 2).copy() for t in (heads, weights))
    return Tally(heads, weights, data.coefs)


@dataclass(frozen=True)
class Estimates:
    """Every array is (cells, questions); NaN stands for what does not exist."""

    status: Ints
    n_respondents: Ints
    n: Floats
    n_blank: Floats
    n_nocoef: Floats
    n_psu: Floats
    n_strata: Floats
    sum_w: Floats
    mean: Floats
    variance: Floats
    response_variance: Floats
    se: Floats
    se_nr: Floats
    se_ultimate_cluster: Floats
    se_wr: Floats
    deff_kish: Floats
    deff_wr: Floats
    deff: Floats
    lo: Floats
    hi: Floats
    alike: Bools

    @property
    def df(self) -> Floats:
        """PSUs less strata among those that answered."""
        return self.n_psu - self.n_strata

    @cached_property
    def one_weight(self) -> Bools:
        """Answers of which one has nearly all of the weight: no error can be seen, whatever it is.

        Kish's effective number of answers is under 1.05; a census knows everybody all the same.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            effective = self.n / self.deff_kish
        return np.asarray((effective < 1.05) & (self.n > 1) & ~self.is_status("census"))

    def is_status(self, name: str) -> Bools:
        """Which estimates have a status."""
        return np.asarray(self.status == STATUSES.index(name))


@dataclass(frozen=True)
class Cells:
    """What is true of a unit × group cell whatever the question; arrays by cell.

    `persons` counts who could have answered: all persons of the cell's samples who answer for
    this group anywhere. It equals the cell's rows unless a sample serves several units.
    """

    domains: Domains
    rows: Ints
    persons: Ints
    census: Bools
    clustered: Bools
    population: Floats
    df: Ints
    parts: Parts

    @classmethod
    def of(cls, data: Dataset) -> Cells:
        """Work out the cells of a data set."""
        design, size = data.design, data.cells
        domains = design.domains(data.cell, size)
        rows = counts(data.cell, size)
        _, first = group_ids(data.cell, design.sample)
        cell, sample = data.cell[first], design.sample[first]
        census = np.zeros(size, dtype=bool)
        census[cell] = True
        np.logical_and.at(census, cell, design.is_census[sample])
        psus, strata = (
            counts(d, size) for d in (domains.domain_of_cluster, domains.domain_of_block)
        )
        persons = sums(cell, _persons(data)[data.group[first], sample], size).astype(np.int64)
        there = sums(domains.domain_of_block, design.psus_there[domains.stratum_of_block], size)
        parts = Parts(domains, len(data.groups))
        return cls(domains, rows, persons, census, psus < rows, there, psus - strata, parts)

    @property
    def usable(self) -> Bools:
        """Cells for which the design gives a variance."""
        return ~self.domains.unusable


def _persons(data: Dataset) -> Floats:
    """(groups, samples): persons of each sample who answer for each group."""
    design = data.design
    _, first = group_ids(data.group, design.person)
    flat = data.group[first] * design.samples + design.sample[first]
    return sums(flat, np.ones(len(flat)), len(data.groups) * design.samples).reshape(
        len(data.groups), design.samples
    )


def estimates(
    data: Dataset,
    cells: Cells,
    weighted: Calibrated,
    count: Tally,
    responses: Responses,
    level: float,
) -> Estimates:
    """Every question in every cell."""
    first = _first_pass(data, cells, weighted, count, responses)
    return with_interval(first, cells, level)


def _first_pass(
    data: Dataset, cells: Cells, weighted: Calibrated, count: Tally, responses: Responses
) -> Estimates:
    kinds = ("v", "v_first", "v_wr", "vr", "psus", "strata", "sum_w2")
    columns = {name: np.zeros(count.n.shape) for name in kinds}
    table = count.influence(count.mean, count.sum_w)
    rows_wr = _with_replacement(data.design)

    def add(part: Part) -> None:
        questions = np.flatnonzero(count.n[part.numbers].any(axis=0))
        if not len(questions):
            return
        answers, own = part.of(data.answers), table[part.numbers]
        rows = Rows(part, answers, weighted.part(part), own, count.carries)
        found = BlockSums.of(questions, rows).variances(part, responses, rows_wr)
        for name, values in found.items():
            columns[name][part.numbers[:, None], questions] = values.T

    cells.parts.each(add)
    return _assemble(count, cells, weighted, columns)


def _with_replacement(design: Design) -> Floats:
    return replace(design, psus_there=np.full_like(design.psus_there, np.inf)).between[0]


def _assemble(
    count: Tally, cells: Cells, weighted: Calibrated, columns: dict[str, Floats]
) -> Estimates:
    mean = np.where(weighted.usable_cells[:, None], count.mean, np.nan)
    alike = _alike(count)
    status = _statuses(count, cells, alike)
    whole = cells.census[:, None] & (count.n == cells.persons[:, None])
    known = cells.usable[:, None] & (count.n > 0) & ((count.n > 1) | whole) & ~np.isnan(mean)
    variance = np.where(known, columns["v"], np.nan)
    n, ok = count.n, (status == 0) & known
    apart = (count.worth - count.mean[..., None]) ** 2
    spread = (count.weights * count.carries * apart).sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = n / (n - 1) * spread / count.sum_w
        deff_wr = np.where(ok, columns["v"] / (s2 / n), np.nan)
        deff = np.where(ok & (count.sum_w > n), deff_wr / (1 - n / count.sum_w), np.nan)
        kish = np.where(n > 0, n * columns["sum_w2"] / count.sum_w**2, np.nan)
    return Estimates(
        status,
        cells.rows,
        n,
        count.heads[:, :, 0],
        (count.heads * ~count.carries)[:, :, 1:].sum(axis=2),
        columns["psus"],
        columns["strata"],
        count.sum_w,
        mean,
        variance,
        columns["vr"],
        root(variance),
        np.sqrt(np.maximum(variance + columns["vr"], 0)),
        root(np.where(known, columns["v_first"], np.nan)),
        root(np.where(known, columns["v_wr"], np.nan)),
        kish,
        deff_wr,
        deff,
        np.full_like(n, np.nan),
        np.full_like(n, np.nan),
        alike,
    )


def root(variance: Floats) -> Floats:
    """Standard error; below 1e-12 it is written as 0."""
    se = np.sqrt(np.maximum(variance, 0.0))
    return np.where(se < ZERO, 0.0, se)


def _statuses(count: Tally, cells: Cells, alike: Bools) -> Ints:
    """The first status that applies, in the order of reference/README.md."""
    lonely = _by_cell_lonely(cells)[:, None]
    census = cells.census[:, None]
    conditions = {
        "empty_group": np.broadcast_to((cells.rows == 0)[:, None], count.n.shape),
        "no_answers": count.n == 0,
        "lonely_psu": np.broadcast_to(lonely, count.n.shape),
        "census": census & (count.n == cells.persons[:, None]),
        "single_answer": count.n == 1,
        "zero_variance": alike,
        "census_item_missing": np.broadcast_to(census, count.n.shape),
    }
    numbers = [STATUSES.index(name) for name in conditions]
    return np.select(list(conditions.values()), numbers, default=0).astype(np.int64)


def _alike(count: Tally) -> Bools:
    """Whether all answers of a cell to a question have one coefficient."""
    present = (count.heads > 0) & count.carries
    highest = np.where(present, count.worth, -np.inf).max(axis=2)
    lowest = np.where(present, count.worth, np.inf).min(axis=2)
    with np.errstate(invalid="ignore"):
        return np.asarray(highest - lowest < ZERO)


def _by_cell_lonely(cells: Cells) -> Bools:
    design = cells.domains.design
    lonely = np.zeros(cells.domains.size, dtype=bool)
    sample = design.sample_of_stratum[cells.domains.stratum_of_block]
    lonely[cells.domains.domain_of_block[design.lonely_strata[sample] > 0]] = True
    return lonely


def with_interval(found: Estimates, cells: Cells, level: float) -> Estimates:
    """The recommended interval of each mean.

    logit with t and `se_nr`; all answers equal: the all-equal rule, counting PSUs where persons
    come in clusters; one answer with nearly all of the weight: that rule for one answer; a census
    has no sampling error, so both ends are the mean.
    """
    by_luck = found.is_status("zero_variance") | found.is_status("ok")
    by_luck |= found.is_status("lonely_psu") & found.alike  # no rule for lone PSUs makes it sure
    se = np.where(by_luck | (found.se_nr >= ZERO), found.se_nr, np.nan)
    clustered = cells.clustered[:, None]
    n = np.where(clustered, found.n_psu, found.n)
    there = np.broadcast_to(np.where(clustered, np.nan, cells.population[:, None]), n.shape)
    lo, hi = interval.recommended(found.mean, se, found.df, n, there, level)
    alone = found.one_weight & ~np.isnan(se)  # also on no df, where no other interval is
    share = interval.all_equal_share(1, None, level)
    lo = np.where(alone, np.fmin(lo, found.mean * share), lo)
    hi = np.where(alone, np.fmax(hi, found.mean * share + 1 - share), hi)
    census = found.is_status("census")
    return replace(found, lo=np.where(census, found.mean, lo), hi=np.where(census, found.mean, hi))
