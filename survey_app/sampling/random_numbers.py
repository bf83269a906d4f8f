"""Permanent random numbers: each person's follows from the seed and from who they are, alone.

No generator is asked whose stream might change with a version of a library. A number is SHA-256 of
the algorithm's name, the seed and the identity, so the same seed draws the same persons on any
machine and from any order of the list, and somebody added or left out moves nobody else's number.

References
----------
Ohlsson, E. (1995). Coordination of samples using permanent random numbers. In Business Survey
Methods. Wiley.
"""

from __future__ import annotations

import hashlib
import unicodedata
from fractions import Fraction

ALGORITHM = "cchc-draw-1"
"""What is recorded beside every seed. Another way of drawing gets another name."""

LONGEST_SEED = 64
_RANGE = 2**256


def number(seed: str, *identity: str) -> int:
    """The number of an identity, from 0 to 2**256 - 1, uniform for who does not know the seed.

    The parts are written with their lengths before them, so that no two identities read alike.
    """
    digest = hashlib.sha256()
    for part in (ALGORITHM, seed, *identity):
        content = unicodedata.normalize("NFC", part).encode()
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return int.from_bytes(digest.digest(), "big")


def fraction(seed: str, *identity: str) -> Fraction:
    """The same as a fraction from 0 to below 1: a random start."""
    return Fraction(number(seed, *identity), _RANGE)
