"""Population lists for tests, and the designs that draw from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey_app.fieldwork.case import Case, Contact
from survey_app.sampling.design import Design
from survey_app.sampling.population import Person, Population, population


def person(number: int, **about: Any) -> Person:
    """A citizen of the first unit, known by a number."""
    case = {"label": f"P{number:05d}", "group": "citizens", "unit": "A", "stratum": "all", **about}
    asked = case.setdefault("asked", case["unit"])
    contact = Contact(case["label"], name=f"Người {number}", phone=f"09{number:08d}")
    return Person(Case(**{"weight": "1", **case, "asked": asked}), contact, number + 2)


def people(sizes: dict[str, int], **about: Any) -> list[Person]:
    """So many persons of each stratum."""
    listed: list[Person] = []
    for stratum, size in sizes.items():
        start = len(listed)
        listed += [person(start + k, stratum=stratum, **about) for k in range(size)]
    return listed


def villages(sizes: Sequence[int], stratum: str = "all") -> list[Person]:
    """So many persons of each village."""
    listed: list[Person] = []
    for village, size in enumerate(sizes):
        start = len(listed)
        about = {"psu": f"Bản {village}", "stratum": stratum}
        listed += [person(start + k, **about) for k in range(size)]
    return listed


def listed(rows: Sequence[Person]) -> Population:
    """As a list that was read."""
    return population("dan-so.csv", rows)


def design(method: str, forms: int = 0, seed: str = "2026", **more: Any) -> Design:
    """A design with a seed."""
    return Design(method=method, forms=forms, seed=seed, **more)  # type: ignore[arg-type]
