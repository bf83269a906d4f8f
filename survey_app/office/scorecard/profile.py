"""A unit beside its class and beside its own last year: where it is strong, where it is weak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.page import language, say
from survey_app.office.pieces.figures import placed
from survey_app.office.results.read import Results

_WHOLE = (0.0, 1.0)
_MOST = 5
"""Strengths and weaknesses that are named, of each at most so many."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A field or a criterion: shares of its maximum, and their places in per cent of the width."""

    code: str
    name: str
    share: float | None
    class_share: float | None
    difference: float | None
    stands: str
    at: float | None
    lo: float | None
    hi: float | None
    at_class: float | None
    at_last: float | None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the page of a unit says of its profile. `peers` are the units of its class, it too."""

    peers: int
    fields: Sequence[Line]
    criteria: Sequence[Line]
    strengths: Sequence[Line]
    weaknesses: Sequence[Line]
    has_last: bool


def of(results: Results, laid_out: Json, last: Json | None) -> Profile:
    """The profile of a unit, as it was laid out; `last` is what changed since another year."""
    spoken, index = language(), results.index
    names = {field.code: say(field.name, spoken) for field in index.fields}
    names |= {leaf.code: say(leaf.name, spoken) for leaf in index.leaves}
    before = {row["criterion"]: row for row in (last or {}).get("criteria", ())}
    criteria = _lines(laid_out["profile"]["criteria"], names, before)
    apart = sorted(
        (line for line in criteria if line.difference is not None),
        key=lambda line: (-(line.difference or 0.0), line.code),
    )
    return Profile(
        peers=laid_out["peers"],
        fields=_lines(laid_out["profile"]["fields"], names, {}),
        criteria=criteria,
        strengths=[line for line in apart if line.stands == "above"][:_MOST],
        weaknesses=[line for line in reversed(apart) if line.stands == "below"][:_MOST],
        has_last=any(line.at_last is not None for line in criteria),
    )


def _lines(
    rows: Iterable[Json], names: Mapping[str, str], before: Mapping[str, Mapping[str, Any]]
) -> list[Line]:
    return [_line(row, names.get(row["code"], ""), before.get(row["code"])) for row in rows]


def _line(row: Json, name: str, before: Mapping[str, Any] | None) -> Line:
    has_interval = row["lo"] is not None and row["hi"] is not None
    return Line(
        code=row["code"],
        name=name,
        share=row["share"],
        class_share=row["class_share"],
        difference=row["difference"],
        stands=row["stands"],
        at=placed(row["share"], _WHOLE),
        lo=placed(row["lo"], _WHOLE) if has_interval else None,
        hi=placed(row["hi"], _WHOLE) if has_interval else None,
        at_class=placed(row["class_share"], _WHOLE),
        at_last=placed(before["score_last"], (0.0, before["max_points"])) if before else None,
    )
