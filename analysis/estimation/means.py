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
from analysis.design.chunks import Chunk
from analysis.design.design import Design
from analysis.estimation import interval
from analysis.estimation.answer_counts import AnswerCounts
from analysis.estimation.block_sums import BlockSums, Rows
from analysis.estimation.cells import Cells
from analysis.estimation.item_nonresponse import Responses
from analysis.numeric import ZERO, Bools, Floats, Ints
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
MIN_EFFECTIVE_ANSWERS = 1.05


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """Means of questions in cells; every array is (cells, questions) unless it says otherwise.

    NaN stands for what does not exist.

    Attributes
    ----------
    status : array of int
        Positions in `STATUSES`.
    n_respondents : (cells,) array of int
    n, n_blank, n_nocoef : arrays
        Answers with a coefficient, skipped, and without a coefficient.
    n_psu, n_strata : arrays
        PSUs and strata with an answer that counts.
    sum_w, mean : arrays
        Sum of weights and the weighted mean, between 0 and 1.
    variance, response_variance : arrays
        Of the design, and what skipped questions add to it.
    se, se_nr : arrays
        Their roots: of the design's variance, and of the sum of both.
    se_ultimate_cluster, se_wr : arrays
        Of the first stage alone, and as if PSUs were drawn with replacement.
    deff, deff_wr, deff_kish : arrays
        Design effects: against simple random sampling without and with replacement, and Kish's
        of the weights.
    lo, hi : arrays
        The recommended interval.
    all_equal : array of bool
        Whether all answers that count have one coefficient.
    """

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
    all_equal: Bools

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
        few = (effective < MIN_EFFECTIVE_ANSWERS) & (self.n > 1)
        return np.asarray(few & ~self.is_status("census"))

    def is_status(self, name: str) -> Bools:
        """Which estimates have a status."""
        return np.asarray(self.status == STATUSES.index(name))


def estimates(
    data: Dataset,
    cells: Cells,
    weighted: Calibrated,
    counts: AnswerCounts,
    responses: Responses,
    level: float,
) -> Estimates:
    """The mean of every question in every cell, with its errors and interval.

    Parameters
    ----------
    data : Dataset
    cells : Cells
    weighted : Calibrated
        Weights in use.
    counts : AnswerCounts
        The answers, counted with these weights.
    responses : Responses
        Who answered what.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    Estimates
        By cell and question, without intervals.
    """
    kinds = ("v", "v_first", "v_wr", "vr", "psus", "strata", "sum_w2")
    columns = {name: np.zeros(counts.n.shape) for name in kinds}
    table = counts.influence(counts.mean, counts.sum_w)
    with_replacement = _with_replacement(data.design)

    def add(chunk: Chunk) -> None:
        questions = np.flatnonzero(counts.n[chunk.numbers].any(axis=0))
        if not len(questions):
            return
        answers, weights = chunk.of(data.answers), weighted.chunk(chunk)
        rows = Rows(chunk, answers, weights, table[chunk.numbers], counts.carries)
        variances = BlockSums.of(questions, rows).variances(chunk, responses, with_replacement)
        for name, values in variances.items():
            columns[name][chunk.numbers[:, None], questions] = values.T

    cells.chunks.each(add)
    return with_interval(_assembled(counts, cells, weighted, columns), cells, level)


def _with_replacement(design: Design) -> Design:
    return replace(design, population_psus=np.full_like(design.population_psus, np.inf))


def _assembled(
    counts: AnswerCounts, cells: Cells, weighted: Calibrated, columns: dict[str, Floats]
) -> Estimates:
    mean = np.where(weighted.usable_cells[:, None], counts.mean, np.nan)
    all_equal = _all_equal(counts)
    status = _statuses(counts, cells, all_equal)
    whole = cells.census[:, None] & (counts.n == cells.persons[:, None])
    known = cells.usable[:, None] & (counts.n > 0) & ((counts.n > 1) | whole) & ~np.isnan(mean)
    variance = np.where(known, columns["v"], np.nan)
    n, ok = counts.n, (status == 0) & known
    squared_deviation = (counts.coefficients - counts.mean[..., None]) ** 2
    dispersion = (counts.weights * counts.carries * squared_deviation).sum(axis=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = n / (n - 1) * dispersion / counts.sum_w
        deff_wr = np.where(ok, columns["v"] / (s2 / n), np.nan)
        deff = np.where(ok & (counts.sum_w > n), deff_wr / (1 - n / counts.sum_w), np.nan)
        kish = np.where(n > 0, n * columns["sum_w2"] / counts.sum_w**2, np.nan)
    return Estimates(
        status=status,
        n_respondents=cells.rows,
        n=n,
        n_blank=counts.by_code[:, :, 0],
        n_nocoef=(counts.by_code * ~counts.carries)[:, :, 1:].sum(axis=2),
        n_psu=columns["psus"],
        n_strata=columns["strata"],
        sum_w=counts.sum_w,
        mean=mean,
        variance=variance,
        response_variance=columns["vr"],
        se=standard_error(variance),
        se_nr=np.sqrt(np.maximum(variance + columns["vr"], 0)),
        se_ultimate_cluster=standard_error(np.where(known, columns["v_first"], np.nan)),
        se_wr=standard_error(np.where(known, columns["v_wr"], np.nan)),
        deff_kish=kish,
        deff_wr=deff_wr,
        deff=deff,
        lo=np.full_like(n, np.nan),
        hi=np.full_like(n, np.nan),
        all_equal=all_equal,
    )


def standard_error(variance: Floats) -> Floats:
    """The root of a variance, of any shape; below 1e-12 it is written as 0."""
    se = np.sqrt(np.maximum(variance, 0.0))
    return np.where(se < ZERO, 0.0, se)


def _statuses(counts: AnswerCounts, cells: Cells, all_equal: Bools) -> Ints:
    """The first status that applies, in the order of docs/reference/analysis-data-set.md."""
    lonely, census = cells.has_lonely_psu[:, None], cells.census[:, None]
    conditions = {
        "empty_group": np.broadcast_to((cells.rows == 0)[:, None], counts.n.shape),
        "no_answers": counts.n == 0,
        "lonely_psu": np.broadcast_to(lonely, counts.n.shape),
        "census": census & (counts.n == cells.persons[:, None]),
        "single_answer": counts.n == 1,
        "zero_variance": all_equal,
        "census_item_missing": np.broadcast_to(census, counts.n.shape),
    }
    numbers = [STATUSES.index(name) for name in conditions]
    return np.select(list(conditions.values()), numbers, default=0).astype(np.int64)


def _all_equal(counts: AnswerCounts) -> Bools:
    """Whether all answers of a cell to a question have one coefficient."""
    present = (counts.by_code > 0) & counts.carries
    highest = np.where(present, counts.coefficients, -np.inf).max(axis=2)
    lowest = np.where(present, counts.coefficients, np.inf).min(axis=2)
    with np.errstate(invalid="ignore"):
        return np.asarray(highest - lowest < ZERO)


def with_interval(means: Estimates, cells: Cells, level: float) -> Estimates:
    """The estimates with the recommended interval of each mean.

    logit with t and `se_nr`; all answers equal: the all-equal rule, counting PSUs where persons
    come in clusters; one answer with nearly all of the weight: that rule for one answer; a census
    has no sampling error, so both ends are the mean.

    Parameters
    ----------
    means : Estimates
    cells : Cells
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimates
        With `lo` and `hi`, from 0 to 1.
    """
    sampled = means.is_status("zero_variance") | means.is_status("ok")
    # no rule for lone PSUs makes equal answers certain
    sampled |= means.is_status("lonely_psu") & means.all_equal
    se = np.where(sampled | (means.se_nr >= ZERO), means.se_nr, np.nan)
    clustered = cells.clustered[:, None]
    n = np.where(clustered, means.n_psu, means.n)
    population = np.where(clustered, np.nan, cells.population[:, None])
    population = np.broadcast_to(population, n.shape)
    lo, hi = interval.recommended(means.mean, se, means.df, n, population, level)
    one_weight = means.one_weight & ~np.isnan(se)  # also on no df, where no other interval is
    share = interval.all_equal_share(1, None, level)
    lo = np.where(one_weight, np.fmin(lo, means.mean * share), lo)
    hi = np.where(one_weight, np.fmax(hi, means.mean * share + 1 - share), hi)
    census = means.is_status("census")
    return replace(means, lo=np.where(census, means.mean, lo), hi=np.where(census, means.mean, hi))


def with_variance(means: Estimates, variance: Floats, cells: Cells, level: float) -> Estimates:
    """The same estimates with other variances: standard errors, design effects and intervals.

    Parameters
    ----------
    means : Estimates
    variance : (cells, questions) array
        Where an estimate has no variance it keeps none. What is by its name linearised
        (`se_ultimate_cluster`, `se_wr`) stays, and so does what skipped questions add.
    cells : Cells
    level : float
        Confidence level of the intervals.

    Returns
    -------
    Estimates
        With `se` and what follows from it.
    """
    variance = np.where(np.isnan(means.variance), np.nan, variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(means.variance > 0, variance / means.variance, 1.0)
    with_errors = replace(
        means,
        variance=variance,
        se=standard_error(variance),
        se_nr=np.sqrt(np.maximum(variance + means.response_variance, 0)),
        deff=means.deff * ratio,
        deff_wr=means.deff_wr * ratio,
    )
    return with_interval(with_errors, cells, level)
