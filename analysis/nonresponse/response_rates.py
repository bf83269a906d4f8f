"""Outcome rates of the fieldwork, by the formulas of AAPOR's Standard Definitions.

Every rate is given as numerator, denominator, rate and a reason where there is no rate: a
denominator of 0 gives none, never 0 % or 100 %. Open links and kiosks have no denominator at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.dataset.model import FrameRow

CLASSES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")


@dataclass(frozen=True)
class Rate:
    """A share of cases: what is counted, of how many, and why there is none."""

    numerator: float | None
    denominator: float | None
    rate: float | None
    reason: str = ""


Rates = Mapping[str, Rate]


def rate(numerator: float | None, denominator: float | None) -> Rate:
    """numerator / denominator, or the reason why not."""
    if numerator is None or denominator is None:
        return Rate(numerator, denominator, None, "not known")
    if denominator == 0:
        return Rate(numerator, denominator, None, "no case in the denominator")
    return Rate(numerator, denominator, numerator / denominator)


def eligible_share(count: Mapping[str, float]) -> Rate:
    """e by proportional (CASRO) allocation: known eligible / (known eligible + not eligible)."""
    known = sum(count[name] for name in ("I", "P", "R", "NC", "O"))
    return rate(known, known + count["NE"])


def outcome_rates(count: Mapping[str, float], e: float | None = None) -> dict[str, Rate]:
    """RR1-6, COOP1-4, REF1-3, CON1-3 and e from counts by class (weighted or not)."""
    c = {name: float(count.get(name, 0)) for name in CLASSES}
    share = eligible_share(c) if e is None else Rate(None, None, e, "given")
    complete, interviews = c["I"], c["I"] + c["P"]
    known = interviews + c["R"] + c["NC"] + c["O"]
    unknown = c["UH"] + c["UO"]
    likely = None if share.rate is None else known + share.rate * unknown
    contacted = interviews + c["R"] + c["O"]
    asked = interviews + c["R"]
    by_base = {"1": known + unknown, "2": likely, "3": known}
    rates = {"e": share}
    for number, (base, top) in enumerate(
        ((b, t) for b in by_base.values() for t in (complete, interviews)), start=1
    ):
        rates[f"RR{number}"] = rate(top, base)
    for number, (base, top) in enumerate(
        ((b, t) for b in (contacted, asked) for t in (complete, interviews)), start=1
    ):
        rates[f"COOP{number}"] = rate(top, base)
    for name, base in by_base.items():
        rates[f"REF{name}"] = rate(c["R"], base)
        rates[f"CON{name}"] = rate(contacted, base)
    return rates


OPEN = "open to everyone: nobody was invited, so there is no denominator"


def open_rates(row: FrameRow) -> dict[str, Rate]:
    """What can be said of an open link or a kiosk: how many took part, of nobody knows how many."""
    return {"RR1": Rate(row.responded, None, None, OPEN)}


def frame_rates(row: FrameRow) -> dict[str, Rate]:
    """Rates of a unit × group: by outcome classes where counted, else responded / invited."""
    if row.outcomes is not None:
        return outcome_rates(row.outcomes, row.eligible_share)
    return {"RR1": rate(row.responded, row.invited)}


def coverage(row: FrameRow) -> Rate:
    """responded / N: how much of the whole group is in the file."""
    return rate(row.responded, row.population)


def worst_case(coefficient_sum: float, answers: float, population: float) -> tuple[float, float]:
    """Manski's bounds of a mean over all N, were every silent person at one end of the scale."""
    return coefficient_sum / population, (coefficient_sum + population - answers) / population
