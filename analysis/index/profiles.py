"""Each unit's criteria as shares of their maximum, compared with the mean of the unit's class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CriterionProfile:
    """One criterion of one unit, as shares of the maximum (0 to 1); None where there is no value.

    Attributes
    ----------
    criterion : str
        Its name.
    share, lo, hi : float or None
        The points, and the ends of their interval.
    class_share : float or None
        Mean of the shares of the units of the same class, this one among them.
    """

    criterion: str
    share: float | None
    lo: float | None
    hi: float | None
    class_share: float | None


def profiles(
    rows: Iterable[Row], classes: Mapping[str, str]
) -> dict[str, tuple[CriterionProfile, ...]]:
    """The profile of every unit.

    Parameters
    ----------
    rows : iterable of mapping
        The criteria of scores.json: `unit`, `criterion`, `score`, `lo`, `hi` and `max_points`, in
        the same order of criteria for every unit.
    classes : mapping of str to str
        Unit to its class; units without one are a class together.

    Returns
    -------
    dict of str to tuple of CriterionProfile
        By unit, in the order of the rows.
    """
    by_unit: dict[str, list[Row]] = {}
    for row in rows:
        by_unit.setdefault(row["unit"], []).append(row)
    means = _class_means(by_unit, classes)
    return {
        unit: tuple(
            CriterionProfile(
                criterion=row["criterion"],
                share=_share(row, "score"),
                lo=_share(row, "lo"),
                hi=_share(row, "hi"),
                class_share=mean,
            )
            for row, mean in zip(criteria, means[classes.get(unit)], strict=True)
        )
        for unit, criteria in by_unit.items()
    }


def _class_means(
    by_unit: Mapping[str, Sequence[Row]], classes: Mapping[str, str]
) -> dict[str | None, list[float | None]]:
    """By class, the mean share of each criterion in order."""
    members: dict[str | None, list[Sequence[Row]]] = {}
    for unit, criteria in by_unit.items():
        members.setdefault(classes.get(unit), []).append(criteria)
    return {
        unit_class: [
            _mean([_share(row, "score") for row in rows]) for rows in zip(*units, strict=True)
        ]
        for unit_class, units in members.items()
    }


def _share(row: Row, name: str) -> float | None:
    return None if row[name] is None else row[name] / row["max_points"]


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
