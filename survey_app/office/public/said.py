"""What a publication says in a sentence: above its chart, in a chat's preview, to who cannot see.

Nothing is computed here: units, ranks and bands are those that the tables show.
"""

from __future__ import annotations

from collections.abc import Sequence

from survey_app import i18n
from survey_app.office.page import language, say, words
from survey_app.office.results.read import Results, UnitLine

_NAMED = 3
"""So many units are named; of more it is said how many they are."""


def in_short(results: Results) -> str:
    """How many units there are, and which stand first or cannot be told apart from the first."""
    w, spoken = words(), language()
    said = [w["public_units"].format(count=i18n.number(len(results.units), spoken, 0))]
    first = first_band(results)
    if len(first) == 1:
        index = i18n.number(first[0].index, spoken)
        said.append(w["public_first"].format(unit=say(first[0].name, spoken), index=index))
    elif first:
        said.append(
            w["public_first_band"].format(
                count=i18n.number(len(first), spoken, 0), units=names(first)
            )
        )
    return " ".join(said)


def first_band(results: Results) -> tuple[UnitLine, ...]:
    """The unit of the first rank, and those that cannot be told apart from it."""
    ranked = results.ranked
    if not ranked:
        return ()
    return tuple(unit for unit in ranked if unit.band == ranked[0].band) or ranked[:1]


def names(units: Sequence[UnitLine], most: int = _NAMED) -> str:
    """The units by name, as ordered; of many the first."""
    w, spoken = words(), language()
    named = ", ".join(say(unit.name, spoken) for unit in units[:most])
    others = len(units) - most
    if others <= 0:
        return named
    return w["public_and_others"].format(units=named, count=i18n.number(others, spoken, 0))


def of_unit(results: Results, unit: UnitLine) -> str:
    """Where a unit stands, in a sentence."""
    w, spoken = words(), language()
    if unit.withheld:
        return w["public_unit_withheld"].format(fewest=results.index.publish_from)
    if unit.rank is None or unit.index is None:
        return w["public_unit_unranked"]
    said = [
        w["public_unit_ranked"].format(
            index=i18n.number(unit.index, spoken), rank=unit.rank, count=len(results.ranked)
        )
    ]
    if unit.rank_lo and unit.rank_hi and unit.rank_lo != unit.rank_hi:
        said.append(w["public_unit_range"].format(lo=unit.rank_lo, hi=unit.rank_hi))
    return " ".join(said)


def peers(results: Results, unit: UnitLine) -> tuple[UnitLine, ...]:
    """The others of its band: those that it cannot be told apart from."""
    if not unit.band or not unit.is_ranked:
        return ()
    others = (each for each in results.ranked if each.band == unit.band)
    return tuple(each for each in others if each.unit != unit.unit)


def alternative(results: Results) -> str:
    """What the chart shows, for who cannot see it: its kind, its highest and its lowest."""
    w, spoken = words(), language()
    level = i18n.percent(results.level, spoken, 0)
    title = w["chart_title" if results.is_merged else "chart_title_survey"].format(level=level)
    said = [f"{title}, {results.wave.year}.", in_short(results)]
    shown = [unit for unit in results.ranked if unit.index is not None]
    if len(shown) > 1:
        ends = [
            f"{say(unit.name, spoken)} {i18n.number(unit.index, spoken)}%"
            for unit in (shown[0], shown[-1])
        ]
        said.append(w["public_ends"].format(first=ends[0], last=ends[1]))
    return " ".join(said)
