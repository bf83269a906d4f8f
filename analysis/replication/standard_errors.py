"""Every standard error of a scorecard twice: linearised, and from replicate weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.design.replicate_weights import Replicates
from analysis.numeric import Floats
from analysis.replication.variances import replicate_variances
from analysis.scoring.score import Scorecard


@dataclass(frozen=True, kw_only=True)
class ReplicateErrors:
    """Standard errors from replicates; NaN where one has no value.

    Attributes
    ----------
    card : Scorecard
        With the linearised standard errors.
    replicates : Replicates
        The replicates they are from.
    units : array of float, (units,)
        Of the scores, in points.
    criteria : array of float, (units, criteria)
        Of the criteria, in points.
    means : array of float, (cells, questions)
        Of the mean coefficients.
    covariance : array of float, (units, units)
        Of the scores, in points squared.
    """

    card: Scorecard
    replicates: Replicates
    units: Floats
    criteria: Floats
    means: Floats
    covariance: Floats


def replicate_errors(card: Scorecard, replicates: Replicates) -> ReplicateErrors:
    """Standard errors of scores, criteria and means from replicate weights.

    Parameters
    ----------
    card : Scorecard
        What is computed again in each replicate.
    replicates : Replicates
        Of the design of `card.data`: jackknife or bootstrap.

    Returns
    -------
    ReplicateErrors

    References
    ----------
    Rao, J. N. K., Wu, C. F. J. and Yue, K. (1992). Some recent work on resampling methods for
    complex surveys. Survey Methodology 18, 209-217.
    """
    variances = replicate_variances(card, replicates)
    return ReplicateErrors(
        card=card,
        replicates=replicates,
        units=_root(variances.covariance.diagonal()),
        criteria=_root(variances.criteria),
        means=_root(variances.means),
        covariance=variances.covariance,
    )


def _root(variance: Floats) -> Floats:
    """Standard errors; NaN for a variance below 0, which rounding may leave."""
    return np.sqrt(np.where(variance >= 0, variance, np.nan))
