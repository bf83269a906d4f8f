"""The choices of one scoring, checked: each is printed with the results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, get_args

from analysis.design.design import LonelyRule
from analysis.weighting.calibration import WeightKind
from analysis.weighting.nonresponse_adjustment import Adjustment

MissingRule = Literal["strict", "renormalise"]
VarianceMethod = Literal["taylor", "jkn"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The choices of one scoring; each is printed with the results.

    Parameters
    ----------
    level : float, default 0.95
        Confidence level of every interval, between 0 and 1.
    lonely_psu : {"report", "remove", "adjust", "average"}, default "report"
        What a stratum with a single PSU in the file adds to a variance; "report" gives no standard
        error and says so.
    weights : {"base", "poststratified", "raked"}, default "base"
        Weights of the data set as they are, or calibrated to population.csv.
    missing : {"strict", "renormalise"}, default "strict"
        What becomes of a criterion when a group has no answer: no value, or the weighted mean of
        the groups that have one.
    min_group : int, default 1
        Answers that a group needs to count in a criterion, 1 or more.
    variance : {"taylor", "jkn"}, default "taylor"
        Linearised standard errors, or those of the delete-one-PSU jackknife.
    adjust : {"none", "frame", "classes"}, default "none"
        Adjustment of base weights for unit nonresponse.
    trim : float or None, default None
        Cap on weights, in medians, 1 or more; None caps nothing.

    Raises
    ------
    ValueError
        When a value is none of those allowed; the message lists them.
    """

    level: float = 0.95
    lonely_psu: LonelyRule = "report"
    weights: WeightKind = "base"
    missing: MissingRule = "strict"
    min_group: int = 1
    variance: VarianceMethod = "taylor"
    adjust: Adjustment = "none"
    trim: float | None = None

    def __post_init__(self) -> None:
        fraction("level", self.level)
        one_of("lonely_psu", self.lonely_psu, LonelyRule)
        one_of("weights", self.weights, WeightKind)
        one_of("missing", self.missing, MissingRule)
        one_of("variance", self.variance, VarianceMethod)
        one_of("adjust", self.adjust, Adjustment)
        whole_from("min_group", self.min_group, 1)
        if self.trim is not None and not (is_number(self.trim) and 1 <= self.trim < math.inf):
            raise ValueError(f"trim={self.trim!r}: 1 or more times the median weight, or None")


def is_number(value: Any) -> bool:
    """Whether a value is a real number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def fraction(name: str, value: Any) -> None:
    """Raise ValueError unless `value` lies between 0 and 1, ends not included."""
    if not (is_number(value) and 0 < value < 1):
        raise ValueError(f"{name}={value!r}: a number between 0 and 1, such as 0.95")


def one_of(name: str, value: Any, allowed: Any) -> None:
    """Raise ValueError unless `value` is one of a Literal's values.

    Parameters
    ----------
    name : str
        The option, as the message names it.
    value : object
    allowed : Literal
        Its values are those allowed.
    """
    values = get_args(allowed)
    if value not in values:
        raise ValueError(f"{name}={value!r}: one of {', '.join(map(repr, values))}")


def whole_from(name: str, value: Any, minimum: int) -> None:
    """Raise ValueError unless `value` is a whole number from `minimum` on.

    Parameters
    ----------
    name : str
        The option, as the message names it.
    value : object
    minimum : int
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
        raise ValueError(f"{name}={value!r}: a whole number from {minimum} on")
