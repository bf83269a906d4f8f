"""Tests of all pairs of units: whether the difference of two scores exceeds sampling error.

The variance of a difference comes from the joint covariance of the scores. Two scores that are
equal to nine decimals do not differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.numeric import Bools, Floats, Ints, rounded

NO_VARIANCE = 1e-24  # points squared: what rounding leaves of a variance that is 0


@dataclass(frozen=True, kw_only=True)
class UnitPairs:
    """All pairs of units, each once.

    Attributes
    ----------
    i, j : ndarray of int, shape (pairs,)
        Positions of the two units; i < j.
    difference : ndarray of float, shape (pairs,)
        Score of i less score of j, in points; 0 where both are equal to nine decimals.
    sd : ndarray of float, shape (pairs,)
        Its standard error, in points; 0 where it has no variance.
    units : int
        How many units there are.
    """

    i: Ints
    j: Ints
    difference: Floats
    sd: Floats
    units: int

    @property
    def z(self) -> Floats:
        """difference / sd; without any variance infinitely large, or 0 for equal scores."""
        certain = np.where(self.difference == 0, 0.0, np.copysign(np.inf, self.difference))
        return np.divide(self.difference, self.sd, out=certain, where=self.sd > 0)


def unit_pairs(scores: Floats, covariance: Floats) -> UnitPairs:
    """All pairs of units with the standard error of their difference.

    Parameters
    ----------
    scores : ndarray of float, shape (units,)
        Scores in points.
    covariance : ndarray of float, shape (units, units)
        Covariance of the scores, in points squared.

    Returns
    -------
    UnitPairs
    """
    i, j = np.triu_indices(len(scores), 1)
    sd = standard_deviations(variance_of_differences(covariance)[i, j])
    return UnitPairs(i=i, j=j, difference=differences(scores)[i, j], sd=sd, units=len(scores))


def differences(scores: Floats) -> Floats:
    """Score of the row less score of the column, (units, units); 0 where both are a tie."""
    compared = rounded(scores)
    return np.where(compared[:, None] == compared, 0.0, scores[:, None] - scores)


def variance_of_differences(covariance: Floats) -> Floats:
    """V_ii + V_jj - 2 V_ij, (units, units): the variance of every difference of two scores."""
    variance = covariance.diagonal()
    return np.asarray(variance[:, None] + variance - 2 * covariance)


def standard_deviations(variance: Floats) -> Floats:
    """The roots of variances; 0 where rounding is all that is left of one."""
    return np.sqrt(np.where(variance < NO_VARIANCE, 0.0, variance))


def normal_p(pairs: UnitPairs) -> Floats:
    """Two-sided p value of each pair by the Normal, which takes standard errors as known.

    Parameters
    ----------
    pairs : UnitPairs

    Returns
    -------
    ndarray of float, shape (pairs,)
    """
    return np.asarray(2 * special.ndtr(-np.abs(pairs.z)))


def t_p(pairs: UnitPairs, df: Floats) -> Floats:
    """Two-sided p value of each pair by the t distribution.

    Parameters
    ----------
    pairs : UnitPairs
    df : ndarray of float, shape (pairs,)
        Degrees of freedom of each difference, fractions among them; infinite for the Normal.

    Returns
    -------
    ndarray of float, shape (pairs,)
    """
    below = -np.abs(pairs.z)
    is_normal = np.isinf(df)  # then p is that of `normal_p`, to the last digit
    tail = special.stdtr(np.where(is_normal, 1.0, df), below)
    return np.asarray(2 * np.where(is_normal, special.ndtr(below), tail))


def welch_df(pairs: UnitPairs, variance: Floats, df: Floats) -> Floats:
    """Welch-Satterthwaite degrees of freedom of each difference, for independent units.

    Parameters
    ----------
    pairs : UnitPairs
    variance : ndarray of float, shape (units,)
        Variance of each score, in points squared.
    df : ndarray of float, shape (units,)
        Degrees of freedom of each variance.

    Returns
    -------
    ndarray of float, shape (pairs,)
        (v_i + v_j)^2 / (v_i^2/df_i + v_j^2/df_j), a fraction; infinite without variance.

    References
    ----------
    Welch, B. L. (1947). The generalization of "Student's" problem when several different
    population variances are involved. Biometrika 34, 28-35.
    """
    v_i, v_j = variance[pairs.i], variance[pairs.j]
    with np.errstate(divide="ignore", invalid="ignore"):
        fractional = (v_i + v_j) ** 2 / (v_i**2 / df[pairs.i] + v_j**2 / df[pairs.j])
    return np.where(np.isnan(fractional), np.inf, fractional)


def holm(p: Floats) -> Floats:
    """Adjust p values so that all tests together keep one error rate.

    Parameters
    ----------
    p : ndarray of float, shape (tests,)
        p values of single tests.

    Returns
    -------
    ndarray of float, shape (tests,)
        Adjusted p values; those up to alpha are the tests that Holm's procedure rejects at alpha.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian
    Journal of Statistics 6, 65-70.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def is_significant(p: Floats, level: float) -> Bools:
    """Whether (adjusted) p values are at most 1 - level; both to nine decimals."""
    return np.asarray(rounded(p) <= rounded(1 - level))
