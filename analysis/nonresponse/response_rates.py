"""Outcome rates of the fieldwork, by the formulas of AAPOR's Standard Definitions.

Every rate comes with its numerator, its denominator and, where there is no rate, the reason: a
denominator of 0 gives no rate, never 0 % or 100 %. Open links and kiosks have no denominator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.dataset.model import FrameRow

CLASSES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")
OPEN = "open to everyone: nobody was invited, so there is no denominator"


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate between 0 and 1 with what it is made of; None with a reason where there is none.

    Attributes
    ----------
    numerator, denominator : float or None
        Numbers of cases; None where they are not known.
    rate : float or None
        Their quotient.
    reason : str
        Why there is no rate, or that it was given and not computed.
    """

    numerator: float | None = None
    denominator: float | None = None
    rate: float | None = None
    reason: str = ""


Rates = Mapping[str, Rate]


def rate(numerator: float | None, denominator: float | None) -> Rate:
    """Numerator over denominator, or the reason why there is no rate.

    Parameters
    ----------
    numerator, denominator : float or None
        Numbers of cases; None where one is not known.

    Returns
    -------
    Rate
    """
    if numerator is None or denominator is None:
        return Rate(numerator=numerator, denominator=denominator, reason="not known")
    if denominator == 0:
        reason = "no case in the denominator"
        return Rate(numerator=numerator, denominator=denominator, reason=reason)
    return Rate(numerator=numerator, denominator=denominator, rate=numerator / denominator)


def eligible_share(count: Mapping[str, float]) -> Rate:
    """The eligible share e among cases of unknown eligibility, by proportional allocation (CASRO).

    Parameters
    ----------
    count : mapping of str to float
        Cases by outcome class (`CLASSES`), weighted or not.

    Returns
    -------
    Rate
        Known eligible / (known eligible + not eligible).
    """
    known = sum(count[name] for name in ("I", "P", "R", "NC", "O"))
    return rate(known, known + count["NE"])


def outcome_rates(count: Mapping[str, float], e: float | None = None) -> dict[str, Rate]:
    """Response, cooperation, refusal and contact rates.

    Parameters
    ----------
    count : mapping of str to float
        Cases by outcome class (`CLASSES`), weighted or not; a class that is not named has none.
    e : float, optional
        Eligible share among cases of unknown eligibility, where it is not to be estimated.

    Returns
    -------
    dict of str to Rate
        `e`, RR1 to RR6, COOP1 to COOP4, REF1 to REF3 and CON1 to CON3.

    References
    ----------
    The American Association for Public Opinion Research. Standard Definitions: Final Dispositions
    of Case Codes and Outcome Rates for Surveys.
    """
    n = {name: float(count.get(name, 0)) for name in CLASSES}
    share = eligible_share(n) if e is None else Rate(rate=e, reason="given")
    complete, interviews = n["I"], n["I"] + n["P"]
    known = interviews + n["R"] + n["NC"] + n["O"]
    unknown = n["UH"] + n["UO"]
    likely = None if share.rate is None else known + share.rate * unknown
    contacted = interviews + n["R"] + n["O"]
    asked = interviews + n["R"]
    denominators = {"1": known + unknown, "2": likely, "3": known}
    rates = {"e": share}
    for number, (denominator, numerator) in enumerate(
        ((d, i) for d in denominators.values() for i in (complete, interviews)), start=1
    ):
        rates[f"RR{number}"] = rate(numerator, denominator)
    for number, (denominator, numerator) in enumerate(
        ((d, i) for d in (contacted, asked) for i in (complete, interviews)), start=1
    ):
        rates[f"COOP{number}"] = rate(numerator, denominator)
    for name, denominator in denominators.items():
        rates[f"REF{name}"] = rate(n["R"], denominator)
        rates[f"CON{name}"] = rate(contacted, denominator)
    return rates


def open_rates(row: FrameRow) -> dict[str, Rate]:
    """How many took part through an open link or a kiosk; without invitations there is no rate.

    Parameters
    ----------
    row : FrameRow
        A line of frame_modes.csv.

    Returns
    -------
    dict of str to Rate
        RR1 with a numerator alone.
    """
    return {"RR1": Rate(numerator=row.responded, reason=OPEN)}


def frame_rates(row: FrameRow) -> dict[str, Rate]:
    """Rates of a unit × group: from outcome classes where they were counted.

    Parameters
    ----------
    row : FrameRow
        A line of frame.csv.

    Returns
    -------
    dict of str to Rate
        All of `outcome_rates`, or RR1 = responded / invited alone.
    """
    if row.outcomes is not None:
        return outcome_rates(row.outcomes, row.eligible_share)
    return {"RR1": rate(row.responded, row.invited)}


def coverage(row: FrameRow) -> Rate:
    """Respondents as a share of the whole population of a unit × group.

    Parameters
    ----------
    row : FrameRow
        A line of frame.csv.

    Returns
    -------
    Rate
    """
    return rate(row.responded, row.population)


def frame_flags(row: FrameRow, in_file: int) -> tuple[str, ...]:
    """What does not agree in the counts of a unit × group.

    Parameters
    ----------
    row : FrameRow
        A line of frame.csv.
    in_file : int
        Its rows in respondents.csv.

    Returns
    -------
    tuple of str
        Names of the checks that failed.
    """
    responded, invited, population = row.responded, row.invited, row.population
    checks = {
        "responded_differs_from_file": responded is not None and responded != in_file,
        "responded_exceeds_invited": None not in (responded, invited)
        and (responded or 0) > (invited or 0),
        "invited_exceeds_population": None not in (invited, population)
        and (invited or 0) > (population or 0),
    }
    return tuple(name for name, failed in checks.items() if failed)
