"""What is computed about a scorecard before it is published: what would change it, what has.

How far it depends on choices and on those who kept silent, and how it differs from another year.
As with scores, `analysis` does it in a process of its own, from the release of the scorecard and
with its settings, and what it writes is cut into a file a unit for the pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_app.conduct import standing
from survey_app.conduct.scoring import kept_pages, predecessors, publish
from survey_app.conduct.scoring.kept_pages import Part
from survey_app.conduct.scoring.predecessors import Rule
from survey_app.conduct.scoring.publish import Told
from survey_app.release.elsewhere import Pause
from survey_app.store import scorecards, waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave
from survey_app.web import House

Json = dict[str, Any]
_RANKED_BY = ("--rank-method", "holm-t")
"""As the scores are: docs/decisions/0008."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What was computed about a scorecard, in a folder that is not its to stay in."""

    card: Scorecard
    part: Part
    folder: Path
    detail: str


class NothingToCompare(Refused):
    """There is no other year to compare with."""


def sensitivity(
    house: House,
    card: Scorecard,
    work: Path,
    told: Told = lambda _: None,
    pause: Pause = lambda: None,
) -> Examined:
    """How far scores and ranks depend on choices, and on those who did not answer.

    Raises
    ------
    publish.ScoringFailed
    """
    release, how = _release(house, card), _settings(house, card)
    choices, silent = work / "choices", work / "silent"
    told("sensitivity")
    publish.analyse("sensitivity", pause, release, "--out", choices, *how)
    told("nonresponse")
    graded = ("--scores", publish.results(house, card)) if card.merged else ()
    publish.analyse("nonresponse", pause, release, "--out", silent, *graded, *how)
    content, bounds = _json(choices / "sensitivity.json"), _json(silent / "nonresponse.json")
    folder = work / "kept"
    _write_sensitivity(content, bounds, folder)
    return Examined(card=card, part="sensitivity", folder=folder, detail="")


def _write_sensitivity(content: Json, bounds: Json, folder: Path) -> None:
    from analysis.nonresponse.unit_nonresponse import OUT_OF_REACH  # with numpy: jobs alone pay

    points = [
        {**row, "is_out_of_reach": row["reason"] == OUT_OF_REACH} for row in bounds["tipping"]
    ]
    tipping = _by_unit(points)
    scores = _by_unit(content["scores"])
    silent = {row["unit"]: row for row in bounds["units"]}
    units = [
        {
            **row,
            "silent": silent.get(row["unit"], {}),
            "tipping": tipping.get(row["unit"], []),
            "moved_by": _farthest(scores.get(row["unit"], ())),
        }
        for row in content["units"]
    ]
    shown = {name: content[name] for name in ("settings", "summary", "scenarios")}
    kept_pages.write(folder / "overview.json", {**shown, "units": units})


def _farthest(rows: Iterable[Mapping[str, Any]]) -> str:
    """The choice that moves a unit's rank farthest; blank where none does."""
    moved = [row for row in rows if row["kind"] == "choice" and row["rank_shift"]]
    farthest = max(moved, key=lambda row: abs(row["rank_shift"]), default=None)
    return "" if farthest is None else str(farthest["scenario"])


def earlier(house: House, wave: Wave) -> tuple[tuple[Wave, Scorecard], ...]:
    """Waves of earlier years for the same class of units, each with its scorecard, newest first.

    Of each the published scorecard, else the one made last.
    """
    unit_class = standing.study_of(house, wave).index.unit_class
    known: list[tuple[Wave, Scorecard]] = []
    with house.database.reading() as connection:
        others = [each for each in waves.list_(connection) if _is_before(each, wave)]
        for other in others:
            card = scorecards.current(connection, other.id) or scorecards.latest(
                connection, other.id
            )
            if card is not None:
                known.append((other, card))
    alike = [
        (other, card)
        for other, card in known
        if standing.study_of(house, other).index.unit_class == unit_class
        and (_release(house, card) / "respondents.csv").is_file()
    ]
    return tuple(sorted(alike, key=lambda each: (-each[0].year, each[0].name)))


def _is_before(other: Wave, wave: Wave) -> bool:
    return other.year < wave.year and other.state == "closed"


def compare(
    house: House,
    card: Scorecard,
    work: Path,
    told: Told = lambda _: None,
    pause: Pause = lambda: None,
    *,
    last: str = "",
    rule: Rule = "leave_out",
) -> Examined:
    """What has changed since the wave `last`; without a name since the newest of earlier years.

    Units that were renamed are compared with what they were; `rule` says what of merged ones is.

    Raises
    ------
    NothingToCompare, publish.ScoringFailed
    """
    wave = _wave(house, card)
    others = [each for each in earlier(house, wave) if last in ("", each[0].name)]
    if not others:
        message = f"there is no scored wave of an earlier year to compare `{wave.name}` with"
        raise NothingToCompare("nothing-to-compare-with", message, wave=wave.name)
    before, old = others[0]
    out = work / "compared"
    told("compare")
    folders = _release(house, old), _with_predecessors(house, wave, (old, card), work, rule)
    how = _settings(house, card)
    publish.analyse("compare", pause, *folders, "--out", out, *how, *_RANKED_BY)
    folder = work / "kept"
    about = {"wave": before.name, "year": before.year, "card": old.id, "rule": rule}
    _write_comparison(_json(out / "comparison.json"), about, folder)
    return Examined(card=card, part="comparison", folder=folder, detail=before.name)


def _with_predecessors(
    house: House, wave: Wave, cards: tuple[Scorecard, Scorecard], work: Path, rule: Rule
) -> Path:
    """The release of this year, with what its units were where last year had others."""
    last, this = (_release(house, card) for card in cards)
    codes = predecessors.codes_of(this), predecessors.codes_of(last)
    before = predecessors.declared(standing.study_of(house, wave).units, *codes)
    if not before:
        return this
    return predecessors.with_predecessors(this, before, rule, work / "this")


_SHOWN = ("level", "samples", "families", "common_criteria", "units", "ranks")


def _write_comparison(content: Json, about: Json, folder: Path) -> None:
    shown = {name: content[name] for name in _SHOWN}
    kept_pages.write(folder / "overview.json", {"last": about, **shown})
    criteria, fields = _by_unit(content["criteria"]), _by_unit(content["fields"])
    for row in content["units"]:
        code = row["unit"]
        parts = {
            "last": about,
            "unit": row,
            "criteria": criteria.get(code, []),
            "fields": fields.get(code, []),
        }
        kept_pages.write(folder / "units" / kept_pages.file_name(code), parts)


def keep(connection: Connection, house: House, examined: Examined, by: str) -> None:
    """Keep it with its scorecard, and say so in the log."""
    card = examined.card
    name = _name(connection, card)
    told = f"{name} {card.id} {examined.detail}".rstrip()
    at = house.stamp()
    if examined.part == "sensitivity":
        audit.append(connection, by, "sensitivity", told, at)
    else:
        audit.append(connection, by, "compare", told, at)
    kept_pages.replace(house, card.id, examined.part, examined.folder)


def _wave(house: House, card: Scorecard) -> Wave:
    with house.database.reading() as connection:
        return waves.find(connection, _name(connection, card))


def _name(connection: Connection, card: Scorecard) -> str:
    return next(each.name for each in waves.list_(connection) if each.id == card.wave_id)


def _release(house: House, card: Scorecard) -> Path:
    return house.settings.data_folder / card.release


def _settings(house: House, card: Scorecard) -> tuple[str, ...]:
    """The settings with which the scorecard was made."""
    about = _json(_release(house, card) / "manifest.json")
    return ("--missing", "renormalise", "--min-group", str(about["settings"]["min_group"]))


def _by_unit(rows: Iterable[Json]) -> dict[str, list[Json]]:
    by_unit: dict[str, list[Json]] = {}
    for row in rows:
        by_unit.setdefault(row["unit"], []).append(row)
    return by_unit


def _json(file: Path) -> Json:
    content: Json = json.loads(file.read_bytes())
    return content
