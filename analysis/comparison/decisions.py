"""Where a comparison decides: on values rounded to nine decimals, so that rounding decides nothing.

Two ways to add up the same numbers differ in their last digits. A change, a p value or a weight
that is equal to nine decimals is therefore equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

DECIMALS = 9


def rounded(values: Any) -> Any:
    """Values as decisions see them; minus zero is zero."""
    return np.round(values, DECIMALS) + 0.0


def certain_zero(variance: Any, size: Any) -> Any:
    """Whether a variance is what rounding leaves of terms of this size that cancel."""
    return np.asarray(variance) <= 1e-12 * np.asarray(size)
