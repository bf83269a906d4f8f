"""Numbers as text, fast: the shortest that reads back as the same number, as `repr` writes it.

A league of 300 units writes 800,000 numbers, and `repr` takes seven times as long for each as
`orjson`. Both find the same digits, but some exponents are written in another way (1e-7, where
Python has 1e-07): such numbers are left to `repr`. Where `orjson` is not installed all are, and
the bytes are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.numeric import Bools

try:
    import orjson
except ImportError:  # NumPy and SciPy are enough to score
    orjson = None  # type: ignore[assignment]  # a module, or none

NONE = "null"


def joined(values: np.ndarray[Any, Any]) -> str:
    """Numbers (n,) with commas between them; `null` for what is not finite."""
    if orjson is None or _differs(values).any():
        return ",".join(texts(values))
    return _by_orjson(values)


def texts(values: np.ndarray[Any, Any]) -> list[str]:
    """The text of each of (n,) numbers; `null` for what is not finite."""
    if orjson is None or not len(values):
        finite = np.isfinite(values).tolist()
        numbers = zip(values.tolist(), finite, strict=True)
        return [repr(value) if exists else NONE for value, exists in numbers]
    found = _by_orjson(values).split(",")
    differs = _differs(values)
    for at, value in zip(np.flatnonzero(differs).tolist(), values[differs].tolist(), strict=True):
        found[at] = repr(value)
    return found


def _by_orjson(values: np.ndarray[Any, Any]) -> str:
    content = np.ascontiguousarray(values)  # orjson takes no other
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode("ascii")


def _differs(values: np.ndarray[Any, Any]) -> Bools:
    """Where the two differ: exponents of one digit (1e-05) and, of old versions, a plus (1e+16)."""
    if values.dtype.kind != "f":
        return np.zeros(len(values), dtype=bool)
    size = np.abs(values)
    small = (size >= 1e-9) & (size < 1e-4)
    return np.asarray(small | ((size >= 1e16) & (size < np.inf)))
